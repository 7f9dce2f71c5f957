#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the micro-benchmarks and prints one table: what is measured, the hand-written loop or the peer, ours, the ratio
and the goal. Figures are medians of CPU time over interleaved repetitions: ratios of one run can be compared, times of
two runs on a shared machine cannot. scripts/bench builds the programs and calls this.
"""

import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys

# glibc keeps what is freed. Otherwise each search of a million trials gets all its pages anew from the system, and
# these would be what is compared.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 32), "MALLOC_TRIM_THRESHOLD_": str(1 << 33),
               "MALLOC_TOP_PAD_": str(1 << 26)}

# Ratios to the hand-written loop that must not be passed.
GOALS = {("static", "random"): 1.75, ("static", "rea_100_25"): 1.25, ("static", "rea_10_3"): 1.6,
         ("dynamic", "random"): 4, ("dynamic", "rea_100_25"): 2, ("dynamic", "rea_10_3"): 3}
LOCAL_SEARCH_GOAL = 100e-9  # seconds a query, static space
FLAT_GOAL = 0.05  # |exponent| of the time of a trial, as a function of the number of trials
BYTES_GOAL = 24  # of a trial of six decisions
# Seconds a trial by TPE, by default and each decision by itself, in a space of a size known at run time.
TPE_GOALS = {"A/dynamic": 1.5e-6, "B/dynamic": 8e-6, "one/dynamic": 0.3e-6, "numeric/dynamic": 60e-6}
# Seconds of a Gaussian process: see micro/bayesian.cpp.
PROCESS_GOALS = {"tell/ours/1000": 0.25e-3, "ask_1000/ours/1000": 25e-3, "step_15625/ours/300": 0.9e-3,
                 "step_62208/ours/300": 4e-3}
# Seconds of one core for the cells of the paper: see micro/cells.cpp.
CELL_GOALS = {"enumerate": 2, "grow": 0.5, "grow_and_deduplicate": 1.5}
BLOCK_GOAL = 2  # times what one row costs, for eight
SQUARE_GOAL = 2.1  # exponent of a tell
# Seconds a trial by searchers that learn a model.
MODEL_GOALS = {"gp_search": 2e-3, "bananas_white_2021": 6 / 150}
PAGMO_GOAL, DEAP_GOAL, SKLEARN_GOAL = 6, 300, 15  # how many times slower they are
OPTUNA_GOAL = 10_000  # in task A
TRAINING_GOAL = 2  # ratio to the matrix products alone
# How many times slower an update of a controller is in libtorch, REINFORCE as PPO.
CONTROLLER_GOALS = {"H32x2_S6_B1": 50, "H32x2_S6_B10": 20, "H100x2_S20_B10": 5.5}


def run_program(program, options, seconds, kept):
    """Adds the median of each benchmark's counter `trial` or `call`, in seconds, and its counter `bytes`. Returns what
    the program says of itself."""
    command = [program, "--benchmark_format=json", "--benchmark_enable_random_interleaving=true",
               f"--benchmark_repetitions={options.repeat}", f"--benchmark_min_time={options.min_time}"]
    # Debian's Google Benchmark warns that it was built for debugging: that is its own loop, not what it measures.
    out = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                    env={**os.environ, **KEEP_MEMORY}).stdout)
    times = {}
    for row in out["benchmarks"]:
        if row["run_type"] == "iteration":
            name = row["run_name"].split("/iterations:")[0]  # what is made once says so in its name
            times.setdefault(name, []).append(row["trial"] if "trial" in row else row["call"])
            kept[name] = row.get("bytes")
    # In the order of names: that of the rows is random, as the repetitions were.
    seconds.update({name: statistics.median(times[name]) for name in sorted(times)})
    return out["context"]


def run_peer(module, script):
    """What peers/<script> prints; None, and a sentence, where there is no such module. A Python in $HOME does not see
    Debian's packages."""
    path = pathlib.Path(__file__).parent / "peers" / script
    for python in dict.fromkeys([sys.executable, "/usr/bin/python3"]):
        if subprocess.run([python, "-c", f"import {module}"], stderr=subprocess.DEVNULL).returncode == 0:
            return json.loads(subprocess.run([python, path], check=True, stdout=subprocess.PIPE).stdout)
    print(f"peers/{script} is left out: no Python here has {module} (Debian: python3-{module}).", file=sys.stderr)
    return None


def nanoseconds(seconds):
    return "" if seconds is None else f"{1e9 * seconds:.1f}"


def cpu():
    with open("/proc/cpuinfo") as file:
        return next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown")


