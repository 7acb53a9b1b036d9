"""Which of open_clip's configurations run here by name?

    python3 Tests/interop/check_names.py --carbonclip .build/release/carbonclip [--output docs/results/open_clip_names.md]

Tries `estimate --model NAME` for every configuration of the installed open_clip and prints a table: each name with its
parameters, or why it is refused. Exit code 1 when a name is answered by something else than an estimate or one line.
"""

import argparse
import collections
import glob
import json
import os
import subprocess
import sys

import open_clip

parser = argparse.ArgumentParser()
parser.add_argument("--carbonclip", required=True)
parser.add_argument("--output")
arguments = parser.parse_args()

names = sorted(os.path.basename(path)[:-5] for path in glob.glob(
  os.path.join(os.path.dirname(open_clip.__file__), "model_configs", "*.json")))
runs, refused, wrong = {}, collections.defaultdict(list), []
for name in names:
  outcome = subprocess.run(
    [arguments.carbonclip, "estimate", "--model", name, "--json"], capture_output=True, text=True)
  if outcome.returncode == 0:
    runs[name] = json.loads(outcome.stdout)
    continue
  lines = (outcome.stdout + outcome.stderr).strip().splitlines()
  text = json.loads(outcome.stdout)["error"] if outcome.stdout.startswith("{") else lines[0]
  text = text if isinstance(text, str) else text["problem"]
  reason = text.split(f'"{name}" ')[-1].split(", which is not supported")[0] if f'"{name}" ' in text else text
  if name not in text:
    wrong.append((name, text))
  refused[reason].append(name)

total = sum(len(list) for list in refused.values())
rows = [
  f"# open_clip's {len(names)} configurations by name", "",
  f"Of open_clip {open_clip.__version__}'s configurations {len(runs)} run and {total} are refused by name. Made by "
  "`Tests/interop/check_names.py`, which tries `carbonclip estimate --model NAME` for each.", "",
  "| refused because the model ... | names |", "| --- | --- |",
]
rows += [f"| {reason} ({len(list)}) | {', '.join(list)} |" for reason, list in sorted(refused.items(), key=lambda x: -len(x[1]))]
rows += ["", f"**Running ({len(runs)})**: {', '.join(runs)}", ""]
text = "\n".join(rows)
print(text)
if arguments.output:
  with open(arguments.output, "w") as file:
    file.write(text)
for name, answer in wrong:
  print("wrong answer for", name, ":", answer, file=sys.stderr)
sys.exit(1 if wrong else 0)
