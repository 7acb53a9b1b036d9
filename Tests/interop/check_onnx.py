"""Holds exported ONNX files against ONNX Runtime: onnx's checker, features, batches of any size, 8-bit accuracy.

    python3 Tests/interop/check_onnx.py --carbonclip .build/release/carbonclip

For checkpoints/base, the CarbonCLIP family, a pruned base whose layers differ, the base in Hugging Face's layout, random models of every kind
of tower and a random ViT-B-16: `carbonclip export --format onnx`, then the features of pictures and captions computed by
ONNX Runtime beside those of `carbonclip embed`, as the largest deviation relative to the largest entry; once in batches of
64, and the first seven alone and together. Then base, pruned base and family in 8 bits: retrieval recall@1 by ONNX Runtime beside
`carbonclip evaluate --precision int8`. Last the Python code that the export's card shows.

    --huge    also a model beyond 2 GiB, whose numbers lie in a second file (needs 8 GB of disk and memory)

Exit code 1 when features deviate by more than 1e-5 or recall by more than half a point. Packages: onnx, onnxruntime, numpy,
safetensors, Pillow, tokenizers.
"""

import argparse
import glob
import json
import math
import os
import re
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from PIL import Image
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from random_models import KINDS, TINY_TEXT, TINY_VISION, VIT_B_16, random_checkpoint, scenes, tiny

TOLERANCE, POINTS = 1e-5, 0.5
BASE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../checkpoints/base")
FAMILY = sorted(glob.glob(f"{BASE}/../carbonclip-*"))


class Exported:
    """An export's folder, run as its card says."""

    def __init__(self, folder):
        self.folder = folder
        with open(f"{folder}/onnx_config.json") as file:
            self.config = json.load(file)
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = 2
        self.sessions = {}
        for part in ("image_encoder", "text_encoder"):
            path = f"{folder}/{self.config[part]['file']}"
            onnx.checker.check_model(path, full_check=True)
            self.sessions[part] = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])

    def pixels(self, pictures):
        how, size = self.config["preprocess_cfg"], self.config["preprocess_cfg"]["size"]
        bytes_ = numpy.stack([picture.resize((size, size), Image.Resampling.BICUBIC) for picture in pictures])
        normal = (numpy.float32(bytes_) / 255 - numpy.float32(how["mean"])) / numpy.float32(how["std"])
        return numpy.ascontiguousarray(normal.transpose(0, 3, 1, 2))

    def ids(self, captions):
        text = self.config["text_encoder"]
        tokenizer = Tokenizer.from_file(f"{self.folder}/tokenizer.json")
        tokenizer.enable_truncation(text["context_length"])
        tokenizer.enable_padding(length=text["context_length"], pad_id=text["pad_id"])
        return numpy.int64([code.ids for code in tokenizer.encode_batch(captions)])

    def run(self, part, x, batch=64):
        session, name = self.sessions[part], self.config[part]["input"]
        return numpy.concatenate(
            [session.run(None, {name: x[first : first + batch]})[0] for first in range(0, len(x), batch)])


def deviation(ours, theirs):
    """max |ours - theirs| / max |theirs|; infinite for other shapes and for what is not a number."""
    if ours.shape != theirs.shape or not (numpy.isfinite(ours).all() and numpy.isfinite(theirs).all()):
        return math.inf
    return float(abs(ours.astype(float) - theirs).max() / abs(theirs).max())


