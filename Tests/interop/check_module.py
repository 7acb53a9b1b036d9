"""Holds `carbonclip_model.py`, written beside weights that no stock library loads, against `carbonclip embed`.

    python3 Tests/interop/check_module.py --carbonclip .build/release/carbonclip

For the shipped family, a pruned base, random models of every kind of tower and each of them pruned, once to blocks without feed-forward layers, smaller
pictures and coarser patches:

- the module that lies in the folder loads it, and computes the features of `carbonclip embed` from pictures and captions
- a training step gives every parameter a finite gradient, and lowers the loss
- what `save` writes, `carbonclip embed` reads, with the trained module's features
- transformers' `AutoModel.from_pretrained(..., trust_remote_code=True)` gives the same features, and what it saves loads again

and for all kinds of cards (of the module, of open_clip and of transformers) that the code they show runs, in a process of its own.

Exit code 1 when a feature deviates by more than 1e-5 of the largest, or anything else fails. Packages: torch, transformers,
open_clip_torch, safetensors, tokenizers, numpy, Pillow.
"""

import argparse
import glob
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file

from check_features import deviation
from random_models import KINDS, random_checkpoint, scenes, tiny

TOLERANCE = 1e-5
CHECKPOINTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../checkpoints")
FAMILY = [name for name in sorted(glob.glob(f"{CHECKPOINTS}/carbonclip-*")) if not name.endswith("-xl")]
# Sizes that no tower fills, and layers that differ.
BLOCKS = ["--vision-mlp", "0,64", "--text-mlp", "0", "--image-size", "32", "--patch-size", "10"]
CUTS = ["--vision-heads", "2,1", "--vision-mlp", "40,64", "--text-heads", "1,2", "--text-mlp", "100,64"]
MODULE = "carbonclip_model.py"


