# SPDX-License-Identifier: Apache-2.0

# Trains one network: a line of JSON in, a line of JSON out. Messages would belong on standard error. Any framework may stand
# here; this one is the standard library, and a network of one hidden layer that tells two rings of points apart.

import json
import math
import random
import sys

ask = json.loads(sys.stdin.readline())
chosen = ask["decisions"]
units, rate, momentum = int(chosen["units"]), float(chosen["learning_rate"]), float(chosen["momentum"])
function, slope = {
    "tanh": (math.tanh, lambda x: 1 - math.tanh(x) ** 2),
    "relu": (lambda x: max(x, 0.0), lambda x: float(x > 0)),
    "sine": (math.sin, math.cos),
}[chosen["activation"]]

if units > 8:  # what cannot be used need not be trained
    print(json.dumps({"status": "infeasible", "reason": "more than 32 weights do not fit the device"}))
    sys.exit()


def rings(draw, count):
    """Points (x, y) of two rings, and 1 for the outer one."""
    points = []
    for i in range(count):
        radius, angle = 0.8 + 0.7 * (i % 2) + draw.gauss(0, 0.2), draw.uniform(0, 2 * math.pi)
        points.append((radius * math.cos(angle), radius * math.sin(angle), i % 2))
    return points


data = random.Random(7)
training, validation = rings(data, 80), rings(data, 200)

draw = random.Random(ask["seed"])  # the trial's own: the same search trains the same networks
weights = [[draw.gauss(0, 1) for _ in range(4)] for _ in range(units)]  # of x, y and 1, and of the output
speed = [[0.0] * 4 for _ in range(units)]


def output(x, y):
    return sum(w[3] * function(w[0] * x + w[1] * y + w[2]) for w in weights)


for epoch in range(ask["fidelity"] or 15):
    draw.shuffle(training)
    for x, y, label in training:
        error = 1 / (1 + math.exp(-max(-30.0, min(30.0, output(x, y))))) - label
        for w, v in zip(weights, speed):
            inner = w[0] * x + w[1] * y + w[2]
            back = error * w[3] * slope(inner)
            for i, gradient in enumerate((back * x, back * y, back, error * function(inner))):
                v[i] = momentum * v[i] - rate * gradient
                w[i] += v[i]

right = sum((output(x, y) > 0) == (label == 1) for x, y, label in validation)
print(json.dumps({"value": right / len(validation)}))