class Table:
    def __init__(self):
        self.rows = []

    def add(self, name, other, ours, ratio=None, goal="", kept=True):
        self.rows.append((name, other, ours, "" if ratio is None else f"{ratio:.2f}", goal, "" if kept else "MISSED"))

    def print(self):
        print("| what | hand or peer | ours | ratio | goal |  |\n|---|---:|---:|---:|---:|---|")
        for row in self.rows:
            print("| " + " | ".join(row) + " |")


def add_searches(table, seconds):
    for name, ours in seconds.items():
        task, who, algorithm, trials = name.split("/")
        if who == "hand" or int(trials) not in (5_000, 20_000):
            continue
        hand = seconds.get(f"{task}/hand/{algorithm}/{trials}")
        label = f"{task} {who} {algorithm}, ns a trial"
        ratio = ours / hand if hand else None
        most = GOALS.get((who, algorithm)) if task == "A" else None
        if most is not None:
            table.add(label, nanoseconds(hand), nanoseconds(ours), ratio, f"<= {most}", ratio <= most)
        elif (task, who) == ("A", "static"):
            table.add(label, nanoseconds(hand), nanoseconds(ours), ratio, f"< {nanoseconds(LOCAL_SEARCH_GOAL)} ns",
                      ours < LOCAL_SEARCH_GOAL)
        else:
            table.add(label, nanoseconds(hand), nanoseconds(ours), ratio)


def add_growth(table, seconds, kept):
    """How the time of a trial depends on the number of trials n, as n^exponent, and the memory of one."""
    few, many = 10_000, 1_000_000
    for algorithm in ("random", "rea_100_25", "rea_10_3"):
        exponents = [math.log(seconds[f"A/{who}/{algorithm}/{many}"] / seconds[f"A/{who}/{algorithm}/{few}"]) /
                     math.log(many / few) for who in ("hand", "static")]
        table.add(f"A static {algorithm}, exponent from {few:,} to {many:,} trials", *(f"{x:.3f}" for x in exponents),
                  None, f"<= {FLAT_GOAL}", exponents[1] <= FLAT_GOAL)
    for algorithm in ("random", "rea_100_25"):
        hand, ours = (kept[f"A/{who}/{algorithm}/20000"] for who in ("hand", "static"))
        table.add(f"A static {algorithm}, bytes a trial", f"{hand:.0f}", f"{ours:.0f}", None, f"<= {BYTES_GOAL}",
                  ours <= BYTES_GOAL)


def add_tpe(table, options):
    seconds = {}
    run_program(options.build / "micro/nas_micro_tpe", options, seconds, {})
    for name, ours in seconds.items():
        task, who, algorithm, trials = name.split("/")
        if who == "hand" or int(trials) in (10_000, 1_000_000):
            continue
        hand = seconds.get(f"{task}/hand/{algorithm}/{trials}")
        has_goal = algorithm == "tpe_alone" or (algorithm == "tpe" and int(trials) == 1000)
        goal = TPE_GOALS.get(f"{task}/{who}") if has_goal else None
        table.add(f"{task} {who} {algorithm} to {int(trials):,} trials, ns a trial", nanoseconds(hand), nanoseconds(ours),
                  ours / hand if hand else None, f"<= {nanoseconds(goal)} ns" if goal else "", goal is None or ours <= goal)
    exponents = [math.log(seconds[f"A/{who}/tpe_alone/1000000"] / seconds[f"A/{who}/tpe_alone/10000"]) / math.log(100)
                 for who in ("hand", "static")]
    table.add("A static tpe_alone, exponent from 10,000 to 1,000,000 trials", *(f"{x:.3f}" for x in exponents), None,
              f"<= {FLAT_GOAL}", exponents[1] <= FLAT_GOAL)
    exponent = math.log(seconds["B/dynamic/tpe/1000000"] / seconds["B/dynamic/tpe/10000"]) / math.log(100)
    table.add("B dynamic tpe, exponent from 10,000 to 1,000,000 trials", "", f"{exponent:.3f}", None,
              f"<= {FLAT_GOAL}", exponent <= FLAT_GOAL)
    return seconds


def milliseconds(seconds):
    return "" if seconds is None else f"{1e3 * seconds:.3f}"