class Check:
    def __init__(self, program, out):
        self.program, self.out, self.passed = program, out, True
        self.carbonclip("data", "scenes", "--split", "validation", "--count", "1000", "--output", f"{out}/scenes")
        self.pictures, self.captions = scenes(f"{out}/scenes")

    def carbonclip(self, *arguments):
        done = subprocess.run([self.program, *arguments], check=True, stdout=subprocess.PIPE)
        return done.stdout.decode()

    def report(self, label, what, figure, limit, unit=""):
        self.passed &= figure <= limit
        print(f"{label:32}  {what:26}  {figure:.2e}{unit}{'' if figure <= limit else '  OUT OF TOLERANCE'}", flush=True)

    def features(self, label, checkpoint, count):
        """An export in floats beside `carbonclip embed`."""
        folder = f"{self.out}/{label}.onnx".replace(" ", "_")
        self.carbonclip("export", checkpoint, "--format", "onnx", "--output", folder)
        embedded = f"{folder}.safetensors"
        self.carbonclip(
            "embed", "--pretrained", checkpoint, "--data", f"{self.out}/scenes", "--limit", str(count), "--output", embedded)
        exported, ours = Exported(folder), load_file(embedded)
        captions = self.captions[: len(ours["owner"])]
        for part, x, name in (("image_encoder", exported.pixels(self.pictures[:count]), "image_features"),
                              ("text_encoder", exported.ids(captions), "text_features")):
            self.report(label, f"{part}, all", deviation(exported.run(part, x), ours[name]), TOLERANCE)
            for batch in (1, 7):
                found = exported.run(part, x[:7], batch)
                self.report(label, f"{part}, batch {batch}", deviation(found, ours[name][:7]), TOLERANCE)
        return folder

    def recall(self, label, checkpoint):
        """An export in 8 bits beside `carbonclip evaluate --precision int8`: points of recall@1."""
        how = ["--precision", "int8", "--calibration-data", "scenes:train?count=20000"]
        folder = f"{self.out}/{label}.int8"
        self.carbonclip("export", checkpoint, "--format", "onnx", *how, "--output", folder)
        ours = json.loads(self.carbonclip(
            "evaluate", "--pretrained", checkpoint, "--data", f"{self.out}/scenes", *how, "--json"))
        exported = Exported(folder)
        image = exported.run("image_encoder", exported.pixels(self.pictures))
        text = exported.run("text_encoder", exported.ids(self.captions))
        scores, owner = image @ text.T, numpy.arange(len(text)) // (len(text) // len(image))
        theirs = {
            "image_retrieval_recall@1": (scores.argmax(0) == owner).mean(),
            "text_retrieval_recall@1": (owner[scores.argmax(1)] == numpy.arange(len(image))).mean(),
        }
        for name, value in theirs.items():
            print(f"{label:32}  {name}: {100 * ours['metrics'][name]:.2f} simulated, {100 * value:.2f} ONNX Runtime")
        mean = sum(theirs.values()) / 2
        self.report(label, "int8, mean recall@1", 100 * abs(mean - ours["metrics"]["mean_recall@1"]), POINTS, " points")

    def card(self, folder):
        """The code of the card, run as it stands on one of the pictures."""
        with open(f"{folder}/README.md") as file:
            code = re.search(r"```python\n(.*?)```", file.read(), re.DOTALL).group(1)
        self.pictures[0].save(f"{folder}/photo.jpg", "PNG")
        names, here = {}, os.getcwd()
        os.chdir(folder)
        try:
            exec(code, names)
        finally:
            os.chdir(here)
        exported = Exported(folder)
        image = exported.run("image_encoder", exported.pixels(self.pictures[:1]))
        self.report("the card's code", "image_embeds", deviation(names["image_embeds"], image), TOLERANCE)
        expected = math.exp(exported.config["logit_scale"]) * image @ exported.run(
            "text_encoder", exported.ids(["a cat", "a dog"])).T
        self.report("the card's code", "logits", deviation(names["logits"], expected), TOLERANCE)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--carbonclip", required=True, help="the built program")
    parser.add_argument("--huge", action="store_true", help="also a model beyond 2 GiB")
    options = parser.parse_args()
    print(f"onnx {onnx.__version__}, ONNX Runtime {onnxruntime.__version__}, numpy {numpy.__version__}")
    with tempfile.TemporaryDirectory() as out:
        check = Check(os.path.abspath(options.carbonclip), out)
        card = check.features("base", BASE, 200)
        pruned = f"{out}/pruned"
        check.carbonclip(
            "prune", "--pretrained", BASE, "--calibration-data", "scenes:train?count=2000", "--calibration-samples", "256",
            "--vision-layers", "4", "--vision-heads", "5,3,4,6", "--vision-mlp", "384,500,256,640", "--vision-width", "160",
            "--text-heads", "4,2,3,1", "--text-mlp", "300,256,200,100", "--rankings", f"{out}/rankings", "--output", pruned)
        check.features("base, pruned", pruned, 200)
        for member in FAMILY:
            check.features(os.path.basename(member), member, 200)
        check.carbonclip("convert", "--pretrained", BASE, "--format", "hf", "--output", f"{out}/hf")
        check.features("base, Hugging Face's layout", f"{out}/hf", 200)
        for name, (model, vision, text) in KINDS.items():
            checkpoint = f"{out}/{name.replace(' ', '_')}"
            random_checkpoint(checkpoint, tiny(model, vision, text))
            check.features(name, checkpoint, 50)
        random_checkpoint(f"{out}/vit-b-16", VIT_B_16)
        check.features("ViT-B-16", f"{out}/vit-b-16", 16)
        if options.huge:
            random_checkpoint(f"{out}/huge", {
                "embed_dim": 40, "vision_cfg": TINY_VISION, "text_cfg": {**TINY_TEXT, "vocab_size": 600_000, "width": 1024}})
            folder = check.features("beyond 2 GiB", f"{out}/huge", 16)
            print(f"{'beyond 2 GiB':32}  {os.path.getsize(f'{folder}/text_encoder.onnx_data'):,} bytes of data")
        check.recall("base", BASE)
        check.recall("base, pruned", pruned)
        for member in FAMILY:
            check.recall(os.path.basename(member), member)
        check.card(card)
    print("all agree" if check.passed else "SOME DO NOT AGREE")
    return 0 if check.passed else 1


if __name__ == "__main__":
    sys.exit(main())
