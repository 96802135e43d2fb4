#!/usr/bin/env python3
"""Turns a text file of the Data Mixing Laws repository into a CSV table.

    tabulate.py LOG TABLE.csv

LOG is data/5Mix/SIZE.txt or data/RedPajama/SIZE.txt (one line = checkpoint, validation domain,
loss) or proportions.txt (one line = one mixture). TABLE.csv has one row for each run and step:
run_id, run_index, step, r1..rM, loss_<domain>... with six decimals, empty where absent.
"""
import csv
import re
import sys

CHECKPOINT = re.compile(r"([^/\s-]+_(\d+))-([0-9.]+(?:-[0-9.]+)*)/(\d+)$")
DOMAIN = re.compile(r"\.valid\.([^/]+)\.bin$")


def proportions(lines):
    mixtures = [line.split("-") for line in lines]
    return [f"r{i + 1}" for i in range(len(mixtures[0]))], mixtures


def losses(lines, name):
    cells, domains = {}, set()
    for number, line in enumerate(lines, 1):
        fields = line.split("\t")
        checkpoint = CHECKPOINT.search(fields[0])
        domain = DOMAIN.search(fields[1]) if len(fields) == 3 else None
        if not checkpoint or not domain:
            sys.exit(f"{name}:{number}: not a checkpoint, a domain and a loss: {line[:120]!r}")
        run, index, mixture, step = checkpoint.groups()
        row = cells.setdefault((int(index), run, int(step), mixture), {})
        row[domain[1]] = float(fields[2])
        domains.add(domain[1])
    domains = sorted(domains)
    rows = []
    for (index, run, step, mixture), row in sorted(cells.items()):
        values = [f"{row[d]:.6f}" if d in row else "" for d in domains]
        rows.append([run, index, step, *mixture.split("-"), *values])
    shares = len(rows[0]) - 3 - len(domains)
    header = ["run_id", "run_index", "step", *(f"r{i + 1}" for i in range(shares))]
    return header + [f"loss_{d}" for d in domains], rows


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = [line.strip() for line in file if line.strip()]
    if not lines:
        sys.exit(f"{sys.argv[1]}: the file is empty")
    is_log = "\t" in lines[0]
    header, rows = losses(lines, sys.argv[1]) if is_log else proportions(lines)
    with open(sys.argv[2], "w", newline="", encoding="utf-8") as file:
        # The line ends of the tables whose checksums are on record.
        end = "\r\n" if is_log else "\n"
        csv.writer(file, lineterminator=end).writerows([header, *rows])


if __name__ == "__main__":
    main()
