#!/usr/bin/env python3
"""What the recorded trainings of the base model on photographs reached, and whether the bar of recipes/family-plan.md (4) is met.

    scripts/photographs-bar.py [RECORD]

Prints two tables in Markdown: every training, and for each budget with several seeds their mean with the 95 % interval (Student's t),
sets together beside each set alone. Figures are those of docs/results/photographs/trainings.jsonl, on validation pictures.
"""

import json
import os
import re
import statistics
import sys

# Student's t for 95 %, two-sided, by degrees of freedom (Abramowitz and Stegun, table 26.10).
T = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365}
SETS = ("grocery", "clothing")
MARGIN = 0.03


def percent(share, digits=1):
    return f"{100 * share:.{digits}f}"


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def table(head, rows):
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    form = lambda row: "| " + " | ".join(
        str(cell).ljust(widths[i]) if i == 0 else str(cell).rjust(widths[i]) for i, cell in enumerate(row)) + " |"
    rule = "| " + " | ".join(("-" * widths[i]) if i == 0 else "-" * (widths[i] - 1) + ":" for i in range(len(head))) + " |"
    return "\n".join([form(head), rule, *map(form, rows)])


def interval(values):
    """Mean and half of the 95 % interval over seeds; no half for one seed."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return mean, None
    return mean, T[len(values) - 1] * statistics.stdev(values) / len(values) ** 0.5


def shown(values):
    mean, half = interval(values)
    return percent(mean) if half is None else f"{percent(mean)} ± {percent(half)}"


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    path = sys.argv[1] if len(sys.argv) > 1 else f"{here}/../docs/results/photographs/trainings.jsonl"
    trainings = [line for line in lines(path) if line.get("stage") == "base"]
    if not trainings:
        sys.exit(f"{path}: no training of the base model is recorded")
    acc = lambda line, name: line["sets"][name]["validation_acc1"]
    rows = [
        [line["name"], f"{line['samples']:,}", line["seed"],
         *(f"{percent(acc(line, name))} ± {percent(line['sets'][name]['standard_error'])}" for name in SETS),
         percent(line["validation_acc1"])]
        for line in trainings
    ]
    print(table(["training", "samples", "seed", "grocery, % ± se", "clothing, % ± se", "mean, %"], rows))

    budgets = {}
    for line in trainings:
        budgets.setdefault(re.sub(r"-seed-\d+$", "", line["name"]), []).append(line)
    groups = {name: found for name, found in budgets.items() if len(found) > 1}
    if not groups:
        print("\nNo budget has several seeds yet.")
        return
    print("\nMeans over seeds with 95 % intervals:\n")
    print(table(["budget", "seeds", *(f"{name}, %" for name in SETS)],
                [[name, len(found), *(shown([acc(line, one) for line in found]) for one in SETS)]
                 for name, found in groups.items()]))
    print()
    for joint in (name for name in groups if name.startswith(("joint", "photos"))):
        for one in SETS:
            alone = max((name for name in groups if name.startswith(one)), default=None,
                        key=lambda name: interval([acc(line, one) for line in groups[name]])[0])
            if alone is None:
                continue
            together, half = interval([acc(line, one) for line in groups[joint]])
            apart, other = interval([acc(line, one) for line in groups[alone]])
            isMet = together - apart >= MARGIN and together - half > apart + other
            print(f"{joint} is {percent(together - apart)} points above {alone} on {one}: the bar of {percent(MARGIN, 0)} points outside"
                  f" the intervals is {'met' if isMet else 'missed'}.")


if __name__ == "__main__":
    main()
