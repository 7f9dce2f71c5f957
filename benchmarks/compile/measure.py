#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each public header, and a user's first program, costs to compile.

Each header is compiled alone without generating code; examples/01_quickstart.cpp is compiled at -O0. With --check the
exit code is 1 when one takes longer than benchmarks/compile/budget.csv allows: its own line there, else that of the
nearest folder around it, else the first. That file holds CPU seconds on the machine that wrote it; on another one, scale them: --scale 1.5. This is no test, because a busy machine would fail it.
"""

import argparse
import csv
import math
import os
import pathlib
import resource
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIRST_PROGRAM = "examples/01_quickstart.cpp"


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds(command, repeat):
    """The median CPU time of a command, in seconds: a busy machine stretches it less than wall time. Its first run,
    which only warms the disk's cache, is not counted. None when it fails."""
    times = []
    for _ in range(repeat + 1):
        start = cpu_seconds()
        if subprocess.run(command, cwd=ROOT).returncode != 0:
            return None
        times.append(cpu_seconds() - start)
    return statistics.median(times[1:])


def budget_of(name, budgets):
    """That of the header itself, of the nearest folder around it, or of all."""
    folders = [folder.as_posix() + "/*" for folder in pathlib.PurePath(name).parents]
    return next(budgets[key] for key in [name, *folders, "*"] if key in budgets)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit with 1 when something is over its budget")
    parser.add_argument("--scale", type=float, default=1.0, help="multiply all budgets by this (default 1)")
    parser.add_argument("--repeat", type=int, default=3, help="take the median of so many runs (default 3)")
    parser.add_argument("--compiler", default=os.environ.get("CXX", "g++"), help="default: $CXX, or g++")
    parser.add_argument("only", nargs="*", help="measure only names that contain one of these")
    options = parser.parse_args()

    with open(ROOT / "benchmarks/compile/budget.csv", newline="") as file:
        budgets = {row["header"]: float(row["seconds"]) * options.scale for row in csv.DictReader(file)}

    # Debian's Eigen has a folder of its own.
    compiler = [options.compiler, "-std=c++20", "-O0", "-Iinclude", "-isystem", "/usr/include/eigen3"]
    headers = sorted(path.relative_to(ROOT / "include").as_posix() for path in (ROOT / "include").rglob("*.hpp"))
    commands = {name: [*compiler, "-fsyntax-only", "-x", "c++", "-include", name, os.devnull] for name in headers}
    if (ROOT / FIRST_PROGRAM).exists():
        commands[FIRST_PROGRAM] = [*compiler, "-c", FIRST_PROGRAM, "-o", os.devnull]
    stale = [name for name in budgets if not name.endswith("*") and name not in commands]

    print(subprocess.run([options.compiler, "--version"], check=True, capture_output=True, text=True)
          .stdout.splitlines()[0])
    print(f"{'seconds':>8} {'budget':>8}")
    over = []
    for name, command in commands.items():
        if options.only and not any(part in name for part in options.only):
            continue
        taken = seconds(command, options.repeat)
        budget = budget_of(name, budgets)
        if taken is None or taken > budget:
            over.append(name)
        verdict = "  does not compile" if taken is None else "  over budget" if taken > budget else ""
        print(f"{taken or math.nan:8.2f} {budget:8.2f}  {name}{verdict}", flush=True)
    if stale:
        print("in budget.csv but not in the sources: " + ", ".join(stale))
    return 1 if options.check and (over or stale) else 0


if __name__ == "__main__":
    sys.exit(main())
