#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the defaults of all searchers over tables and landscapes, at several budgets, and prints tables in Markdown:
the regret of each searcher as a share of random search's, where values are exact and where they are noisy, who is worse
than random search, how many queries it takes to try the optimum, and what recommendations and repeats gain where values are
noisy. Needs nas_mock_bench and a folder of tables (NAS_DATA_DIR); benchmarks/mock/README.md has its figures.
"""

import argparse
import csv
import math
import os
import pathlib
import subprocess
import sys
import tempfile

LEVEL = 0.01
DATA = pathlib.Path(os.environ.get("NAS_DATA_DIR", "."))


# Those that take microseconds a step, and those that take a millisecond, of which there are fewer searches.
QUICK = ["random_search", "grid_search", "local_search", "hill_climbing", "simulated_annealing", "regularized_evolution",
         "genetic_algorithm", "reinforce", "ppo", "controller", "mlpnas", "tpe"]
SLOW = ["gp_search", "smac", "bananas", "npenas", "predictor_search"]


def nb201(column):
    return ["--table", DATA / "nb201.csv", "--reward", column]


def table(name, column, *more):
    return ["--table", DATA / "tables" / f"{name}.csv.gz", "--reward", column, *more]


def seeds201(data):
    columns = ",".join(f"{data}_val200_trial{i}_pct" for i in range(3))
    return ["--table", DATA / "nb201_val200_seeds.csv", "--reward", columns, "--replicates", "columns", "--gaps", "skipped"]


EXACT = {
    "NB201 C10": nb201("c10_val200_pct"),
    "C100": nb201("c100_val200_pct"),
    "IN16": nb201("in16_val200_pct"),
    "macro": table("nasbench_macro", "mean_acc"),
    "australian": table("hpobench_mlp_australian", "bal_acc"),
    "credit-g": table("hpobench_mlp_credit_g", "bal_acc"),
    "parkinsons": table("fcnet_parkinsons_telemonitoring", "mse", "--minimize"),
    "NK 10x4 K2": ["--landscape", "nk:neighbors=2", "--space", "10x4"],
    "NK 12x3 K4": ["--landscape", "nk:neighbors=4,seed=7", "--space", "12x3"],
    "separable": ["--landscape", "separable"],
    "plateau": ["--landscape", "plateau"],
    "trap": ["--landscape", "trap"],
}
HIT = ["NB201 C10", "C100", "IN16", "macro", "parkinsons", "NK 10x4 K2", "separable"]
NOISY = {
    "NB201 C10": seeds201("c10"),
    "C100": seeds201("c100"),
    "IN16": seeds201("in16"),
    "wine": [],
    "AMBER, lambda 1": ["--table", DATA / "amber_mock_black_box.csv.gz", "--lambda", "1"],
    "AMBER, 0.1": ["--table", DATA / "amber_mock_black_box.csv.gz", "--lambda", "0.1"],
    "macro": table("nasbench_macro_runs", "acc"),
    "australian": table("hpobench_mlp_australian_runs", "bal_acc"),
    "parkinsons": table("fcnet_parkinsons_telemonitoring_runs", "mse", "--minimize"),
}


def run(options, problem, seeds, searchers, out, *more):
    if options.keep and (out / "timing.csv").exists():
        return
    command = [options.program, *problem, "--trials", options.trials, "--seeds", seeds, "--seed", options.seed,
               "--out", out, "--no-plots", "--quiet", *more]
    for searcher in searchers:
        command += ["--searcher", searcher]
    subprocess.run([str(word) for word in command], check=True)


def read(path):
    return list(csv.DictReader(open(path, newline="", encoding="utf-8")))


def regrets_in(folder):
    """Of each search, by searcher and trials, in the order of the seeds; and the rows of optimum.csv by these."""
    optimum = float(dict(csv.reader(open(folder / "problem.csv", encoding="utf-8")))["optimum"])
    regrets = {}
    for row in read(folder / "searches.csv"):
        regrets.setdefault((row["searcher"], row["trials"]), []).append(abs(float(row["incumbent_score"]) - optimum))
    return regrets, {(row["searcher"], row["trials"]): row for row in read(folder / "optimum.csv")}


def print_table(head, rows):
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def mann_whitney(first, second):
    """The chance that one of the first is less than one of the second, ties by half, and the p-value (normal
    approximation, corrected for ties)."""
    values = sorted([(x, 0) for x in first] + [(x, 1) for x in second])
    n, m = len(first), len(second)
    ranks, ties, i = 0.0, 0.0, 0
    while i < n + m:
        j = i
        while j < n + m and values[j][0] == values[i][0]:
            j += 1
        ranks += sum((i + j + 1) / 2 for k in range(i, j) if values[k][1] == 0)
        ties += (j - i) ** 3 - (j - i)
        i = j
    u = n * m - (ranks - n * (n + 1) / 2)
    variance = n * m / 12 * (n + m + 1 - ties / ((n + m) * (n + m - 1)))
    z = max(0.0, abs(u - n * m / 2) - 0.5) / math.sqrt(variance) if variance > 0 else 0.0
    return u / (n * m), math.erfc(z / math.sqrt(2))


def holm(tests):
    """p-values, corrected."""
    corrected, largest = [0.0] * len(tests), 0.0
    for k, i in enumerate(sorted(range(len(tests)), key=tests.__getitem__)):
        largest = max(largest, min(1.0, (len(tests) - k) * tests[i]))
        corrected[i] = largest
    return corrected


def sign_test(sample, value):
    """As mann_whitney, of one value against a sample: the chance that it is less, and the p-value (binomial)."""
    more, less = sum(x > value for x in sample), sum(x < value for x in sample)
    tail = sum(math.comb(more + less, k) for k in range(min(more, less) + 1)) / 2 ** (more + less)
    return (more + (len(sample) - more - less) / 2) / len(sample), min(1.0, 2 * tail)


def against_random(tests):
    """Of each of {key: (regrets, random search's)} '' where better, - where worse, ~ where neither is shown. A searcher without
    chance has made one search."""
    results = {key: mann_whitney(sample, base) if len(set(sample)) > 1 else sign_test(base, sample[0])
               for key, (sample, base) in tests.items()}
    corrected = holm([p for _, p in results.values()])
    return {key: "~" if p >= LEVEL else "" if superiority > 0.5 else "-"
            for (key, (superiority, _)), p in zip(results.items(), corrected)}


def shares(options, out, problems, kind):
    budgets = options.trials.split(",")
    regrets, optimum = {}, {}
    for name, problem in problems.items():
        groups = [("all", options.seeds, options.searcher)] if options.searcher else \
            [("quick", options.seeds, QUICK), ("slow", options.slow_seeds, SLOW)]
        for group, seeds, searchers in groups:
            folder = out / kind / name / group
            run(options, problem, seeds, searchers, folder)
            for found, by in zip(regrets_in(folder), (regrets, optimum)):
                by.update({(*key, name): value for key, value in found.items()})
        print(name, file=sys.stderr)
    names = sorted({searcher for searcher, _, _ in regrets})
    marks = against_random({key: (sample, regrets["random_search", key[1], key[2]]) for key, sample in regrets.items()
                            if key[0] != "random_search"})
    count = lambda one: len(next(sample for key, sample in regrets.items() if key[0] == one))
    for trials in budgets:
        print(f"Regret of the best of {trials} trials as a share of random search's, {kind} values ({count('random_search')} "
              "searches, of those with * " f"{options.slow_seeds}; -: worse than random search, ~: neither; Mann-Whitney, "
              "corrected by Holm over all, 1 %):\n")
        rows = []
        for searcher in names:
            mean = lambda one, name: sum(regrets[one, trials, name]) / len(regrets[one, trials, name])
            cells, known = [], []
            for name in problems:
                base = mean("random_search", name)
                share = mean(searcher, name) / base if base > 0 else math.nan
                known.append(max(share, 0.01))
                cells.append(f"{share:.2f}{marks.get((searcher, trials, name), '')}")
            middle = math.exp(sum(map(math.log, known)) / len(known))
            star = "*" if count(searcher) != count("random_search") else ""
            rows.append((middle, [f"`{searcher}`{star}", f"{middle:.2f}", *cells]))
        print_table(["", "geometric mean", *problems], [row for _, row in sorted(rows)])
    print(f"Worse than random search ({kind} values, 1 %):\n")
    for searcher in names:
        below = {}
        for (one, trials, name), mark in marks.items():
            if one == searcher and mark == "-":
                below.setdefault(name, []).append(trials)
        if below:
            print(f"- `{searcher}`: " + ", ".join(f"{name} ({' and '.join(trials)})" for name, trials in below.items()))
    print("- no other.\n")
    if kind == "exact":
        print_first_hits(names, [name for name in problems if name in HIT], budgets[-1], optimum)


def print_first_hits(names, problems, trials, optimum):
    """Mean of the searches that tried the optimum, and how many of all these are."""
    def cell(searcher, name):
        row = optimum[searcher, trials, name]
        mean = f"{float(row['first_hit_mean']):.0f}, " if row["first_hit_mean"] else ""
        return f"{mean}{100 * float(row['hit_share']):.0f} %"
    order = sorted(names, key=lambda one: -sum(float(optimum[one, trials, name]["hit_share"]) for name in problems))
    print(f"The first query of the optimum: mean of the searches that try it within {trials} trials, and their share:\n")
    print_table(["", *problems], [[f"`{one}`", *(cell(one, name) for name in problems)] for one in order])


def recommendations(options, out):
    """Best trial, recommendation, and the recommendation of reevaluated(searcher) at as many trials."""
    plain = options.searcher or ["regularized_evolution", "local_search", "ppo", "reinforce", "mlpnas"]
    rows, tests = [], []
    for name, problem in [*((name + ", noisy", args) for name, args in NOISY.items()), *EXACT.items()]:
        folder = out / "recommended" / name
        run(options, problem, options.recommended_seeds, [*plain, *(f"reevaluated({one})" for one in plain)], folder,
            "--recommend", options.recommend)
        optimum = float(dict(csv.reader(open(folder / "problem.csv", encoding="utf-8")))["optimum"])
        regrets = {}
        for row in csv.DictReader(open(folder / "searches.csv", encoding="utf-8")):
            for what in ("incumbent", "recommended"):
                regret = abs(float(row[what + "_score"]) - optimum)
                regrets.setdefault((row["searcher"], row["trials"], what), []).append(regret)
        for trials in options.trials.split(","):
            for one in plain:
                best = regrets[one, trials, "incumbent"]
                taken = regrets[one, trials, "recommended"]
                again = regrets[f"reevaluated({one})", trials, "recommended"]
                mean = [sum(all) / len(all) for all in (best, taken, again)]
                results = [mann_whitney(taken, best), mann_whitney(again, best)]
                tests += [p for _, p in results]
                rows.append((name, trials, one, mean, [superiority for superiority, _ in results]))
        print(name, file=sys.stderr)
    corrected = holm(tests)
    print(f"What {options.recommend} recommends, and what it does where the searcher is reevaluated(...): regret as a share of the "
          f"best trial's, geometric mean over {len(plain)} searchers, and for how many of them it is better (+) or worse (-) "
          f"({options.recommended_seeds} searches each; Mann-Whitney, corrected by Holm over all, 1 %):\n")
    groups = {}
    for i, (name, trials, _, mean, superiority) in enumerate(rows):
        for k in (0, 1):
            mark = "" if corrected[2 * i + k] >= LEVEL else "+" if superiority[k] > 0.5 else "-"
            share = mean[k + 1] / mean[0] if mean[0] > 0 else 1.0 if mean[k + 1] == 0 else math.nan
            groups.setdefault((name, trials), ([], []))[k].append((share, mark))
    def cell(shares):
        known = [max(share, 0.01) for share, _ in shares if not math.isnan(share)]
        marks = "".join(f" {sum(mark == sign for _, mark in shares)}{sign}" for sign in "+-"
                        if any(mark == sign for _, mark in shares))
        return (f"{math.exp(sum(map(math.log, known)) / len(known)):.2f}" if known else "") + marks
    print_table(["", "trials", "recommended", "with reevaluated"],
                [[*key, cell(plainly), cell(again)] for key, (plainly, again) in groups.items()])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="nas_mock_bench")
    parser.add_argument("--trials", default="100,300")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--recommended-seeds", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20000, help="the first; defaults were chosen by others")
    parser.add_argument("--recommend", default="best_posterior")
    parser.add_argument("--slow-seeds", type=int, default=40, help="of those that take a millisecond a step")
    parser.add_argument("--searcher", action="append", help="instead of all, with random_search among them; repeatable")
    parser.add_argument("--kind", choices=["exact", "noisy"], help="these values only")
    parser.add_argument("--only", choices=["shares", "recommendations"])
    parser.add_argument("--out", type=pathlib.Path, help="keeps the reports there")
    parser.add_argument("--keep", action="store_true", help="takes what is there already as it is")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        out = options.out or pathlib.Path(scratch)
        if options.only != "recommendations":
            for kind, problems in (("exact", EXACT), ("noisy", NOISY)):
                if options.kind in (None, kind):
                    shares(options, out, problems, kind)
        if options.only != "shares":
            recommendations(options, out)


if __name__ == "__main__":
    main()
