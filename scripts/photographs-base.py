#!/usr/bin/env python3
"""Publishes a recorded training on photographs as checkpoints/photographs, with a card that says what it knows.

    scripts/photographs-base.py LOGS/NAME [FOLDER]

Copies the last checkpoint of the run, its log and its settings. Figures of the card are those of
docs/results/photographs/trainings.jsonl and of the run's own card; notices are those of recipes/photographs-family.yaml. Needs
Python 3.8 or newer and nothing else.
"""

import importlib.util
import os
import re
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
RECORD = "docs/results/photographs/trainings.jsonl"


def fail(message):
    sys.exit(f"photographs-base: {message}")


def module(name):
    spec = importlib.util.spec_from_file_location("bar", f"{HERE}/{name}")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def notices(path):
    """The keys and texts of the section `notices`."""
    with open(path, encoding="utf-8") as file:
        section = re.search(r"^notices:\n((?:  .*\n)+)", file.read(), re.M)
    if section is None:
        fail(f"{path}: has no section notices")
    found = re.findall(r"^  (\w+): (?:>-\n)?((?:    .*\n)+|.*\n)", section.group(1), re.M)
    return [(name, " ".join(text.split())) for name, text in found]


def sections(card):
    """The card's sections by title."""
    parts = re.split(r"^## (.*)\n", card, flags=re.M)
    return parts[0], dict(zip(parts[1::2], (part.strip() for part in parts[2::2])))


def last(folder):
    epochs = [name for name in os.listdir(folder) if re.fullmatch(r"epoch_\d+", name)]
    if not epochs:
        fail(f"{folder}: no epoch has ended")
    return f"{folder}/{max(epochs, key=lambda name: int(name[6:]))}"


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    run, project = sys.argv[1].rstrip("/"), os.path.dirname(HERE)
    output = sys.argv[2] if len(sys.argv) == 3 else f"{project}/checkpoints/photographs"
    bar = module("photographs-bar.py")
    trainings = [line for line in bar.lines(f"{project}/{RECORD}") if line.get("stage") == "base"]
    line = next((line for line in trainings if line["name"] == os.path.basename(run)), None)
    if line is None:
        fail(f"{RECORD} has no training {os.path.basename(run)}: scripts/photographs-trainings records it")
    checkpoint = last(f"{run}/checkpoints")
    with open(f"{checkpoint}/README.md", encoding="utf-8") as file:
        head, found = sections(file.read())
    head = head.replace("library_name:", "license: apache-2.0\nlibrary_name:", 1)
    head = re.sub(r"^# .*$", "# photographs", head, flags=re.M)
    head = re.sub(
        r"^A CLIP model, trained from random weights, by (CarbonCLIP .*)\.$",
        r"A small CLIP that knows groceries in shops and clothes at home, and little else: trained from random weights by \1 on "
        f"{taught(line)}.\nMade to be pruned, distilled and searched over.", head, flags=re.M)
    own = [(name, text) for name, text in notices(f"{project}/recipes/photographs-family.yaml") if f"{name}.tar" in line["data"]]
    figures = [
        [name, f"{one['pictures']}", f"{bar.percent(one['validation_acc1'])} % ± {bar.percent(one['standard_error'])}"]
        for name, one in line["sets"].items()
    ]
    tried = [
        [one["name"], f"{one['samples']:,}", *(bar.percent(one["sets"][name]["validation_acc1"]) for name in bar.SETS)]
        for one in trainings
    ]
    seconds, joules = (sum(one[key] for one in trainings) for key in ("cpu_seconds", "energy_j"))
    carbon = sum(one["carbon_kgco2e"] for one in trainings)
    text = f"""{head.strip()}

## Data

Pictures and names of these sets, with the notices that go with them:

{chr(10).join(f"- **{name}**: {text}" for name, text in own)}

The vocabulary was counted on their names and on those of Material Design Icons, Twemoji and EmojiTwo.

Weights may be used under Apache-2.0; whoever passes them on passes these notices on. Where pictures are from, and what was done to them:
[data/photographs](../../data/photographs/README.md).

## Results

Zero-shot, which class of the set is the first guess, on *validation* pictures, float32, one training, ± the standard error by the choice of pictures.
The test parts stay sealed until the family on photographs is opened ([the plan](../../recipes/family-plan.md)).

{bar.table(["set", "pictures", "acc1"], figures)}

`grocery` has 81 classes and `clothing` 15. Clothing's validation pictures are by the same senders as its train pictures, so they are easier than the test part.

## What was tried

Every training that was recorded, acc1 on the same pictures in %: both sets of photographs together (`photos`), with icons and drawings of emoji, too (`joint`),
one set alone (by its name), trials of the recipe. The model learned with `{line['name']}`'s flags ([all of them](../../recipes/photographs-trainings.txt)). Whether learning together helps, by several seeds: `scripts/photographs-bar.py`.

{bar.table(["training", "samples", *bar.SETS], tried)}

{unfinished(line, trainings, bar)}

All of them together took {hours(seconds)} of processor time, {joules / 1000:.3g} kJ and {1000 * carbon:.3g} gCO2e by the power model below.

## Training

{found["Training"]}

`training/` holds the log and the resolved settings.

## What making it cost

{found["What making it cost"]}

## Use

    carbonclip evaluate --pretrained checkpoints/photographs --data photographs/wds_grocery --split val

It knows the classes of its sets and hardly another word. Pictures are seen at 64 x 64. It was not examined for bias; do not let it decide
about people.

## Use in Python

{found["Use in Python"].replace('"a red circle", "a blue square"', '"a photo of a banana in a shop", "a photo of a shirt"')}
"""
    shutil.rmtree(output, ignore_errors=True)
    shutil.copytree(checkpoint, output)
    os.remove(f"{output}/metrics.json")
    os.makedirs(f"{output}/training")
    shutil.copyfile(f"{run}/log.jsonl", f"{output}/training/log.jsonl")
    shutil.copyfile(f"{run}/params.yaml", f"{output}/training/params.yaml")
    with open(f"{output}/README.md", "w", encoding="utf-8") as file:
        file.write(text)
    print(f"wrote {output} of {checkpoint}")


