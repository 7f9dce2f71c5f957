# SPDX-License-Identifier: Apache-2.0
"""What PyTorch takes for what nas_gpu_bench measures: all 840 networks of nas::mlp_space on white wine's shape.

  eager    one network after the other, as one writes it: torch.nn, torch.optim.Adam, batches of rows that lie on the device.
           All networks are launched kernel by kernel and take about the same time, so some are timed until --seconds are over.
  stacked  networks of equal widths side by side: batched products, all activations by masks, a whole step (forward, gradient,
           Adam) one torch.compile. A shape takes ten seconds and more to compile, so shapes of few widths are timed, and any other
           counts as the largest of them that is not wider in any layer: what is said is less than what all would take. Compilation
           does not count.

Prints lines of `name|figure|unit|note`.
"""
import argparse
import itertools
import time

import torch

UNITS = (8, 16, 32, 64, 128, 256, 512)
ACTIVATIONS = (torch.sigmoid, torch.tanh, torch.relu, torch.nn.functional.elu)


def say(name, figure, unit, note):
    print(f"{name}|{figure:.6g}|{unit}|{note}", flush=True)


def synchronize(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


def made_data(rows, device):
    """Training rows, and 490 validation rows, of 11 features and 7 classes."""
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(rows + 490, 11, generator=generator)
    y = torch.randint(0, 7, (rows + 490,), generator=generator)
    return [part.to(device) for part in (x[:rows], y[:rows], x[rows:], y[rows:])]


def eager(options, device):
    x, y, x_val, y_val = made_data(options.rows, device)

    def train(first, second):
        layers, width = [], 11
        for units, act in (first, second):
            if units == 0:
                continue
            layers += [torch.nn.Linear(width, units), (torch.nn.Sigmoid, torch.nn.Tanh, torch.nn.ReLU, torch.nn.ELU)[act]()]
            width = units
        model = torch.nn.Sequential(*layers, torch.nn.Linear(width, 7)).to(device)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=device.type == "cuda")
        for _ in range(options.epochs):
            order = torch.randperm(options.rows, device=device)
            for begin in range(0, options.rows, options.batch):
                chosen = order[begin : begin + options.batch]
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(model(x[chosen]), y[chosen]).backward()
                optimizer.step()
            with torch.no_grad():
                out = model(x_val)
                loss = torch.nn.functional.cross_entropy(out, y_val)
                accuracy = (out.argmax(1) == y_val).float().mean()
        return loss.item(), accuracy.item()  # waits for the device

    choices = [(units, act) for act in range(4) for units in UNITS]
    train(choices[0], choices[9])  # kernels are loaded
    order = torch.randperm(len(choices) ** 2, generator=torch.Generator().manual_seed(1)).tolist()
    begin, done = time.perf_counter(), 0
    for index in order:
        train(choices[index // len(choices)], choices[index % len(choices)])
        done += 1
        if time.perf_counter() - begin > options.seconds:
            break
    spent = time.perf_counter() - begin
    say("PyTorch eager, one by one", spent / done * 840 * options.seeds, "s",
        f"{done} networks in {spent:.1f} s, times all / those; torch {torch.__version__}")


def stacked_step(sizes, copies, device, compiled):
    """A function of one step of `copies` networks of these layer sizes, and their state."""
    generator = torch.Generator().manual_seed(1)
    params = []
    for inputs, units in zip(sizes[:-1], sizes[1:]):
        limit = (6 / (inputs + units)) ** 0.5
        params.append(((torch.rand(copies, inputs, units, generator=generator) * 2 - 1) * limit).to(device))
        params.append(torch.zeros(copies, 1, units, device=device))
    state = [[torch.zeros_like(p) for p in params] for _ in range(2)]
    hidden = len(sizes) - 2
    # Each copy has an activation a layer, told by masks.
    masks = [[((torch.arange(copies) // 4**layer) % 4 == act).view(copies, 1, 1).to(device) for act in range(4)]
             for layer in range(hidden)]

    def forward(weights, x):
        for layer in range(hidden + 1):
            x = torch.baddbmm(weights[2 * layer + 1], x, weights[2 * layer])
            if layer < hidden:
                x = sum(torch.where(mask, act(x), 0) for mask, act in zip(masks[layer], ACTIVATIONS))
        return x

    def loss(weights, x, y):
        out = forward(weights, x)
        return torch.nn.functional.cross_entropy(out.flatten(0, 1), y.flatten(), reduction="sum") / y.shape[1]

    def step(weights, mean, square, x, y, corrections):
        gradients = torch.func.grad(loss)(weights, x, y)
        for p, m, s, g in zip(weights, mean, square, gradients):
            m.mul_(0.9).add_(g, alpha=0.1)
            s.mul_(0.999).addcmul_(g, g, value=0.001)
            p.sub_(1e-3 * (m / corrections[0]) / ((s / corrections[1]).sqrt() + 1e-8))

    return torch.compile(step) if compiled else step, params, state


def stacked(options, device):
    x, y, _, _ = made_data(options.rows, device)
    sampled = [int(text) for text in options.widths.split(",")]
    steps = -(-options.rows // options.batch)
    timed = {}  # (hidden widths) -> seconds of an epoch of all its networks
    begin = time.perf_counter()
    shapes = [(a,) for a in sampled] + [pair for pair in itertools.product(sampled, sampled)]
    for shape in sorted(shapes, key=lambda one: (len(one), sum(one))):
        if time.perf_counter() - begin > options.seconds and (sampled[0],) * len(shape) in timed:
            continue
        copies = 4 ** len(shape) * options.seeds
        step, params, (mean, square) = stacked_step((11, *shape, 7), copies, device, not options.no_compile)

        def epoch(count):
            for i in range(count):
                chosen = torch.randint(0, options.rows, (copies, options.batch), device=device)
                corrections = torch.tensor([1 - 0.9 ** (i + 1), 1 - 0.999 ** (i + 1)], device=device)
                step(params, mean, square, x[chosen], y[chosen], corrections)

        epoch(3)
        synchronize(device)
        start = time.perf_counter()
        epoch(steps)
        synchronize(device)
        timed[shape] = time.perf_counter() - start
        assert all(bool(torch.isfinite(p).all()) for p in params)

    def below(shape):
        fits = [seconds for one, seconds in timed.items()
                if len(one) == len(shape) and all(a <= b for a, b in zip(one, shape))]
        return max(fits)

    # 28 networks of one hidden layer and the same with dropout: the step of those without counts twice.
    total = 2 * sum(below((a,)) for a in UNITS) + sum(below(pair) for pair in itertools.product(UNITS, UNITS))
    kind = "eager" if options.no_compile else "compiled"
    say(f"PyTorch stacked by shapes, {kind}", total * options.epochs, "s",
        f"{len(timed)} of 63 shapes timed, any other as a smaller one of those; no validation, no compilation")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=("eager", "stacked"))
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rows", type=int, default=4408, help="training rows")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=25, help="time after which no network or shape is begun")
    parser.add_argument("--widths", default="8,64,512", help="of the shapes that are timed, rising, from 8")
    parser.add_argument("--no-compile", action="store_true")
    options = parser.parse_args()
    torch.set_float32_matmul_precision("highest")
    device = torch.device(options.device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        (eager if options.mode == "eager" else stacked)(options, device)


if __name__ == "__main__":
    main()
