#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TPE by Optuna: microseconds of CPU time of a trial (ask, suggest each decision, tell) after --trials of them, as JSON.

Task A is 6 decisions of 5 choices and a table look-up, `numeric` four integers of 256 levels, as in micro/tpe.cpp. `tpe` takes each
decision by itself, `tpe_multivariate` all together. The first trials are given to the study, not searched for; of the
--measured ones that follow the median counts.
"""

import argparse
import json
import platform
import random
import statistics
import time
import warnings

import optuna

WIDTH, CHOICES, LEVELS = 6, 5, 256
TABLE = [random.Random(7).random() for _ in range(CHOICES**WIDTH)]


def table_value(params):
    at = 0
    for i in range(WIDTH):
        at = at * CHOICES + params[f"d{i}"]
    return TABLE[at]


def near_value(params):
    return -sum(abs(level - 100) for level in params.values())


TASKS = {
    "A": ({f"d{i}": optuna.distributions.CategoricalDistribution(list(range(CHOICES))) for i in range(WIDTH)}, table_value),
    "numeric": ({name: optuna.distributions.IntDistribution(0, LEVELS - 1) for name in "abcd"}, near_value),
}


def draw(distribution, source):
    if isinstance(distribution, optuna.distributions.CategoricalDistribution):
        return source.choice(distribution.choices)
    return source.randint(distribution.low, distribution.high)


def trial_times(task, multivariate, trials, measured):
    distributions, value_of = TASKS[task]
    sampler = optuna.samplers.TPESampler(multivariate=multivariate, seed=1)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    source = random.Random(1)
    for _ in range(trials):
        params = {name: draw(distribution, source) for name, distribution in distributions.items()}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=distributions, value=value_of(params)))
    times = []
    for _ in range(measured):
        start = time.process_time()
        trial = study.ask(distributions)
        study.tell(trial, value_of(trial.params))
        times.append(1e6 * (time.process_time() - start))
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=1000, help="trials of the study before (default 1,000)")
    parser.add_argument("--measured", type=int, default=15, help="trials that are measured (default 15)")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore")  # multivariate is experimental there
    taken = {}
    for task in TASKS:
        for name, multivariate in (("tpe", False), ("tpe_multivariate", True)):
            taken[f"{task}/{name}"] = statistics.median(
                trial_times(task, multivariate, options.trials, options.measured))
    print(json.dumps({"optuna": optuna.__version__, "python": platform.python_version(), "microseconds": taken}, indent=2))


if __name__ == "__main__":
    main()
