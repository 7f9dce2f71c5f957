#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Task A (6 decisions of 5 choices, a table look-up) by DEAP: microseconds of CPU time a trial, as JSON.

Regularized evolution is written with DEAP's toolbox, since DEAP has none; the genetic algorithm is its eaSimple. Each is
run --repeat times in turn, and the median is reported.
"""

import argparse
import collections
import json
import platform
import random
import statistics
import time

import deap
from deap import algorithms, base, creator, tools

WIDTH, CHOICES = 6, 5
TABLE = [random.Random(7).random() for _ in range(CHOICES**WIDTH)]

creator.create("Fitness", base.Fitness, weights=(1.0,))
creator.create("Individual", list, fitness=creator.Fitness)


def evaluate(individual):
    at = 0
    for digit in individual:
        at = at * CHOICES + digit
    return (TABLE[at],)


def change_one(individual):
    """Changes one decision to another value, as regularized evolution does."""
    i = random.randrange(WIDTH)
    individual[i] = (individual[i] + random.randrange(1, CHOICES)) % CHOICES
    return (individual,)


def toolbox_for(tournament):
    toolbox = base.Toolbox()
    toolbox.register("choice", random.randrange, CHOICES)
    toolbox.register("individual", tools.initRepeat, creator.Individual, toolbox.choice, n=WIDTH)
    toolbox.register("population", tools.initRepeat, list, toolbox.individual)
    toolbox.register("evaluate", evaluate)
    toolbox.register("select", tools.selTournament, tournsize=tournament)
    toolbox.register("mutate", change_one)
    return toolbox


def random_search(trials):
    toolbox = toolbox_for(1)
    history = []
    for _ in range(trials):
        individual = toolbox.individual()
        individual.fitness.values = toolbox.evaluate(individual)
        history.append(individual)
    return trials


def regularized_evolution(trials, population=100, tournament=25):
    toolbox = toolbox_for(tournament)
    alive = collections.deque(toolbox.population(n=population))
    for individual in alive:
        individual.fitness.values = toolbox.evaluate(individual)
    history = list(alive)
    while len(history) < trials:
        parent = toolbox.select(alive, 1)[0]
        child = toolbox.clone(parent)
        toolbox.mutate(child)
        child.fitness.values = toolbox.evaluate(child)
        alive.append(child)
        alive.popleft()
        history.append(child)
    return trials


def genetic_algorithm(trials, population=100):
    """eaSimple; every child is mutated, so that it evaluates every child."""
    toolbox = toolbox_for(2)
    toolbox.register("mate", tools.cxUniform, indpb=0.5)
    _, log = algorithms.eaSimple(toolbox.population(n=population), toolbox, cxpb=0.9, mutpb=1.0,
                                 ngen=trials // population - 1, verbose=False)
    return sum(log.select("nevals"))


SEARCHES = {
    "random": random_search,
    "rea_100_25": regularized_evolution,
    "rea_10_3": lambda trials: regularized_evolution(trials, 10, 3),
    "eaSimple": genetic_algorithm,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=10_000, help="trials of one search (default 10,000)")
    parser.add_argument("--repeat", type=int, default=5, help="searches of each kind (default 5)")
    options = parser.parse_args()
    taken = {name: [] for name in SEARCHES}
    for seed in range(options.repeat):
        for name, search in SEARCHES.items():
            random.seed(seed)
            start = time.process_time()
            trials = search(options.trials)
            taken[name].append(1e6 * (time.process_time() - start) / trials)
    print(json.dumps({"deap": deap.__version__, "python": platform.python_version(),
                      "microseconds": {name: statistics.median(times) for name, times in taken.items()}}, indent=2))


if __name__ == "__main__":
    main()
