"""Holds the built toolkit against open_clip and transformers on checkpoints of every layout.

    python3 check_all.py --carbonclip ../../.build/release/carbonclip

For each layout of make_checkpoints.py: the features that `carbonclip embed` computes from the pictures and captions,
then a round trip through `carbonclip convert` into both formats, which the library must load with nothing missing and
nothing left over, and compute the same features from. Exit code 1 when anything deviates by more than 1e-5.
"""

import argparse
import glob
import os
import subprocess
import sys
import tempfile

from safetensors.torch import load_file

from check_features import compare, features
from make_checkpoints import write_all


def request(folder):
    """The options that name a checkpoint: a training checkpoint has no configuration beside it."""
    training = glob.glob(f"{folder}/*.pt")
    return ["--pretrained", training[0], "--model", f"{folder}/model.json"] if training else ["--pretrained", folder]


def check(program, out, layout):
    """Whether everything about one layout agrees."""
    folder, given = f"{out}/{layout}", load_file(f"{out}/input.safetensors")
    recorded = load_file(f"{folder}.features.safetensors")

    def run(*arguments):
        subprocess.run([program, *arguments], check=True, stdout=subprocess.DEVNULL)

    embedded = f"{out}/{layout}.embedded.safetensors"
    run("embed", *request(folder), "--data", f"{out}/data/captions.tsv", "--output", embedded)
    passed = compare(load_file(embedded), recorded, f"{layout:22}  carbonclip embed              ")
    for written in ("open_clip", "hf"):
        converted = f"{out}/{layout}.{written}"
        run("convert", *request(folder), "--output", converted, "--format", written)
        library, computed = features(converted, given["image"], given["text"])
        passed &= compare(computed, recorded, f"{layout:22}  convert, {library:20} ")
    return passed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--carbonclip", required=True, help="the built program")
    options = parser.parse_args()
    program = os.path.abspath(options.carbonclip)
    with tempfile.TemporaryDirectory() as out:
        verdicts = [check(program, out, layout) for layout in write_all(out)]
    print("all agree" if all(verdicts) else "SOME DO NOT AGREE")
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
