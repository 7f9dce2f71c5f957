#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the defaults of all searchers over tables and landscapes, at several budgets, and prints tables in Markdown:
the regret of each searcher as a share of random search's, where values are exact and where they are noisy, and what
recommendations and repeats gain where they are noisy. Needs nas_mock_bench and a folder of tables (NAS_DATA_DIR);
benchmarks/mock/README.md has its figures.
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


# Those that take microseconds a step; the others by --searcher, with fewer searches.
QUICK = ["random_search", "grid_search", "local_search", "hill_climbing", "simulated_annealing", "regularized_evolution",
         "genetic_algorithm", "reinforce", "ppo", "controller", "mlpnas", "tpe"]


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
    command = [options.program, *problem, "--trials", options.trials, "--seeds", seeds, "--seed", options.seed,
               "--out", out, "--no-plots", "--quiet", *more]
    for searcher in searchers:
        command += ["--searcher", searcher]
    subprocess.run([str(word) for word in command], check=True)
    read = lambda name: list(csv.DictReader(open(out / name, newline="", encoding="utf-8")))
    return read("summary.csv"), read("pairs.csv")


def against_random(pairs, searcher, trials):
    """'' where better than random search, - where worse, ~ where neither is shown."""
    for pair in pairs:
        if pair["trials"] == trials and {pair["better"], pair["worse"]} == {searcher, "random_search"}:
            shown = pair["p_holm"] != "" and float(pair["p_holm"]) < LEVEL
            return "~" if not shown else "" if pair["better"] == searcher else "-"
    return ""


def print_table(head, rows):
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def shares(options, out, problems, kind):
    budgets = options.trials.split(",")
    cells, names = {}, []
    for name, problem in problems.items():
        summary, pairs = run(options, problem, options.seeds, options.searcher or QUICK, out / kind / name)
        regret = {(row["searcher"], row["trials"]): float(row["regret_mean"]) for row in summary}
        for searcher in sorted({row["searcher"] for row in summary}):
            names += [searcher] if searcher not in names else []
            for trials in budgets:
                base = regret["random_search", trials]
                share = regret[searcher, trials] / base if base > 0 else math.nan
                cells[searcher, trials, name] = share, against_random(pairs, searcher, trials)
        print(name, file=sys.stderr)
    for trials in budgets:
        print(f"Regret of the best of {trials} trials as a share of random search's, {kind} values, {options.seeds} searches "
              "each (-: worse than random search, ~: neither; Mann-Whitney, corrected by Holm over all pairs, 1 %):\n")
        rows = []
        for searcher in names:
            found = [cells.get((searcher, trials, name)) for name in problems]
            known = [max(cell[0], 0.01) for cell in found if cell]
            mean = math.exp(sum(map(math.log, known)) / len(known))
            rows.append((mean, [f"`{searcher}`", f"{mean:.2f}"] +
                         [f"{cell[0]:.2f}{cell[1]}" if cell else "" for cell in found]))
        print_table(["", "geometric mean", *problems], [row for _, row in sorted(rows)])


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
    cells = []
    for i, (name, trials, one, mean, superiority) in enumerate(rows):
        marks = ["" if p >= LEVEL else "+" if s > 0.5 else "-" for p, s in zip(corrected[2 * i:2 * i + 2], superiority)]
        share = lambda value: f"{value / mean[0]:.2f}" if mean[0] > 0 else "1.00" if value == 0 else "worse"
        cells.append([name, trials, f"`{one}`", f"{mean[0]:.4g}", *(share(mean[k + 1]) + marks[k] for k in (0, 1))])
    print(f"Regret of the best trial; what {options.recommend} recommends, and what it does where the searcher is "
          f"reevaluated(...), as shares of that ({options.recommended_seeds} searches each; +: better, -: worse, "
          "Mann-Whitney, corrected by Holm over all, 1 %):\n")
    print_table(["", "trials", "searcher", "best trial", "recommended", "with reevaluated"], cells)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="nas_mock_bench")
    parser.add_argument("--trials", default="100,300")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--recommended-seeds", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20000, help="the first; defaults were chosen by others")
    parser.add_argument("--recommend", default="best_posterior")
    parser.add_argument("--searcher", action="append", help="instead of the quick ones; repeatable")
    parser.add_argument("--only", choices=["shares", "recommendations"])
    parser.add_argument("--out", type=pathlib.Path, help="keeps the reports there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        out = options.out or pathlib.Path(scratch)
        if options.only != "recommendations":
            shares(options, out, EXACT, "exact")
            shares(options, out, NOISY, "noisy")
        if options.only != "shares":
            recommendations(options, out)


main()
