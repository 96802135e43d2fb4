#!/usr/bin/env python3
"""The counts of the proxy bench with NumPy on one thread.

    proxy_counts.py --data FOLDER [--repeats 3] [--only bytes|words|file] [--tokenizer FILE]

CPU seconds (time.process_time), medians. `--data` is the folder that the bench wrote. Documents are
joined and cut into sequences of 1,024 tokens; pairs are counted within them, as in the paper.
`--tokenizer` is a tokenizer.json for the Python package `tokenizers`; where the file is not there, byte
pairs are trained on the first 10,000 lines and written to it.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import argparse
import collections
import itertools
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
    return count_ids(numpy.concatenate(parts), len(numbers))


def count_ids(ids, size):
    both = (ids[:-1] * size + ids[1:])[inside(len(ids))]
    pairs, counts = numpy.unique(both, return_counts=True)
    firsts = numpy.bincount(pairs // size, counts)
    return counts.sum(), entropy(firsts), entropy(counts)


def count_file(path, tokenizer):
    parts = []
    with open(path) as file:
        while lines := [line.rstrip("\n") for line in itertools.islice(file, 1000)]:
            for encoding in tokenizer.encode_batch(lines, add_special_tokens=False):
                parts.append(numpy.array(encoding.ids, numpy.int64))
    return count_ids(numpy.concatenate(parts), tokenizer.get_vocab_size())


def opened(tokenizer, text):
    """The tokenizer of a file, made if need be."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    if not tokenizer.exists():
        made = Tokenizer(models.BPE())
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        with open(text) as file:
            lines = itertools.islice(file, 10_000)
            made.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=16_384, show_progress=False))
        made.save(str(tokenizer))
    return Tokenizer.from_file(str(tokenizer))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=["bytes", "words", "file"])
    parser.add_argument("--tokenizer", type=pathlib.Path)
    given = parser.parse_args()
    work = [("bytes", count_bytes), ("words", count_words)]
    if given.tokenizer:
        tokenizer = opened(given.tokenizer, given.data / "stream.txt")
        work.append(("file", lambda path: count_file(path, tokenizer)))
    for name, call in work:
        if given.only not in (None, name):
            continue
        times = []
        for _ in range(given.repeats):
            began = time.process_time()
            pairs, se, je = call(given.data / "stream.txt")
            times.append(time.process_time() - began)
        print(f"{name}: {statistics.median(times):.2f} CPU s; {pairs} pairs, SE {se:.9f}, JE {je:.9f}")


main()
