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
import io
import json
import math
import os
import re
import subprocess
import sys
import tarfile
import tempfile

import numpy
import onnx
import onnxruntime
from PIL import Image
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

TOLERANCE, POINTS = 1e-5, 0.5
BASE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../checkpoints/base")
FAMILY = sorted(glob.glob(f"{BASE}/../carbonclip-*"))
TINY_VISION = {"image_size": 40, "patch_size": 8, "width": 48, "layers": 2, "head_width": 16, "mlp_width": [72, 96]}
TINY_TEXT = {"context_length": 24, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2}
VIT_B_16 = {
    "embed_dim": 512,
    "vision_cfg": {"image_size": 224, "layers": 12, "width": 768, "head_width": 64, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 512, "heads": 8, "layers": 12},
}
KINDS = {
    "quick GELU": ({"quick_gelu": True}, {}, {}),
    "mean pooling, norm before": ({}, {"pool_type": "avg"}, {"pool_type": "last", "no_causal_mask": True}),
    "mean pooling, norm after": ({}, {"pool_type": "avg", "final_ln_after_pool": True}, {"proj_bias": True}),
    "layer scales, end token": (
        {}, {"ls_init_value": 0.5, "no_ln_pre": True}, {"ls_init_value": 0.5, "pool_type": "eos", "eos_id": 49407}),
    "logit bias, first token": ({"init_logit_bias": -10}, {}, {"pool_type": "first", "no_causal_mask": True}),
    "pixels left over": ({}, {"image_size": 45}, {"norm_kwargs": {"eps": 1e-3}}),
    "attention that pools": (
        {"embed_dim": 48},
        {"pool_type": "map", "class_token": False, "patch_bias": True, "no_ln_pre": True, "proj_type": "none"},
        {"pool_type": "last", "no_causal_mask": True, "proj_bias": True}),
    "rotary positions, gates, inner norms": (
        {}, {"rotary_reference": 16, "swiglu": True, "inner_norms": True, "proj_bias": True, "no_ln_pre": True}, {}),
}


def shapes(model):
    """Names and shapes of a model's parameters, as open_clip has them."""
    vision, text = model["vision_cfg"], model["text_cfg"]
    grid, embed = vision["image_size"] // vision["patch_size"], model["embed_dim"]
    prefix = 1 if vision.get("class_token", True) else 0
    if prefix:
        yield "visual.class_embedding", (vision["width"],)
    yield "visual.positional_embedding", (grid * grid + prefix, vision["width"])
    yield "visual.conv1.weight", (vision["width"], 3, vision["patch_size"], vision["patch_size"])
    if vision.get("patch_bias"):
        yield "visual.conv1.bias", (vision["width"],)
    if vision.get("proj_bias"):
        yield "visual.proj.weight", (embed, vision["width"])
        yield "visual.proj.bias", (embed,)
    elif vision.get("proj_type") != "none":
        yield "visual.proj", (vision["width"], embed)
    yield "token_embedding.weight", (text["vocab_size"], text["width"])
    yield "positional_embedding", (text["context_length"], text["width"])
    yield "logit_scale", ()
    if "init_logit_bias" in model:
        yield "logit_bias", ()
    if text.get("proj_bias"):
        yield "text_projection.weight", (embed, text["width"])
        yield "text_projection.bias", (embed,)
    else:
        yield "text_projection", (text["width"], embed)
    pools = vision.get("pool_type") == "map"
    if pools:
        yield "visual.pool.latent", (1, vision["width"])
        yield from block("visual.pool", vision["width"], 4 * vision["width"], {})
    norms = ["ln_final"] + ([] if pools else ["visual.ln_post"]) + ([] if vision.get("no_ln_pre") else ["visual.ln_pre"])
    for name in norms:
        yield from norm(name, vision["width"] if name.startswith("visual") else text["width"])
    for path, tower in (("visual.transformer", vision), ("transformer", text)):
        width = tower["width"]
        for layer in range(tower["layers"]):
            hidden = tower.get("mlp_width", [4 * width] * tower["layers"])[layer]
            yield from block(f"{path}.resblocks.{layer}", width, hidden, tower)


def block(path, width, hidden, tower):
    yield from norm(f"{path}.ln_1", width)
    yield from norm(f"{path}.ln_2", width)
    yield f"{path}.attn.in_proj_weight", (3 * width, width)
    yield f"{path}.attn.in_proj_bias", (3 * width,)
    gate = [("mlp.c_gate", (hidden, width))] if tower.get("swiglu") else []
    for name, extents in [("attn.out_proj", (width, width)), ("mlp.c_fc", (hidden, width)),
                          ("mlp.c_proj", (width, hidden))] + gate:
        yield f"{path}.{name}.weight", extents
        yield f"{path}.{name}.bias", extents[:1]
    if tower.get("inner_norms"):
        yield from norm(f"{path}.attn.ln_inner", width)
        yield from norm(f"{path}.mlp.ln_inner", hidden)
    if "ls_init_value" in tower:
        yield f"{path}.ls_1.gamma", (width,)
        yield f"{path}.ls_2.gamma", (width,)


def norm(name, width):
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)


def random_checkpoint(folder, model):
    """Writes a random model in open_clip's layout, its biases and gains random too."""
    random, tensors = numpy.random.default_rng(0), {}
    for name, shape in shapes(model):
        values = random.standard_normal(shape, dtype=numpy.float32)
        if name == "logit_scale":
            values = numpy.float32(math.log(1 / 0.07))
        elif len(shape) > 1:
            values *= 0.02 if "embedding" in name else 1 / math.sqrt(math.prod(shape[1:]))
        else:
            values = 0.1 * values + (1 if re.search(r"ln_\w+\.weight|gamma", name) else 0)
        tensors[name] = numpy.asarray(values, numpy.float32)
    os.makedirs(folder)
    save_file(tensors, f"{folder}/open_clip_model.safetensors")
    with open(f"{folder}/open_clip_config.json", "w") as file:
        json.dump({"model_cfg": model}, file)


def scenes(folder):
    """Pictures and captions of written scenes, in the shards' order."""
    pictures, captions = [], []
    for shard in sorted(glob.glob(f"{folder}/*.tar")):
        with tarfile.open(shard) as archive:
            for member in archive:
                data = archive.extractfile(member).read()
                if member.name.endswith(".png"):
                    pictures.append(Image.open(io.BytesIO(data)).convert("RGB"))
                elif member.name.endswith(".txt"):
                    captions += data.decode().strip().split("\n")
    return pictures, captions


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
            random_checkpoint(checkpoint, {
                "embed_dim": 40, **model, "vision_cfg": {**TINY_VISION, **vision}, "text_cfg": {**TINY_TEXT, **text}})
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
