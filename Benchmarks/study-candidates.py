#!/usr/bin/env python3
"""The shapes that a study trained, as the table that `Benchmarks looks` reads: one line for each, as it was measured first.

    Benchmarks/study-candidates.py docs/results/photographs > candidates.jsonl
    .build/release/Benchmarks looks candidates.jsonl looks.jsonl --recipe recipes/photographs-search.yaml --output looks.md

Needs Python 3.8 or newer and nothing else.
"""

import csv
import json
import sqlite3
import sys


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = sys.argv[1].rstrip("/")
    study = sqlite3.connect(f"file:{folder}/study.sqlite?mode=ro", uri=True)
    measured = {number: json.loads(text) for number, text in study.execute(
        "SELECT number, measurement FROM trials WHERE state = 'finished' ORDER BY number")}
    with open(f"{folder}/trials.csv", encoding="utf-8", newline="") as file:
        trials = list(csv.DictReader(file))
    columns = list(trials[0])
    axes = columns[columns.index("state") + 1:columns.index("float32_accuracy")]
    seen = set()
    for trial in trials:
        found = measured.get(int(trial["trial"]))
        shape = {axis: trial[axis] if axis == "arithmetic" else int(trial[axis]) for axis in axes}
        key = tuple(value for axis, value in shape.items() if axis != "arithmetic")
        if found is None or key in seen:
            continue
        seen.add(key)
        print(json.dumps({"shape": shape, "measurement": found["measurement"]}))


if __name__ == "__main__":
    main()
