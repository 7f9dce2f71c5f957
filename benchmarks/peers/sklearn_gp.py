#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Gaussian process by scikit-learn's GaussianProcessRegressor: seconds of CPU time, as JSON.

20 decisions of 8 choices, one-hot, Matern 5/2, as micro/bayesian.cpp has them. `fit`: the exact posterior of n trials with fixed
hyper-parameters, which is what a tell is there; `predict`: means and deviations of 1,000 candidates; `step`: fit, and predict
15,625. float64, one thread; the least of --repeat.
"""

import argparse
import json
import platform
import time

import numpy
import sklearn
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern

WIDTH, CHOICES = 20, 8


def encoded(random, count, width, choices):
    return numpy.eye(choices)[random.integers(0, choices, (count, width))].reshape(count, width * choices)


def least(repeat, call):
    times = []
    for _ in range(repeat):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3, help="of each (default 3)")
    options = parser.parse_args()
    random = numpy.random.default_rng(1)
    taken = {}
    for trials in (300, 1000):
        rows = encoded(random, trials, WIDTH, CHOICES)
        values = random.normal(size=trials)
        model = GaussianProcessRegressor(Matern(length_scale=3.0, nu=2.5), alpha=1e-3, optimizer=None)
        taken[f"fit_{trials}"] = least(options.repeat, lambda: model.fit(rows, values))
        candidates = encoded(random, 1000, WIDTH, CHOICES)
        taken[f"predict_{trials}"] = least(options.repeat, lambda: model.predict(candidates, return_std=True))
    rows, values, all_of_them = encoded(random, 300, 6, 5), random.normal(size=300), encoded(random, 15625, 6, 5)

    def step():
        model.fit(rows, values)
        model.predict(all_of_them, return_std=True)

    taken["step_300"] = least(options.repeat, step)
    print(json.dumps({"seconds": taken, "sklearn": sklearn.__version__, "numpy": numpy.__version__,
                      "python": platform.python_version()}, indent=2))


if __name__ == "__main__":
    main()
