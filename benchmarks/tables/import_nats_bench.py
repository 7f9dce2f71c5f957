#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the official NATS-Bench topology benchmark into the table that benchmarks/mock reads.

    pip install nats_bench
    python3 import_nats_bench.py NATS-tss-v1_0-3ffb9-simple nb201.csv

The first argument is the unpacked folder (read one architecture at a time), or the one-file form NATS-tss-v1_0-*.pickle.pbz2,
which needs 20 GB of memory. Each value is the mean over the benchmark's trials of that architecture.
"""
import argparse
import csv
import os
import re
import sys

# The digit of an operation in the code column, one digit an edge in the order of the arch string.
OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")

# Prefix of our columns, data set of the search split, data set of the test split.
DATA_SETS = (("c10", "cifar10-valid", "cifar10"), ("c100", "cifar100", "cifar100"), ("in16", "ImageNet16-120", "ImageNet16-120"))

COLUMNS = (
    ["index", "code"]
    + [f"{prefix}_val200_pct" for prefix, _, _ in DATA_SETS]
    + [f"{prefix}_test200v1_pct" for prefix, _, _ in DATA_SETS]  # v1: the benchmark's release v1_0
    + [f"{prefix}_val12_pct" for prefix, _, _ in DATA_SETS]
    + [f"{prefix}_test12_pct" for prefix, _, _ in DATA_SETS]
    + ["c10_train12_s", "params_c10", "flops_c10_M"]
)


def code(arch):
    """`421211` of `|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|...|`."""
    return "".join(str(OPERATIONS.index(operation)) for operation in re.findall(r"([a-z_0-9]+)~\d", arch))


def row(api, index):
    def info(data_set, epochs):
        return api.get_more_info(index, data_set, hp=epochs, is_random=False)

    cells = [str(index), code(api.arch(index))]
    for epochs, key in (("200", "valid-accuracy"), ("200", "test-accuracy"), ("12", "valid-accuracy"), ("12", "test-accuracy")):
        for _, search, test in DATA_SETS:
            cells.append(f"{info(search if key == 'valid-accuracy' else test, epochs)[key]:.4f}")
    cells.append(f"{info('cifar10-valid', '12')['train-all-time']:.4f}")
    cost = api.get_cost_info(index, "cifar10", hp="12")
    cells.append(str(round(cost["params"] * 1e6)))
    cells.append(f"{cost['flops']:.5f}")
    return cells


def write_table(api, path):
    partial = path + ".partial"
    with open(partial, "w", newline="", encoding="ascii") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for index in range(len(api)):
            writer.writerow(row(api, index))
            if api.fast_mode:
                api.arch2infos_dict.pop(index)  # what was read of this architecture: 1.5 GB for all of them
            if sys.stderr.isatty() and index % 100 == 0:
                print(f"\r{index} of {len(api)}", end="", file=sys.stderr)
    os.replace(partial, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark", help="the unpacked folder, or the .pickle.pbz2 file")
    parser.add_argument("table", help="the CSV file to write")
    arguments = parser.parse_args()
    if not os.path.exists(arguments.benchmark):
        parser.error(f"there is no {arguments.benchmark}; the benchmark is at https://github.com/D-X-Y/NATS-Bench")
    try:
        import nats_bench
    except ImportError:
        parser.error("this needs the package nats_bench: pip install nats_bench")
    api = nats_bench.create(arguments.benchmark, "tss", fast_mode=os.path.isdir(arguments.benchmark), verbose=False)
    write_table(api, arguments.table)


if __name__ == "__main__":
    main()
