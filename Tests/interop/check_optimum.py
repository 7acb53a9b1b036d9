"""Holds exports in the layout of Optimum and transformers.js against `carbonclip embed`, loaded by Optimum itself.

    python3 Tests/interop/check_optimum.py --carbonclip .build/release/carbonclip

For checkpoints/base, a model of the family, a model with rotary positions and one whose texts keep their length: `carbonclip export
--format onnx --layout transformers`; then features and logits of `ORTModelForZeroShotImageClassification`, with texts padded to the
longest of a batch where the export allows it, onnx/vision_model.onnx and onnx/text_model.onnx in ONNX Runtime, and the code of the card.

Exit code 1 above 1e-5. Packages: optimum-onnx, onnxruntime, transformers, torch, tokenizers, numpy, Pillow, safetensors.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

import numpy
import onnxruntime
import torch
import transformers
from optimum.onnxruntime import ORTModelForZeroShotImageClassification
from safetensors.torch import load_file
from tokenizers import Tokenizer

from check_features import deviation
from random_models import KINDS, random_checkpoint, scenes, tiny

TOLERANCE = 1e-5
CHECKPOINTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../checkpoints")


class Check:
    def __init__(self, program, out):
        self.program, self.out, self.passed = program, out, True
        self.carbonclip("data", "scenes", "--split", "validation", "--count", "24", "--output", f"{out}/scenes")
        self.pictures, self.captions = scenes(f"{out}/scenes")

    def carbonclip(self, *arguments):
        done = subprocess.run([self.program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            sys.exit(f"carbonclip {' '.join(arguments)}: {done.stderr.decode()}")

    def report(self, label, what, figure):
        passed = figure <= TOLERANCE
        self.passed &= passed
        print(f"{label:30}  {what:34}  {figure:.2e}{'' if passed else '  FAILED'}", flush=True)

    def model(self, label, checkpoint):
        folder, embedded = f"{self.out}/{label}", f"{self.out}/{label}.safetensors"
        self.carbonclip("export", checkpoint, "--format", "onnx", "--layout", "transformers", "--output", folder)
        self.carbonclip("embed", "--pretrained", checkpoint, "--data", f"{self.out}/scenes", "--output", embedded)
        ours = load_file(embedded)
        model = ORTModelForZeroShotImageClassification.from_pretrained(folder, subfolder="onnx", file_name="model.onnx")
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        processor = transformers.CLIPImageProcessor.from_pretrained(folder)
        size = processor.crop_size["height"]
        pixels = processor(
            [picture.resize((size, size), 3) for picture in self.pictures], return_tensors="pt")["pixel_values"]
        session = onnxruntime.InferenceSession(f"{folder}/onnx/text_model.onnx")
        length = session.get_inputs()[0].shape[1]
        isFree = not isinstance(length, int)
        if isFree:
            ids = tokenizer(self.captions, truncation=True, padding=True, return_tensors="pt")["input_ids"]
        else:  # what is padded is read: with the model's own token
            with open(f"{folder}/onnx_config.json") as file:
                pad = json.load(file)["text_encoder"]["pad_id"]
            own = Tokenizer.from_file(f"{folder}/tokenizer.json")
            own.enable_truncation(length)
            own.enable_padding(length=length, pad_id=pad)
            ids = torch.tensor([code.ids for code in own.encode_batch(self.captions)])
        found = model(input_ids=ids, pixel_values=pixels)
        self.report(label, "Optimum, image_embeds", deviation(found.image_embeds, ours["image_features"]))
        self.report(label, f"Optimum, text_embeds, {ids.shape[1]} tokens", deviation(found.text_embeds, ours["text_features"]))
        scale = model.model.get_modelmeta().custom_metadata_map
        logits = numpy.exp(float(scale["logit_scale"])) * ours["image_features"] @ ours["text_features"].T
        logits = logits + float(scale.get("logit_bias", 0))
        self.report(label, "Optimum, logits_per_image", deviation(found.logits_per_image, logits.float()))
        if isFree:
            one = session.run(None, {"input_ids": ids[:1, : int((ids[0] == ids[0].max()).int().argmax()) + 1].numpy()})[0]
            self.report(label, "text_model, one short text", deviation(torch.tensor(one), ours["text_features"][:1]))
        images = onnxruntime.InferenceSession(f"{folder}/onnx/vision_model.onnx").run(None, {"pixel_values": pixels.numpy()})
        self.report(label, "vision_model", deviation(torch.tensor(images[0]), ours["image_features"]))
        return folder

    def card(self, folder):
        """All code of the card, run as it stands; both ways give the same odds."""
        self.pictures[0].save(f"{folder}/photo.jpg", "PNG")
        with open(f"{folder}/README.md") as file:
            blocks = re.findall(r"```python\n(.*?)```", file.read(), re.DOTALL)
        names, here = {}, os.getcwd()
        os.chdir(folder)
        try:
            for block in blocks:
                exec(block, names)
        finally:
            os.chdir(here)
        given = {entry["label"]: entry["score"] for entry in names["scores"]}
        # The pipeline puts each label into a sentence.
        texts = [f"This is a photo of {label}." for label in given]
        ids = numpy.int64([code.ids for code in names["tokenizer"].encode_batch(texts)])
        text = names["run"]({**names["text"], "file": f"{folder}/{names['text']['file']}"}, ids)
        scores = torch.tensor(numpy.exp(names["config"]["logit_scale"]) * names["image_embeds"] @ text.T).softmax(-1)[0]
        self.report("the card's code", "labels' odds", deviation(torch.tensor(list(given.values())), scores.float()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--carbonclip", required=True, help="the built program")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as out:
        check = Check(os.path.abspath(options.carbonclip), out)
        folder = check.model("base", f"{CHECKPOINTS}/base")
        check.model("carbonclip-s", f"{CHECKPOINTS}/carbonclip-s")
        for name in ("rotary positions, gates, inner norms", "attention that pools"):
            random_checkpoint(f"{out}/source-{name[:6]}", tiny(*KINDS[name]))
            check.model(name.split(",")[0].replace(" ", "-"), f"{out}/source-{name[:6]}")
        check.card(folder)
    print("all agree" if check.passed else "SOME DO NOT AGREE")
    return 0 if check.passed else 1


if __name__ == "__main__":
    sys.exit(main())