def taught(line):
    """What a training learned from, in words."""
    return "photographs alone" if set(line["data"]) <= {"grocery.tar", "clothing.tar"} else "photographs, icons and drawings together"


def unfinished(line, trainings, bar):
    """What a reader must know: whether more training would still have helped, and whether learning together does."""
    same = [one for one in trainings if set(one["data"]) == set(line["data"])]
    half = [one for one in same if abs(one["samples"] * 2 - line["samples"]) < 1000]
    text = "It is not known whether it is trained out."
    if half:
        gain = line["validation_acc1"] - half[0]["validation_acc1"]
        text = f"The last doubling of its budget still gained {bar.percent(gain)} points on the mean of both sets" + (
            ": it is not trained out, for want of hours." if gain > 0.01 else ".")
    elif smaller := [one for one in same if one["samples"] < line["samples"]]:
        last = max(smaller, key=lambda one: one["samples"])
        gain = line["validation_acc1"] - last["validation_acc1"]
        text = (f"{line['samples'] / last['samples']:.2g} times as many samples gained {bar.percent(gain)} points on the mean of both sets;"
                " whether it is trained out is not known.")
    for name in bar.SETS:
        alone = [one for one in trainings if one["name"].startswith(name)]
        if alone:
            best = max(one["sets"][name]["validation_acc1"] for one in alone)
            lead = line["sets"][name]["validation_acc1"] - best
            side = "above" if lead >= 0 else "below"
            text += (f" On {name} it is {bar.percent(abs(lead))} points {side} the best training on that set alone so far"
                     f" (aim: {bar.percent(bar.MARGIN, 0)}, by three seeds).")
    return text


def hours(seconds):
    return f"{seconds / 3600:.3g} h" if seconds >= 5400 else f"{seconds / 60:.3g} min"


if __name__ == "__main__":
    main()
