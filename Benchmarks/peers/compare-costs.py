#!/usr/bin/env python3
"""Two tables of costs (docs/devices.md) side by side: the latency of each encoder that both hold, ratios and ranks.

    Benchmarks/peers/compare-costs.py OURS.csv THEIRS.csv
"""

import csv
import statistics
import sys

KEY = ("encoder", "precision", "batch_size", "layers", "width", "heads", "mlp", "image_size", "text_tokens")


def latencies(path):
    with open(path, encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {tuple(row[name] for name in KEY): float(row["latency_s"]) for row in rows}


def ranks(values):
    order = sorted(range(len(values)), key=values.__getitem__)
    return [order.index(i) for i in range(len(values))]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    ours, theirs = map(latencies, sys.argv[1:])
    both = sorted(set(ours) & set(theirs), key=lambda key: (key[1], key[0], -ours[key]))
    print("| | encoder | first | second | ratio |\n| --- | --- | ---: | ---: | ---: |")
    for key in both:
        row = dict(zip(KEY, key))
        what = f"{row['encoder']}: {row['layers']} layers, width {row['width']}, heads {row['heads']}, feed-forward {row['mlp']}"
        print(f"| {row['precision']} | {what} | {ours[key] * 1e3:.3g} ms | {theirs[key] * 1e3:.3g} ms | {theirs[key] / ours[key]:.2f} |")
    for kind in sorted({key[:2] for key in both}):
        keys = [key for key in both if key[:2] == kind]
        ratios = sorted(theirs[key] / ours[key] for key in keys)
        line = f"\n{kind[1]}, {kind[0]}: median ratio {statistics.median(ratios):.2f} of {len(keys)} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        if len(keys) > 2:
            a, b, n = ranks([ours[key] for key in keys]), ranks([theirs[key] for key in keys]), len(keys)
            line += f", Spearman {1 - 6 * sum((x - y) ** 2 for x, y in zip(a, b)) / (n * (n * n - 1)):.2f}"
        print(line)


if __name__ == "__main__":
    main()
