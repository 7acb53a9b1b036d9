#!/usr/bin/env python3
"""Adds a finished training on photographs to the record, one line of JSON (recipes/family-plan.md, 11).

    scripts/record-training.py --stage base LOGS/NAME [LOGS/NAME ...]

Everything is copied from the run's own log or measured here by PROGRAM: for the validation part of each set which class the
model guesses for each picture, and how often that is right; for the test part the guesses alone. Whether these are right is not
looked at: labels of test parts are not read. A run that the record has is passed over; one that has not ended is an error.

Guesses are a byte a picture, in the order of the shards, in base 64. Needs Python 3.8 or newer and nothing else.
"""

import argparse
import array
import base64
import hashlib
import json
import math
import os
import re
import struct
import subprocess
import sys
import tarfile
import tempfile

SETS = ("grocery", "clothing")


def fail(message):
    sys.exit(f"record-training: {message}")


def run(words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        fail(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def rows(path):
    """The rows of a two-dimensional .npy file of 32-bit floats."""
    with open(path, "rb") as file:
        if file.read(6) != b"\x93NUMPY":
            fail(f"{path}: no .npy file")
        major = file.read(2)[0]
        size = struct.unpack("<H", file.read(2))[0] if major == 1 else struct.unpack("<I", file.read(4))[0]
        head = file.read(size).decode("latin-1")
        if "'<f4'" not in head or "'fortran_order': False" not in head:
            fail(f"{path}: not 32-bit floats row by row: {head}")
        count, width = (int(number) for number in re.search(r"\((\d+), (\d+)\)", head).groups())
        values = array.array("f", file.read(4 * count * width))
    return [values[width * row : width * (row + 1)] for row in range(count)]


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip()]


def classes(program, checkpoint, folder, scratch, threads):
    """A feature for each class: the normalized mean of its prompts' features, as evaluate has it."""
    names, templates = lines(f"{folder}/classnames.txt"), lines(f"{folder}/zeroshot_classification_templates.txt")
    prompts = [template.replace("{c}", name) for name in names for template in templates]
    with open(f"{scratch}/prompts.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(prompts) + "\n")
    run([program, "embed", "--pretrained", checkpoint, "--texts", f"{scratch}/prompts.txt", "--output", f"{scratch}/texts.npy",
         "--threads", threads, "--quiet"])
    features = rows(f"{scratch}/texts.npy")
    if len(features) != len(prompts):
        fail(f"{folder}: {len(features)} features of {len(prompts)} prompts")
    result = []
    for start in range(0, len(features), len(templates)):
        mean = [sum(column) for column in zip(*features[start : start + len(templates)])]
        length = math.sqrt(sum(value * value for value in mean))
        result.append([value / length for value in mean])
    return result


def pictures(folder):
    """Unpacks the pictures of a part, and nothing else, in the order of its shards."""
    for shard in sorted(name for name in os.listdir(folder) if name.endswith(".tar")):
        with tarfile.open(os.path.join(folder, shard)) as archive:
            for member in archive:
                if member.name.lower().endswith((".jpg", ".jpeg", ".png", ".webp")):
                    yield member.name, archive.extractfile(member).read()


def labels(folder):
    result = []
    for shard in sorted(name for name in os.listdir(folder) if name.endswith(".tar")):
        with tarfile.open(os.path.join(folder, shard)) as archive:
            result += [int(archive.extractfile(member).read()) for member in archive if member.name.endswith(".cls")]
    return result


def guesses(program, checkpoint, features, part, scratch, threads):
    """The class nearest to each picture."""
    os.makedirs(f"{scratch}/pictures", exist_ok=True)
    names = []
    for number, (name, content) in enumerate(pictures(part)):
        names.append(f"{scratch}/pictures/{number:06d}{os.path.splitext(name)[1]}")
        with open(names[-1], "wb") as file:
            file.write(content)
    with open(f"{scratch}/pictures.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(names) + "\n")
    run([program, "embed", "--pretrained", checkpoint, "--images", f"{scratch}/pictures.txt", "--output",
         f"{scratch}/images.npy", "--threads", threads, "--quiet"])
    found = rows(f"{scratch}/images.npy")
    for name in names:
        os.remove(name)
    if len(found) != len(names):
        fail(f"{part}: {len(found)} features of {len(names)} pictures")
    result = []
    for image in found:
        scores = [sum(map(float.__mul__, map(float, image), feature)) for feature in features]
        result.append(scores.index(max(scores)))
    return result


def text(numbers):
    return base64.b64encode(bytes(numbers)).decode()


def shards(pattern):
    """The files of `a/{b,c}.tar` and `a::b`, each once."""
    found = []
    for part in pattern.split("::"):
        match = re.fullmatch(r"(.*)\{([^{}]*)\}(.*)", part)
        names = [match[1] + middle + match[3] for middle in match[2].split(",")] if match else [part]
        found += [name for name in names if name not in found]
    return found


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:32]


def line(folder, stage, program, validation, test, threads):
    with open(f"{folder}/log.jsonl", encoding="utf-8") as file:
        events = [json.loads(row) for row in file if row.strip()]
    start = next((event for event in events if event["event"] == "start"), None)
    end = next((event for event in reversed(events) if event["event"] == "end"), None)
    if start is None or end is None:
        fail(f"{folder}: has not ended: go on with --resume latest")
    saved = [name for name in os.listdir(f"{folder}/checkpoints") if name.startswith("epoch_")]
    checkpoint = f"{folder}/checkpoints/{max(saved, key=lambda name: int(name[6:]))}"
    recipe = start["recipe"]
    footprint = end["footprint"]
    measured = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in SETS:
            features = classes(program, checkpoint, f"{validation}/wds_{name}", scratch, threads)
            guessed = guesses(program, checkpoint, features, f"{validation}/wds_{name}/val", scratch, threads)
            right = [guess == label for guess, label in zip(guessed, labels(f"{validation}/wds_{name}/val"))]
            accuracy = sum(right) / len(right)
            measured[name] = {
                "validation_acc1": accuracy,
                "standard_error": math.sqrt(accuracy * (1 - accuracy) / len(right)),
                "pictures": len(right),
                "validation_right": "".join("01"[flag] for flag in right),
                "test_guesses": text(guesses(program, checkpoint, features, f"{test}/wds_{name}/test", scratch, threads)),
            }
    mean = sum(measured[name]["validation_acc1"] for name in SETS) / len(SETS)
    return {
        "stage": stage,
        "name": start["name"],
        "seed": recipe["seed"],
        "recipe": recipe,
        "data": {os.path.basename(path): digest(path) for path in shards(recipe["train-data"])},
        "samples": end["samples"],
        "steps": end["steps"],
        "parameters": start["parameters"],
        "training_arithmetic": recipe.get("precision", "fp32"),
        "measured_arithmetic": "fp32",
        "validation_acc1": mean,
        "sets": measured,
        "version": start["version"],
        "hardware": footprint["hardware"],
        "seconds": footprint["wall_s"],
        "cpu_seconds": footprint["cpu_s"],
        "energy_j": footprint["energy_j"],
        "carbon_kgco2e": footprint["carbon_kgco2e"],
        "sessions": footprint["sessions"],
        "weights": digest(f"{checkpoint}/open_clip_model.safetensors"),
    }


def key(entry):
    return json.dumps([entry["stage"], entry["recipe"], entry["data"]], sort_keys=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    parser.add_argument("runs", metavar="RUN", nargs="+", help="a run's folder")
    parser.add_argument("--stage", required=True, help="what the training is for, such as base")
    parser.add_argument("--program", default="carbonclip")
    parser.add_argument("--validation", default="photographs", help="what scripts/photographs.py made")
    parser.add_argument("--test", default=f"{root}/data/photographs")
    parser.add_argument("--record", default=f"{root}/docs/results/photographs/trainings.jsonl")
    parser.add_argument("--threads", default="1")
    arguments = parser.parse_args()
    os.makedirs(os.path.dirname(arguments.record), exist_ok=True)
    known = []
    if os.path.exists(arguments.record):
        with open(arguments.record, encoding="utf-8") as file:
            known = [json.loads(row) for row in file if row.strip()]
    for folder in arguments.runs:
        entry = line(
            folder.rstrip("/"), arguments.stage, arguments.program, arguments.validation, arguments.test, arguments.threads)
        if key(entry) in map(key, known):
            print(f"{folder}: is in the record")
            continue
        known.append(entry)
        content = "".join(json.dumps(row, separators=(",", ":"), sort_keys=True) + "\n" for row in known)
        with open(arguments.record + ".part", "w", encoding="utf-8") as file:
            file.write(content)
        os.replace(arguments.record + ".part", arguments.record)
        figures = ", ".join(f"{name} {100 * entry['sets'][name]['validation_acc1']:.1f} %" for name in SETS)
        print(f"{folder}: {entry['samples']} samples, {figures}, mean {100 * entry['validation_acc1']:.1f} %")


if __name__ == "__main__":
    main()
