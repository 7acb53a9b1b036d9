"""Random models of every kind of tower, in open_clip's layout, and pictures with captions to run them on."""

import glob
import io
import json
import math
import os
import re
import tarfile

import numpy
from PIL import Image
from safetensors.numpy import save_file

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
    "rotary by columns, GELU by a tangent": (
        {},
        {"pool_type": "map", "pool_heads": 4, "pool_head_width": 12, "rotary_reference": 7, "rotary_offset": 1,
         "rotary_indexing": "xy", "input_bias": "all", "proj_bias": True, "act_kwargs": {"approximate": "tanh"}},
        {"act_kwargs": {"approximate": "tanh"}}),
    "rotary positions, gates, inner norms": (
        {}, {"rotary_reference": 16, "swiglu": True, "inner_norms": True, "proj_bias": True, "no_ln_pre": True}, {}),
    "approximated GELU, columns first": (
        {"embed_dim": 48},
        {"rotary_reference": 16, "rotary_offset": 1, "rotary_indexing": "xy", "input_bias": "all", "pool_type": "map",
         "pool_heads": 2, "pool_head_width": 20, "act_kwargs": {"approximate": "tanh"}},
        {"act_kwargs": {"approximate": "tanh"}, "input_bias": "none"}),
}


def tiny(model, vision, text):
    """A small model of a kind."""
    return {"embed_dim": 40, **model, "vision_cfg": {**TINY_VISION, **vision}, "text_cfg": {**TINY_TEXT, **text}}


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
        inner = vision.get("pool_heads", 1) * vision["pool_head_width"] if "pool_head_width" in vision else None
        yield from block("visual.pool", vision["width"], 4 * vision["width"], {}, inner)
    norms = ["ln_final"] + ([] if pools else ["visual.ln_post"]) + ([] if vision.get("no_ln_pre") else ["visual.ln_pre"])
    for name in norms:
        yield from norm(name, vision["width"] if name.startswith("visual") else text["width"])
    for path, tower in (("visual.transformer", vision), ("transformer", text)):
        width = tower["width"]
        for layer in range(tower["layers"]):
            hidden = tower.get("mlp_width", [4 * width] * tower["layers"])[layer]
            yield from block(f"{path}.resblocks.{layer}", width, hidden, tower)


def block(path, width, hidden, tower, inner=None):
    inner = inner or width
    yield from norm(f"{path}.ln_1", width)
    yield from norm(f"{path}.ln_2", width)
    yield f"{path}.attn.in_proj_weight", (3 * inner, width)
    yield f"{path}.attn.in_proj_bias", (3 * inner,)
    gate = [("mlp.c_gate", (hidden, width))] if tower.get("swiglu") else []
    for name, extents in [("attn.out_proj", (width, inner)), ("mlp.c_fc", (hidden, width)),
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