def add_process(table, options):
    """The Gaussian process of gp_search, beside one that is made anew, and searchers that learn a model."""
    seconds = {}
    run_program(options.build / "micro/nas_micro_bayesian", options, seconds, {})
    for name, ours in seconds.items():
        what, who, trials = name.split("/")
        if who == "hand":
            continue
        hand = seconds.get(f"{what}/hand/{trials}") if who == "ours" else None
        goal = PROCESS_GOALS.get(name)
        label = what if who == "ours" else f"{what} {who}"  # others: what it at least does
        table.add(f"process {label} at {int(trials):,} trials, ms", milliseconds(hand), milliseconds(ours),
                  ours / hand if hand else None, f"<= {milliseconds(goal)} ms" if goal else "", goal is None or ours <= goal)
    block = seconds["tell_8/ours/1000"] / seconds["tell/ours/1000"]
    table.add("process tell_8 over tell at 1,000 trials", "", f"{block:.2f}", None, f"<= {BLOCK_GOAL}", block <= BLOCK_GOAL)
    exponent = math.log(seconds["tell/ours/2000"] / seconds["tell/ours/1000"]) / math.log(2)
    table.add("process tell, exponent from 1,000 to 2,000 trials", "", f"{exponent:.3f}", None, f"<= {SQUARE_GOAL}",
              exponent <= SQUARE_GOAL)
    searches = {}
    run_program(options.build / "micro/nas_micro_model_based", options, searches, {})
    for name, ours in searches.items():
        task, who, algorithm, trials = name.split("/")[:4]
        goal = MODEL_GOALS.get(algorithm)
        table.add(f"{task} {who} {algorithm} to {trials} trials, ms a trial", "", milliseconds(ours), None,
                  f"<= {milliseconds(goal)} ms" if goal else "", goal is None or ours <= goal)
    return seconds


def add_model_peers(table, tpe, process, versions):
    """Optuna's TPE after 1,000 trials, and scikit-learn's Gaussian process, whose tell is a fit."""
    optuna = run_peer("optuna", "optuna_tpe.py")
    if optuna is not None:
        for task in ("A", "numeric"):
            for name, mine, trials in (("tpe", "tpe_alone", 20_000 if task == "A" else 1000), ("tpe_multivariate", "tpe", 1000)):
                add_peer(table, f"Optuna {task} {name}", 1e-6 * optuna["microseconds"][f"{task}/{name}"],
                         tpe[f"{task}/dynamic/{mine}/{trials}"], OPTUNA_GOAL if task == "A" else None)
        versions.append(f"Optuna {optuna['optuna']} on Python {optuna['python']}")
    sklearn = run_peer("sklearn", "sklearn_gp.py")
    if sklearn is not None:
        theirs = sklearn["seconds"]
        for what, other, ours in (("tell, 1,000 trials", theirs["fit_1000"], process["tell/ours/1000"]),
                                  ("ask of 1,000 candidates", theirs["predict_1000"], process["ask_1000/ours/1000"]),
                                  ("step over 15,625", theirs["step_300"], process["step_15625/ours/300"])):
            table.add(f"scikit-learn's process, {what}, ms", milliseconds(other), milliseconds(ours), other / ours)


def add_operators(table, seconds):
    for name, ours in seconds.items():
        operation, who = name.split("/")
        if who != "hand":
            hand = seconds[f"{operation}/hand"]
            table.add(f"{operation} {who}, ns a call", nanoseconds(hand), nanoseconds(ours), ours / hand)


def add_peer(table, name, theirs, ours, least=None):
    ratio = theirs / ours
    table.add(f"{name}, ns a trial", nanoseconds(theirs), nanoseconds(ours), ratio,
              "" if least is None else f">= {least}", least is None or ratio >= least)


def add_training(table, options, versions):
    """Training a network, beside its matrix products alone and scikit-learn."""
    seconds = {}
    context = run_program(options.build / "micro/nas_micro_mlp_training", options, seconds, {})
    versions.append(f"Eigen {context['eigen']}")
    ours, products = seconds["train_64_32/ours"], seconds["train_64_32/hand"]
    table.add("training [64, 32], the products alone, ms", f"{1e3 * products:.1f}", f"{1e3 * ours:.1f}", ours / products,
              f"<= {TRAINING_GOAL}", ours <= TRAINING_GOAL * products)
    sklearn = run_peer("sklearn", "sklearn_mlp.py")
    if sklearn is not None:
        ratio = sklearn["seconds"] / ours
        table.add("training [64, 32], scikit-learn, ms", f"{1e3 * sklearn['seconds']:.1f}", f"{1e3 * ours:.1f}", ratio,
                  f">= {SKLEARN_GOAL}", ratio >= SKLEARN_GOAL)
        versions.append(f"scikit-learn {sklearn['sklearn']}, NumPy {sklearn['numpy']} on Python {sklearn['python']}")


