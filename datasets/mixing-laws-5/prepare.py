#!/usr/bin/env python3
"""Makes runs.csv for the study in this folder from the public table folder `mixinglaws`.

    python3 prepare.py [FOLDER] [--out FILE]

FOLDER holds 5Mix_70M.csv, proportions_5Mix.csv and valid_weight.json. If it is not given, it is
$MIXLAW_DATA/mixinglaws, or else ../public/mixinglaws as filled by `datasets/fetch mixinglaws`.
FILE is ../public/mixing-laws-5/runs.csv unless given: the table belongs to its authors and stays
out of the repository.

One row for each of the 26 mixtures of proportions_5Mix.csv, in that order: the 70M run at step
30,000, with the validation losses of 22 sub-domains averaged over five groups by valid_weight.json.
"""
import argparse
import csv
import json
import math
import os
import pathlib
import sys

STEP = "30000"
GROUPS = {
    "academic": ["ArXiv", "PubMed_Abstracts", "PhilPapers", "NIH_ExPorter", "FreeLaw",
                 "USPTO_Backgrounds", "PubMed_Central"],
    "prose": ["PG19", "Books3", "BookCorpus2"],
    "dialogue": ["Ubuntu_IRC", "OpenSubtitles", "EuroParl", "Enron_Emails", "HackerNews",
                 "YoutubeSubtitles"],
    "symbolic": ["DM_Mathematics", "Github"],
    "internet": ["Pile-CC", "OpenWebText2", "StackExchange", "Wikipedia_en"],
}
SHARES = [f"r{i + 1}" for i in range(len(GROUPS))]
PUBLIC = pathlib.Path(__file__).resolve().parent.parent / "public"


def arguments():
    data = os.environ.get("MIXLAW_DATA")
    default = (pathlib.Path(data) if data else PUBLIC) / "mixinglaws"
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=default)
    parser.add_argument("--out", type=pathlib.Path, default=PUBLIC / "mixing-laws-5" / "runs.csv")
    return parser.parse_args()


def table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def mixture(row):
    return tuple(float(row[share]) for share in SHARES)


def mean(row, domains, weights):
    total = math.fsum(weights[d] for d in domains)
    return math.fsum(weights[d] * float(row[f"loss_{d}"]) for d in domains) / total


def main():
    args = arguments()
    try:
        weights = json.loads((args.folder / "valid_weight.json").read_text(encoding="utf-8"))
        wanted = [mixture(row) for row in table(args.folder / "proportions_5Mix.csv")]
        runs = table(args.folder / "5Mix_70M.csv")
    except OSError as error:
        sys.exit(f"prepare.py: {error}\nrun `datasets/fetch mixinglaws`, or give the folder")
    found = {mixture(row): row for row in runs if row["step"] == STEP and row["r1"]}
    args.out.parent.mkdir(parents=True, exist_ok=True)
    with open(args.out, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["run", "position", *(f"weight_{g}" for g in GROUPS),
                      *(f"loss_{g}" for g in GROUPS)])
        for position, shares in enumerate(wanted, 1):
            row = found.get(shares)
            if row is None:
                sys.exit(f"prepare.py: 5Mix_70M.csv has no run at step {STEP} for {shares}")
            losses = (f"{mean(row, d, weights):.9f}" for d in GROUPS.values())
            out.writerow([row["run_id"], position, *shares, *losses])
    print(f"{args.out}: {len(wanted)} runs")


if __name__ == "__main__":
    main()
