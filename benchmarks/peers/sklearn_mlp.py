#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What micro/mlp_training.cpp does, by scikit-learn's MLPClassifier: seconds of CPU time of a training, as JSON.

4,408 rows of 11 features and 3 classes, [64, 32] ReLU units, Adam, batch 32, 10 epochs, float32, one thread; the median of
--repeat trainings.
"""

import argparse
import json
import platform
import statistics
import time
import warnings

import numpy
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier


def train(rows, labels, seed):
    # alpha: no weight decay. n_iter_no_change: never stops early.
    model = MLPClassifier((64, 32), activation="relu", solver="adam", alpha=0, batch_size=32, learning_rate_init=0.001,
                          max_iter=10, n_iter_no_change=1000, random_state=seed)
    begin = time.process_time()
    model.fit(rows, labels)
    return time.process_time() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    random = numpy.random.default_rng(1)
    rows = random.uniform(-1, 1, (4408, 11)).astype(numpy.float32)
    labels = random.integers(0, 3, 4408)
    times = [train(rows, labels, seed) for seed in range(options.repeat)]
    print(json.dumps({"seconds": statistics.median(times), "sklearn": sklearn.__version__, "numpy": numpy.__version__,
                      "python": platform.python_version()}))


if __name__ == "__main__":
    main()
