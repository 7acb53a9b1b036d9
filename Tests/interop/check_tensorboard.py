"""Reads a run's TensorBoard file with tensorboard itself and holds it against the log.

    python3 Tests/interop/check_tensorboard.py LOGS/NAME

Needs tensorboard. Prints the tags and how many points each has; exit code 1 when a point differs from the log's.
"""
import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

folder = sys.argv[1]
events = EventAccumulator(f"{folder}/tensorboard", size_guidance={"scalars": 0})
events.Reload()
expected = {}
for line in open(f"{folder}/log.jsonl"):
    event = json.loads(line)
    if event["event"] == "step":
        for key in ("loss", "learning_rate", "logit_scale", "gradient_norm", "samples_per_second"):
            expected.setdefault(f"train/{key}", []).append((event["step"], event[key]))
    elif event["event"] == "validation":
        for key, value in event["metrics"].items():
            if isinstance(value, (int, float)):
                expected.setdefault(f"val/{key}", []).append((event["step"], value))
failures = 0
for tag, points in sorted(expected.items()):
    found = [(scalar.step, scalar.value) for scalar in events.Scalars(tag)]
    same = len(found) == len(points) and all(
        a[0] == b[0] and abs(a[1] - b[1]) <= 1e-6 * max(abs(b[1]), 1e-30) for a, b in zip(found, points))
    failures += not same
    print(f"{tag:40} {len(found):6} points {'equal' if same else 'DIFFER'}")
sys.exit(1 if failures else 0)
