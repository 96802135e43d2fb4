#!/usr/bin/env python3
"""The counts of the proxy bench with NumPy on one thread.

    proxy_counts.py --data FOLDER [--repeats 3] [--only bytes|words]

CPU seconds (time.process_time), medians. `--data` is the folder that the bench wrote. Documents are
joined and cut into sequences of 1,024 tokens; pairs are counted within them, as in the paper.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import collections
import pathlib
import statistics
import time

import numpy

LENGTH = 1024


def entropy(counts):
    counts = counts[counts > 0].astype(float)
    return numpy.log(counts.sum()) - (counts * numpy.log(counts)).sum() / counts.sum()


def inside(count):
    """Which tokens are followed by one of the same sequence."""
    return numpy.arange(1, count) % LENGTH != 0


def count_bytes(path):
    """A part at a time: 64-bit positions of all bytes at once would take many times the text."""
    pairs = numpy.zeros(1 << 16, numpy.int64)
    with open(path, "rb") as file:
        stream = numpy.frombuffer(file.read().replace(b"\n", b""), numpy.uint8)
    for start in range(0, len(stream), LENGTH * LENGTH * 8):
        part = stream[start : start + LENGTH * LENGTH * 8]
        both = part[:-1].astype(numpy.uint16) << 8 | part[1:]
        pairs += numpy.bincount(both[inside(len(part))], minlength=1 << 16)
    return pairs.sum(), entropy(pairs.reshape(256, 256).sum(1)), entropy(pairs)


def count_words(path):
    numbers = collections.defaultdict(lambda: len(numbers))
    parts = []
    with open(path) as file:
        for line in file:
            parts.append(numpy.fromiter(map(numbers.__getitem__, line.split()), numpy.int64))
    ids = numpy.concatenate(parts)
    both = (ids[:-1] * len(numbers) + ids[1:])[inside(len(ids))]
    pairs, counts = numpy.unique(both, return_counts=True)
    firsts = numpy.bincount(pairs // len(numbers), counts)
    return counts.sum(), entropy(firsts), entropy(counts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=["bytes", "words"])
    given = parser.parse_args()
    for name, call in [("bytes", count_bytes), ("words", count_words)]:
        if given.only not in (None, name):
            continue
        times = []
        for _ in range(given.repeats):
            began = time.process_time()
            pairs, se, je = call(given.data / "stream.txt")
            times.append(time.process_time() - began)
        print(f"{name}: {statistics.median(times):.2f} CPU s; {pairs} pairs, SE {se:.9f}, JE {je:.9f}")


main()
