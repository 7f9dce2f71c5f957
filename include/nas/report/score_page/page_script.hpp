// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace nas::detail {

inline constexpr std::string_view page_style =
    R"(body { font: 15px/1.45 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; color: #212529; background: #fff;
  max-width: 1040px; margin: 24px auto; padding: 0 16px; }
h1 { font-size: 1.5em; margin: 0; }
h2 { font-size: 1.15em; margin: 1.4em 0 .4em; }
p { margin: .2em 0 .8em; color: #495057; overflow-wrap: anywhere; }
.hint { font-size: .87em; }
#box { position: relative; }
#plot { display: block; width: 100%; height: auto; font-size: 12px; touch-action: pan-y; }
#plot:focus-visible { outline: 2px solid #4c6ef5; outline-offset: 2px; }
.lines path { stroke: #e9ecef; }
.axis path { stroke: #868e96; fill: none; }
.texts text { fill: #495057; }
.files path { stroke: #adb5bd; stroke-dasharray: 4 3; }
.files text { fill: #495057; }
#points circle { stroke: #343a40; stroke-opacity: .45; stroke-width: .7; }
#points.many circle { stroke: none; }
#ring { fill: none; stroke: #212529; stroke-width: 2; display: none; pointer-events: none; }
#tip { position: absolute; display: none; pointer-events: none; box-sizing: border-box; max-width: min(420px, 96%);
  padding: 6px 9px; font-size: 13px; white-space: pre-line; overflow-wrap: anywhere; background: #212529; color: #fff;
  border-radius: 5px; box-shadow: 0 2px 8px #0005; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 4px 12px 4px 6px; border-bottom: 1px solid #dee2e6; vertical-align: top; }
td:first-child, th:first-child { text-align: right; width: 3em; }
td:last-child { width: 100%; }
td:nth-child(2) { font-variant-numeric: tabular-nums; }
tbody tr { cursor: pointer; }
tbody tr:hover, tbody tr:focus { background: #edf2ff; outline: none; }
@media (max-width: 700px) { #plot { font-size: 17px; } }
)";

/// Shows the text of a dot beside it: of the nearest to the pointer, or of the one that keys or a row of the table chose.
inline constexpr std::string_view page_script = R"((() => {
  const plot = document.getElementById('plot'), box = document.getElementById('box');
  const tip = document.getElementById('tip'), ring = document.getElementById('ring');
  const dots = [...document.querySelectorAll('#points circle')].map(dot => {
    const title = dot.firstElementChild, text = title.textContent;
    title.remove();  // the browser's own text would be a second one
    return {x: dot.cx.baseVal.value, y: dot.cy.baseVal.value, text};
  });
  const byScore = dots.map((_, i) => i).sort((a, b) => dots[b].y - dots[a].y || a - b);
  const placeByScore = [];
  byScore.forEach((dot, place) => placeByScore[dot] = place);
  let chosen = -1;
  const hide = () => { ring.style.display = tip.style.display = 'none'; };
  const show = i => {
    chosen = i;
    const dot = dots[i], view = plot.viewBox.baseVal, scale = plot.clientWidth / view.width;
    ring.setAttribute('cx', dot.x);
    ring.setAttribute('cy', dot.y);
    ring.style.display = tip.style.display = 'block';
    tip.textContent = dot.text;
    tip.style.left = tip.style.top = '0';
    const left = dot.x * scale + 14, top = dot.y * scale - tip.offsetHeight - 10;
    tip.style.left = Math.max(0, left + tip.offsetWidth <= box.clientWidth ? left : left - tip.offsetWidth - 28) + 'px';
    tip.style.top = (top >= 0 ? top : dot.y * scale + 16) + 'px';
  };
  const nearest = (event, reach) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(plot.getScreenCTM().inverse());
    let best = -1, least = reach * reach;
    dots.forEach((dot, i) => {
      const far = (dot.x - point.x) ** 2 + (dot.y - point.y) ** 2;
      if (far <= least) { least = far; best = i; }
    });
    return best;
  };
  const follow = (event, reach) => {
    const i = nearest(event, reach);
    if (i < 0) hide(); else show(i);
  };
  plot.addEventListener('pointermove', event => follow(event, event.pointerType === 'touch' ? 60 : 24));
  plot.addEventListener('pointerdown', event => follow(event, 60));
  plot.addEventListener('pointerleave', event => { if (event.pointerType === 'mouse') hide(); });
  plot.addEventListener('keydown', event => {
    const last = dots.length - 1, place = chosen < 0 ? last : placeByScore[chosen];
    const goals = {ArrowLeft: chosen < 0 ? last : chosen - 1, ArrowRight: chosen + 1, PageUp: chosen - 10,
                   PageDown: chosen + 10, Home: 0, End: last, ArrowUp: byScore[Math.min(place + 1, last)],
                   ArrowDown: byScore[Math.max(place - 1, 0)]};
    if (event.key === 'Escape') hide();
    if (!(event.key in goals)) return;
    event.preventDefault();
    show(Math.min(Math.max(goals[event.key], 0), last));
  });
  for (const row of document.querySelectorAll('tr[data-point]'))
    for (const when of ['pointerenter', 'focus', 'click']) row.addEventListener(when, () => show(+row.dataset.point));
})();
)";

}  // namespace nas::detail