class Check:
    def __init__(self, program, out):
        self.program, self.out, self.passed = program, out, True
        torch.backends.mha.set_fastpath_enabled(False)
        self.carbonclip("data", "scenes", "--split", "validation", "--count", "24", "--output", f"{out}/scenes")
        self.pictures, self.captions = scenes(f"{out}/scenes")

    def carbonclip(self, *arguments):
        done = subprocess.run([self.program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            sys.exit(f"carbonclip {' '.join(arguments)}: {done.stderr.decode()}")
        return done.stdout.decode() + done.stderr.decode()

    def report(self, label, what, passed, figure=""):
        self.passed &= passed
        print(f"{label:40}  {what:34}  {figure}{'' if passed else '  FAILED'}", flush=True)

    def compare(self, label, what, ours, theirs):
        worst = max(deviation(ours[name], theirs[name]) for name in ("image_features", "text_features"))
        self.report(label, what, worst <= TOLERANCE, f"{worst:.2e}")

    def embedded(self, folder):
        self.carbonclip("embed", "--pretrained", folder, "--data", f"{self.out}/scenes", "--output", f"{folder}.safetensors")
        return load_file(f"{folder}.safetensors")

    def module(self, folder):
        """The module as it lies in a folder."""
        spec = importlib.util.spec_from_file_location(f"carbonclip_model_{abs(hash(folder))}", f"{folder}/{MODULE}")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def inputs(self, model):
        return torch.stack([model.preprocess(picture) for picture in self.pictures]), model.tokenize(self.captions)

    @staticmethod
    def features(model, pixels, ids):
        with torch.inference_mode():
            return {"image_features": model.encode_image(pixels, True), "text_features": model.encode_text(ids, True)}

    def folder(self, label, source):
        """Everything about one checkpoint, converted so that the module lies in it."""
        folder = f"{self.out}/{re.sub('[^a-z0-9]+', '-', label.lower())}"
        said = self.carbonclip("convert", "--pretrained", source, "--output", folder)
        self.report(label, "convert says where it loads", MODULE in said)
        expected, module = self.embedded(folder), self.module(folder)
        model = module.load(folder).eval()
        pixels, ids = self.inputs(model)
        self.compare(label, "features", self.features(model, pixels, ids), expected)
        self.transformers(label, folder, pixels, ids, expected)
        self.training(label, folder, module, model, pixels, ids)
        return folder

    def transformers(self, label, folder, pixels, ids, expected):
        import transformers

        model, loading = transformers.AutoModel.from_pretrained(
            folder, trust_remote_code=True, local_files_only=True, output_loading_info=True)
        wrong = {kind: sorted(names) for kind, names in loading.items() if names}
        self.report(label, "transformers finds all parameters", not wrong, str(wrong or ""))
        self.compare(label, f"transformers {transformers.__version__}", self.features(model.eval(), pixels, ids), expected)
        model.save_pretrained(f"{folder}-saved")
        again = self.embedded_saved(folder)
        self.compare(label, "saved by transformers, read by us", again, expected)

    def embedded_saved(self, folder):
        """A folder that transformers saved holds no vocabulary: the first one's is named."""
        self.carbonclip(
            "embed", "--pretrained", f"{folder}-saved", "--tokenizer", f"{folder}/tokenizer.json", "--data",
            f"{self.out}/scenes", "--output", f"{folder}-saved.safetensors")
        return load_file(f"{folder}-saved.safetensors")

    def training(self, label, folder, module, model, pixels, ids):
        # A caption a picture.
        ids = ids[:: len(ids) // len(pixels)]
        optimizer, losses = torch.optim.Adam(model.parameters(), lr=1e-4), []
        target, missing = torch.arange(len(pixels)), []
        for _ in range(3):
            logits = model.train()(pixels, ids)
            loss = (torch.nn.functional.cross_entropy(logits, target)
                    + torch.nn.functional.cross_entropy(logits.T, target)) / 2
            losses.append(loss.item())
            optimizer.zero_grad()
            loss.backward()
            missing = [name for name, parameter in model.named_parameters()
                       if parameter.grad is None or not parameter.grad.isfinite().all()]
            # Softmax over pictures or texts takes a bias of all logits out.
            silent = [name for name, parameter in model.named_parameters()
                      if name != "logit_bias" and parameter.grad is not None and not parameter.grad.any()
                      and not (name.endswith("in_proj_bias") and self.holds_biases(model, name))]
            missing += silent
            optimizer.step()
        self.report(label, "gradients everywhere", not missing, " ".join(missing[:3]))
        self.report(label, "three steps lower the loss", losses[-1] < losses[0], f"{losses[0]:.4f} to {losses[-1]:.4f}")
        trained = f"{folder}-trained"
        module.save(model, trained)
        pixels, ids = self.inputs(model.eval())
        self.compare(label, "trained, saved, read by us", self.embedded(trained), self.features(model, pixels, ids))

    @staticmethod
    def holds_biases(model, name):
        """Whether a tower has no biases of queries, keys and values, and holds their places."""
        return model.model_cfg["vision_cfg" if name.startswith("visual") else "text_cfg"].get("input_bias") == "none"

    def card(self, label, folder, library):
        """The code of the card, run as it stands, in a process of its own that knows nothing else."""
        with open(f"{folder}/README.md") as file:
            text = file.read()
        named = re.search(r"^library_name: (\S+)$", text, re.MULTILINE)
        self.report(label, "library_name", bool(named) and named.group(1) == library, named.group(1) if named else "none")
        code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
        if not code:
            self.report(label, "card's code", False, "none")
            return
        self.pictures[0].save(f"{folder}/photo.jpg", "PNG")
        ending = "\nimport json\nprint(json.dumps(logits.tolist()))\n"
        done = subprocess.run([sys.executable, "-c", code.group(1) + ending], cwd=folder, capture_output=True, text=True)
        if done.returncode:
            self.report(label, "card's code", False, done.stderr.strip().splitlines()[-1])
            return
        found = torch.tensor(json.loads(done.stdout.strip().splitlines()[-1]))
        expected = self.logits(folder)
        self.report(label, "card's code", deviation(found, expected) <= TOLERANCE, f"{deviation(found, expected):.2e}")

    def logits(self, folder):
        """What `carbonclip embed` makes of the card's picture and captions."""
        data = f"{folder}-card"
        os.makedirs(data, exist_ok=True)
        self.pictures[0].save(f"{data}/photo.png")
        with open(f"{data}/captions.tsv", "w") as table:
            table.write("filepath\ttitle\nphoto.png\ta red circle\nphoto.png\ta blue square\n")
        self.carbonclip("embed", "--pretrained", folder, "--data", f"{data}/captions.tsv", "--output", f"{data}.safetensors")
        ours = load_file(f"{data}.safetensors")
        weights = load_file(next(iter(glob.glob(f"{folder}/*.safetensors"))))
        return weights["logit_scale"].float().exp() * ours["image_features"][:1] @ ours["text_features"].T


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--carbonclip", required=True, help="the built program")
    parser.add_argument("--quick", action="store_true", help="one family member and three kinds only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as out:
        os.environ["HF_MODULES_CACHE"] = f"{out}/modules"  # read when transformers is imported
        check = Check(os.path.abspath(options.carbonclip), out)
        for member in FAMILY[:1] if options.quick else FAMILY:
            check.folder(os.path.basename(member), member)
            copy = f"{out}/{os.path.basename(member)}-shipped"
            subprocess.run(["cp", "-r", member, copy], check=True)
            check.card(f"{os.path.basename(member)}, as shipped", copy, "carbonclip")
        base, calibration = f"{CHECKPOINTS}/base", ["--calibration-data", "scenes:train?count=300", "--calibration-samples", "128"]
        prune = ["prune", "--pretrained", base, *calibration, "--rankings", f"{out}/rankings"]
        free, loadable = f"{out}/free", f"{out}/loadable"
        sizes = ["--vision-heads", "4,3,6,2,5,6", "--vision-mlp", "384", "--text-heads", "3", "--text-mlp", "128,200,256,64"]
        check.carbonclip(*prune, *sizes, "--output", free)
        check.folder("base, pruned", free)
        check.card("base, pruned", free, "carbonclip")
        check.carbonclip(*prune, "--loadable", "open_clip", "--vision-width", "128", "--text-mlp", "256", "--output", loadable)
        check.card("base, pruned for open_clip", loadable, "open_clip")
        kinds = list(KINDS.items())
        for name, (model, vision, text) in kinds[-3:] if options.quick else kinds:
            source = f"{out}/{re.sub('[^a-z]+', '-', name.lower())}-source"
            random_checkpoint(source, tiny(model, vision, text))
            check.folder(name, source)
            pruned = f"{source}-pruned"
            check.carbonclip("prune", "--pretrained", source, *calibration, "--strategy", "magnitude", *CUTS, "--output", pruned)
            check.folder(f"{name}, pruned", pruned)
            check.carbonclip("prune", "--pretrained", source, *calibration, "--strategy", "magnitude", *BLOCKS, "--output", f"{pruned}-blocks")
            check.folder(f"{name}, blocks and pictures", f"{pruned}-blocks")
    print("all agree" if check.passed else "SOME DO NOT AGREE")
    return 0 if check.passed else 1


if __name__ == "__main__":
    sys.exit(main())