def add_controllers(table, options, versions):
    """An update of an LSTM controller, beside libtorch: as one writes it, and as lean as it gets."""
    seconds = {}
    run_program(options.build / "micro/nas_micro_controller_update", options, seconds, {})
    peers = []
    program = options.build / "peers/nas_peer_torch_controller"
    if program.exists():
        versions.append(f"libtorch {run_program(program, options, seconds, {})['torch']}")
        peers = ["torch", "torch_lean"]
    # What is measured, and its counterpart in libtorch: a batch has no other way to be sampled there.
    whats = {"ours": ("REINFORCE", ""), "ours_ppo": ("PPO", "_ppo"), "ours_sample": ("sampling", "_sample"),
             "ours_singly": ("REINFORCE, sampled singly", ""), "ours_search": ("REINFORCE in nas::search", "")}
    for name, ours in seconds.items():
        network, who = name.split("/")
        if who not in whats:
            continue
        what, suffix = whats[who]
        if not peers:
            table.add(f"{network} {what}, us", "", f"{1e6 * ours:.1f}")
        for peer in peers:
            theirs = seconds[f"{network}/{peer}{suffix}"]
            has_goal = peer == "torch" and who in ("ours", "ours_ppo") and network in CONTROLLER_GOALS
            least = CONTROLLER_GOALS[network] if has_goal else None
            table.add(f"{network} {what}, {peer}, us", f"{1e6 * theirs:.0f}", f"{1e6 * ours:.1f}", theirs / ours,
                      "" if least is None else f">= {least}", least is None or theirs / ours >= least)


def add_cells(table, options):
    """Cells of progressive search: all of three blocks, and all that its expansion meets."""
    seconds = {}
    run_program(options.build / "micro/nas_micro_cells", options, seconds, {})
    labels = {"enumerate": "the 10,979,688 cells of three blocks, ms", "grow": "686,944 cells grown, ms",
              "grow_and_deduplicate": "686,944 cells grown and their keys told apart, ms"}
    for what, label in labels.items():
        ours, hand = seconds[f"{what}/ours"], seconds.get(f"{what}/hand")
        table.add(label, milliseconds(hand), milliseconds(ours), ours / hand if hand else None,
                  f"<= {milliseconds(CELL_GOALS[what])} ms", ours <= CELL_GOALS[what])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path, help="the benchmarks folder of a build: build/bench/benchmarks")
    parser.add_argument("--repeat", type=int, default=9, help="repetitions, of which the median counts (default 9)")
    parser.add_argument("--min-time", type=float, default=0.03, help="seconds of one repetition (default 0.03)")
    options = parser.parse_args()

    table = Table()
    seconds, kept = {}, {}
    for name in ("search_loops", "search_ways", "search_wide"):
        run_program(options.build / "micro" / f"nas_micro_{name}", options, seconds, kept)
    add_searches(table, seconds)
    add_growth(table, seconds, kept)
    tpe = add_tpe(table, options)
    process = add_process(table, options)
    calls = {}
    context = run_program(options.build / "micro/nas_micro_operators", options, calls, {})
    add_operators(table, calls)
    add_cells(table, options)

    versions = [f"compiler {context['compiler']}", f"flags {context['flags']}", f"Boost {context['boost']}"]
    pagmo = options.build / "peers/nas_peer_pagmo"
    if pagmo.exists():
        peers = {}
        context = run_program(pagmo, options, peers, {})
        ours = {name: peers[f"ours/{name}/20000"] for name in ("rea_100_25", "genetic_algorithm")}
        add_peer(table, "pagmo sga / regularized evolution 100, 25", peers["pagmo/sga"], ours["rea_100_25"],
                 PAGMO_GOAL)
        add_peer(table, "pagmo sga / genetic algorithm", peers["pagmo/sga"], ours["genetic_algorithm"])
        add_peer(table, "pagmo sga, binomial and uniform / genetic algorithm", peers["pagmo/sga_uniform"],
                 ours["genetic_algorithm"])
        versions.append(f"pagmo {context['pagmo']}")
    deap = run_peer("deap", "deap_evolution.py")
    if deap is not None:
        for name in ("random", "rea_100_25", "rea_10_3"):
            add_peer(table, f"DEAP {name}", 1e-6 * deap["microseconds"][name], seconds[f"A/static/{name}/20000"],
                     DEAP_GOAL if name == "rea_100_25" else None)
        versions.append(f"DEAP {deap['deap']} on Python {deap['python']}")

    add_model_peers(table, tpe, process, versions)
    add_training(table, options, versions)
    add_controllers(table, options, versions)

    table.print()
    print("\n" + "; ".join([*versions, f"CPU {cpu()}"]))


if __name__ == "__main__":
    main()
