# Copyright 2026 The CarbonCLIP authors
# SPDX-License-Identifier: Apache-2.0
#
# Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance with
# the License. You may obtain a copy of the License at http://www.apache.org/licenses/LICENSE-2.0
"""A CLIP model of any shape that CarbonCLIP writes, in PyTorch: also those whose heads do not fill the width, or whose
layers differ, which neither open_clip nor transformers holds.

    import carbonclip_model
    model = carbonclip_model.load("folder")                      # open_clip_config.json and its weights
    images = model.encode_image(model.preprocess(picture)[None], normalize=True)
    texts = model.encode_text(model.tokenize(["a cat", "a dog"]), normalize=True)
    logits = model(pixels, ids)                                  # [pictures, texts], scaled
    carbonclip_model.save(model, "trained")                      # what carbonclip, and load, read again

The parameters' names and shapes are those in the file. Needs torch; Pillow for `preprocess`, tokenizers for `tokenize`.
With transformers, `AutoModel.from_pretrained("folder", trust_remote_code=True)` gives the same model.
"""

import json
import math
import os
import shutil
import struct

import torch
from torch import nn
from torch.nn import functional

OPENAI_MEAN = (0.48145466, 0.4578275, 0.40821073)
OPENAI_STD = (0.26862954, 0.26130258, 0.27577711)
WEIGHTS = ("open_clip_model.safetensors", "model.safetensors")
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json", "merges.txt")


# Shapes


def per_layer(value, layers):
    """One number stands for all layers."""
    return list(value) if isinstance(value, (list, tuple)) else [value] * layers


def tower_shape(cfg, standard_width, is_text):
    """Sizes of a tower's blocks, from `vision_cfg` or `text_cfg`."""
    width, layers = cfg.get("width", standard_width), cfg.get("layers", 12)
    if is_text:
        heads = per_layer(cfg.get("heads", 8), layers)
        head_width = cfg.get("head_width", width // max(heads))
    else:
        head_width = cfg.get("head_width", 64)
        heads = per_layer(cfg.get("heads", width // head_width), layers)
        if "heads" not in cfg:
            head_width = width // heads[0]
    hidden = per_layer(cfg.get("mlp_width", int(width * cfg.get("mlp_ratio", 4.0))), layers)
    return width, heads, head_width, hidden


class Activation(nn.Module):
    """`gelu`, `gelu_tanh` (its usual approximation) or `quick_gelu` (OpenAI's)."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def forward(self, x):
        if self.kind == "quick_gelu":
            return x * torch.sigmoid(1.702 * x)
        return functional.gelu(x, approximate="tanh" if self.kind == "gelu_tanh" else "none")


# Blocks


def rotary_tables(grid, cfg, prefix, head_width):
    """Cosines and sines `[tokens, head_width]` of a square grid's places; tokens before it are not turned.

    The first half of a head's pairs turns with the row, the second with the column, as EVA-02 has it (arXiv:2104.09864,
    arXiv:2303.11331), or the other way around (`rotary_indexing` xy).
    """
    bands = head_width // 4
    place = (torch.arange(grid, dtype=torch.float64) + cfg.get("rotary_offset", 0)) * (cfg["rotary_reference"] / grid)
    angles = place[:, None] / 10000 ** (torch.arange(bands, dtype=torch.float64) / bands)
    rows = angles[:, None].expand(grid, grid, bands)
    columns = angles[None].expand(grid, grid, bands)
    halves = [columns, rows] if cfg.get("rotary_indexing", "ij") == "xy" else [rows, columns]
    turned = torch.cat(halves, dim=-1).reshape(grid * grid, 2 * bands)
    turned = torch.cat([torch.zeros(prefix, 2 * bands, dtype=torch.float64), turned]).repeat_interleave(2, dim=-1)
    return turned.cos().float(), turned.sin().float()


def turn(x, tables):
    """Turns pairs of neighboring channels of `[batch, heads, tokens, head_width]`."""
    cosine, sine = tables
    crossed = torch.stack([-x[..., 1::2], x[..., 0::2]], dim=-1).flatten(-2)
    return x * cosine + crossed * sine


class Attention(nn.Module):
    """Self-attention whose heads need not fill the width.

    `biases` says which of queries, keys and values have one: all, without_keys or none.
    """

    def __init__(self, width, heads, head_width, eps, inner_norm=False, causal=False, biases="all"):
        super().__init__()
        inner = heads * head_width
        self.heads, self.head_width, self.causal, self.biases = heads, head_width, causal, biases
        self.in_proj_weight = nn.Parameter(torch.empty(3 * inner, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * inner))
        if inner_norm:
            self.ln_inner = nn.LayerNorm(inner, eps)
        self.out_proj = nn.Linear(inner, width)
        nn.init.normal_(self.in_proj_weight, std=width**-0.5)

    def split(self, x):
        """`[batch, tokens, heads * head_width]` as `[batch, heads, tokens, head_width]`."""
        return x.unflatten(-1, (self.heads, self.head_width)).transpose(1, 2)

    def forward(self, x, rotary=None, query=None):
        """`query`: a row `[1, width]` that asks in the tokens' place."""
        bias, inner = self.in_proj_bias, self.heads * self.head_width
        if self.biases == "none":  # their places are held, and stay as they are
            bias = bias.detach() + 0 * bias
        elif self.biases == "without_keys":
            bias = torch.cat([bias[:inner], bias[inner : 2 * inner].detach(), bias[2 * inner :]])
        if query is None:
            q, k, v = functional.linear(x, self.in_proj_weight, bias).chunk(3, dim=-1)
        else:
            q = functional.linear(query, self.in_proj_weight[:inner], bias[:inner]).expand(x.shape[0], -1, -1)
            k, v = functional.linear(x, self.in_proj_weight[inner:], bias[inner:]).chunk(2, dim=-1)
        q, k, v = self.split(q), self.split(k), self.split(v)
        if rotary is not None:
            q, k = turn(q, rotary), turn(k, rotary)
        rows = functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        rows = rows.transpose(1, 2).flatten(-2)
        return self.out_proj(self.ln_inner(rows) if hasattr(self, "ln_inner") else rows)


class FeedForward(nn.Module):
    """Two matrices with an activation between, or with a gate (SwiGLU, arXiv:2002.05202)."""

    def __init__(self, width, hidden, activation, eps, gated=False, inner_norm=False):
        super().__init__()
        if gated:
            self.c_gate = nn.Linear(width, hidden)
        self.c_fc = nn.Linear(width, hidden)
        self.act = Activation(activation)
        if inner_norm:
            self.ln_inner = nn.LayerNorm(hidden, eps)
        self.c_proj = nn.Linear(hidden, width)

    def forward(self, x):
        rows = self.c_fc(x)
        rows = functional.silu(self.c_gate(x)) * rows if hasattr(self, "c_gate") else self.act(rows)
        return self.c_proj(self.ln_inner(rows) if hasattr(self, "ln_inner") else rows)


class LayerScale(nn.Module):
    """A factor for each channel of a branch (arXiv:2103.17239)."""

    def __init__(self, width, value):
        super().__init__()
        self.gamma = nn.Parameter(torch.full((width,), float(value)))

    def forward(self, x):
        return x * self.gamma


class Block(nn.Module):
    """A residual block with norms before its branches; with `latent`, one that pools all tokens into a row."""

    def __init__(self, width, heads, head_width, hidden, activation, eps, scale=None, gated=False, inner_norms=False,
                 causal=False, biases="all", asks=False):
        super().__init__()
        if asks:
            self.latent = nn.Parameter(torch.randn(1, width) * width**-0.5)
        self.ln_1 = nn.LayerNorm(width, eps)
        self.attn = Attention(width, heads, head_width, eps, inner_norms, causal, biases)
        self.ls_1 = nn.Identity() if scale is None else LayerScale(width, scale)
        if hidden:  # none: the block is its attention alone
            self.ln_2 = nn.LayerNorm(width, eps)
            self.mlp = FeedForward(width, hidden, activation, eps, gated, inner_norms)
            self.ls_2 = nn.Identity() if scale is None else LayerScale(width, scale)

    def forward(self, x, rotary=None):
        if hasattr(self, "latent"):
            x = self.attn(self.ln_1(x), query=self.latent)
        else:
            x = x + self.ls_1(self.attn(self.ln_1(x), rotary))
        return x + self.ls_2(self.mlp(self.ln_2(x))) if hasattr(self, "mlp") else x


class Transformer(nn.Module):
    """A stack of blocks, each of its own sizes."""

    def __init__(self, cfg, shape, activation, causal=False):
        super().__init__()
        biases = cfg.get("input_bias", "all" if cfg.get("rotary_reference") is None else "without_keys")
        width, heads, head_width, hidden = shape
        eps = cfg.get("norm_kwargs", {}).get("eps", 1e-5)
        self.resblocks = nn.ModuleList(
            Block(width, head, head_width, units, activation, eps, cfg.get("ls_init_value"), cfg.get("swiglu", False),
                  cfg.get("inner_norms", False), causal, biases)
            for head, units in zip(heads, hidden))

    def forward(self, x, rotary=None):
        for block in self.resblocks:
            x = block(x, rotary)
        return x


# Towers


class VisionTower(nn.Module):
    """A vision transformer: `[batch, 3, size, size]` to `[batch, embed]`."""

    def __init__(self, cfg, embed_dim, activation):
        super().__init__()
        shape = width, _, head_width, _ = tower_shape(cfg, 768, is_text=False)
        eps = cfg.get("norm_kwargs", {}).get("eps", 1e-5)
        patch = cfg.get("patch_size", 16)
        grid = cfg.get("image_size", 224) // patch
        self.prefix = 1 if cfg.get("class_token", True) else 0
        self.pool_type = cfg.get("pool_type", "avg" if cfg.get("global_average_pool") else "tok")
        self.norm_after_pool = cfg.get("final_ln_after_pool", False)
        self.conv1 = nn.Conv2d(3, width, patch, stride=patch, bias=cfg.get("patch_bias", False))
        if self.prefix:
            self.class_embedding = nn.Parameter(torch.randn(width) * width**-0.5)
        self.positional_embedding = nn.Parameter(torch.randn(grid * grid + self.prefix, width) * width**-0.5)
        self.ln_pre = nn.Identity() if cfg.get("no_ln_pre") else nn.LayerNorm(width, eps)
        self.transformer = Transformer(cfg, shape, activation)
        # Made when first needed: what loads weights may build modules without memory.
        self.turning = None if cfg.get("rotary_reference") is None else (grid, cfg, self.prefix, head_width)
        self.tables = None
        if self.pool_type == "map":
            own = cfg.get("pool_head_width", head_width)
            self.pool = Block(width, cfg.get("pool_heads", width // own), own, cfg.get("pool_mlp_width", 4 * width),
                              activation, eps, asks=True)
        else:
            self.ln_post = nn.LayerNorm(width, eps)
        add_projection(self, "proj", cfg, width, embed_dim)

    def pooled(self, x):
        """The rows that the projection reads; all tokens' where `pool_type` is none."""
        if self.pool_type == "map":
            return self.pool(x)[:, 0]
        if self.pool_type == "none":
            return self.ln_post(x)
        read = (lambda rows: rows[:, self.prefix :].mean(dim=1)) if self.pool_type == "avg" else (lambda rows: rows[:, 0])
        return self.ln_post(read(x)) if self.norm_after_pool else read(self.ln_post(x))

    def rotary(self, x):
        """Cosines and sines as `x` has its numbers, or None."""
        if self.turning is None:
            return None
        if self.tables is None or self.tables[0].device != x.device or self.tables[0].dtype != x.dtype:
            with torch.inference_mode(False):  # they serve training later, too
                self.tables = tuple(table.to(x.device, x.dtype) for table in rotary_tables(*self.turning))
        return self.tables

    def forward(self, images):
        x = self.conv1(images).flatten(2).transpose(1, 2)
        if self.prefix:
            x = torch.cat([self.class_embedding.expand(x.shape[0], 1, -1), x], dim=1)
        x = self.transformer(self.ln_pre(x + self.positional_embedding), self.rotary(x))
        return project(self.pooled(x), getattr(self, "proj", None))


def add_projection(module, name, cfg, width, embed_dim):
    """A matrix `[width, embed]`, a linear layer where it has a bias, or nothing."""
    if cfg.get("proj_type", "linear") == "none":
        return
    if cfg.get("proj_bias", False):
        setattr(module, name, nn.Linear(width, embed_dim))
    else:
        setattr(module, name, nn.Parameter(torch.randn(width, embed_dim) * width**-0.5))


def project(x, projection):
    if projection is None:
        return x
    return projection(x) if isinstance(projection, nn.Module) else x @ projection


class CarbonCLIP(nn.Module):
    """Both towers, the scale of their similarities and, for SigLIP's loss, the bias."""

    def __init__(self, model_cfg, preprocess_cfg=None):
        super().__init__()
        build(self, model_cfg, preprocess_cfg)

    def encode_image(self, images, normalize=False):
        """`[batch, 3, size, size]` to `[batch, embed]`."""
        features = self.visual(images)
        return functional.normalize(features, dim=-1) if normalize else features

    def encode_text(self, ids, normalize=False):
        """`[batch, context]` to `[batch, embed]`."""
        x = self.token_embedding(ids) + self.positional_embedding[: ids.shape[1]]
        x = self.ln_final(self.transformer(x))
        features = project(self.read(x, ids), getattr(self, "text_projection", None))
        return functional.normalize(features, dim=-1) if normalize else features

    def read(self, x, ids):
        """The row of the token that stands for each text."""
        kind = self.model_cfg["text_cfg"].get("pool_type", "argmax")
        if kind in ("first", "last"):
            return x[:, 0 if kind == "first" else -1]
        marks = ids if kind == "argmax" else (ids == self.model_cfg["text_cfg"].get("eos_id", 2)).int()
        return x[torch.arange(x.shape[0], device=x.device), marks.argmax(dim=-1)]

    def forward(self, images, ids):
        """Scaled similarities, `[pictures, texts]`."""
        logits = self.logit_scale.exp() * self.encode_image(images, True) @ self.encode_text(ids, True).T
        return logits if getattr(self, "logit_bias", None) is None else logits + self.logit_bias

    def preprocess(self, picture):
        """A Pillow picture as the model's input, `[3, size, size]`."""
        return preprocess(picture, self.preprocess_cfg, self.model_cfg["vision_cfg"].get("image_size", 224))

    def tokenize(self, texts):
        """Texts as ids, `[texts, context]`, by the `tokenizer.json` of the folder that the model was loaded from."""
        from tokenizers import Tokenizer

        if self.tokenizer is None:
            self.tokenizer = Tokenizer.from_file(os.path.join(self.folder or ".", "tokenizer.json"))
            text = self.model_cfg["text_cfg"]
            self.tokenizer.enable_truncation(text.get("context_length", 77))
            self.tokenizer.enable_padding(length=text.get("context_length", 77), pad_id=text.get("pad_id", 0))
        texts = [texts] if isinstance(texts, str) else list(texts)
        return torch.tensor([code.ids for code in self.tokenizer.encode_batch(texts)], dtype=torch.long)


def build(model, model_cfg, preprocess_cfg):
    """Gives a module the towers of a shape, under the names that the weights have."""
    model.model_cfg, model.preprocess_cfg = model_cfg, preprocess_cfg or {}
    model.tokenizer, model.folder = None, None
    text, embed_dim = model_cfg["text_cfg"], model_cfg["embed_dim"]
    quick = model_cfg.get("quick_gelu", False)
    width, context = text.get("width", 512), text.get("context_length", 77)

    def activation(cfg):
        tanh = (cfg.get("act_kwargs") or {}).get("approximate") == "tanh"
        return "quick_gelu" if quick else "gelu_tanh" if tanh else "gelu"

    model.positional_embedding = nn.Parameter(torch.randn(context, width) * 0.01)
    add_projection(model, "text_projection", text, width, embed_dim)
    model.logit_scale = nn.Parameter(torch.tensor(float(model_cfg.get("init_logit_scale", math.log(1 / 0.07)))))
    if model_cfg.get("init_logit_bias") is not None:
        model.logit_bias = nn.Parameter(torch.tensor(float(model_cfg["init_logit_bias"])))
    model.visual = VisionTower(model_cfg["vision_cfg"], embed_dim, activation(model_cfg["vision_cfg"]))
    model.transformer = Transformer(
        text, tower_shape(text, 512, is_text=True), activation(text), causal=not text.get("no_causal_mask", False))
    model.token_embedding = nn.Embedding(text.get("vocab_size", 49408), width)
    model.ln_final = nn.LayerNorm(width, text.get("norm_kwargs", {}).get("eps", 1e-5))


# Pictures


def preprocess(picture, cfg, size):
    """What `preprocess_cfg` says: to RGB, resized and cropped by Pillow, normalized."""
    from PIL import Image

    picture = picture.convert("RGB")
    resampling = getattr(Image.Resampling, cfg.get("interpolation", "bicubic").upper())
    mode = cfg.get("resize_mode", "shortest")
    columns, rows = picture.size
    if mode == "squash":
        picture = picture.resize((size, size), resampling)
    elif mode == "longest":
        ratio = max(rows, columns) / size
        columns, rows = (min(max(round(side / ratio), 1), size) for side in (columns, rows))
        fill = cfg.get("fill_color", 0)
        square = Image.new("RGB", (size, size), (fill, fill, fill))
        square.paste(picture.resize((columns, rows), resampling), ((size - columns) // 2, (size - rows) // 2))
        picture = square
    else:
        longer = int(size * max(rows, columns) / min(rows, columns))
        columns, rows = (size, longer) if columns <= rows else (longer, size)
        half = (lambda margin: margin // 2) if cfg.get("crop_offset") == "down" else (lambda margin: round(margin / 2))
        left, top = half(columns - size), half(rows - size)
        picture = picture.resize((columns, rows), resampling).crop((left, top, left + size, top + size))
    pixels = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8).view(size, size, 3).permute(2, 0, 1)

    def channels(key, standard):
        value = cfg.get(key, standard)
        return torch.tensor(value if isinstance(value, (list, tuple)) else [value] * 3).view(3, 1, 1)

    return (pixels.float() / 255 - channels("mean", OPENAI_MEAN)) / channels("std", OPENAI_STD)


# Files


def read_config(folder):
    """`model_cfg` and `preprocess_cfg` of a folder."""
    for name in ("open_clip_config.json", "config.json"):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                document = json.load(file)
            if "model_cfg" in document:
                return document["model_cfg"], document.get("preprocess_cfg") or {}
    raise FileNotFoundError(f"{folder}: holds no open_clip_config.json, and no config.json with a model_cfg")


SAFETENSORS_TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def read_safetensors(path):
    """A file's tensors by name. Format: https://huggingface.co/docs/safetensors"""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(length)), bytearray(file.read())
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        kind, (start, end) = SAFETENSORS_TYPES[entry["dtype"]], entry["data_offsets"]
        flat = torch.frombuffer(data, dtype=kind, count=(end - start) // kind.itemsize, offset=start) if end > start \
            else torch.empty(0, dtype=kind)
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def write_safetensors(tensors, path):
    """Writes tensors as 32-bit floats."""
    header, start = {}, 0
    for name, tensor in tensors.items():
        end = start + 4 * tensor.numel()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [start, end]}
        start = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            flat = tensor.detach().to("cpu", torch.float32).contiguous().reshape(-1)
            file.write(flat.numpy().tobytes())


def load(folder):
    """The model of a folder, in 32-bit floats."""
    model = CarbonCLIP(*read_config(folder))
    for name in WEIGHTS:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            state = {key: value.float() for key, value in read_safetensors(path).items()}
            model.load_state_dict(state)  # nothing may be missing, or left over
            model.folder = folder
            return model
    raise FileNotFoundError(f"{folder}: holds neither of {', '.join(WEIGHTS)}")


def save(model, folder):
    """Writes a folder that `carbonclip` and `load` read; the tokenizer's files come from where the model was loaded."""
    os.makedirs(folder, exist_ok=True)
    write_safetensors(model.state_dict(), os.path.join(folder, WEIGHTS[0]))
    with open(os.path.join(folder, "open_clip_config.json"), "w", encoding="utf-8") as file:
        json.dump({"model_cfg": model.model_cfg, "preprocess_cfg": model.preprocess_cfg}, file, indent=2)
    source = model.folder or "."
    for name in TOKENIZER_FILES + ("carbonclip_model.py", "config.json"):
        path = os.path.join(source, name)
        if os.path.exists(path) and os.path.abspath(source) != os.path.abspath(folder):
            shutil.copy(path, folder)


# transformers: AutoModel.from_pretrained(folder, trust_remote_code=True)

try:
    from transformers import PretrainedConfig, PreTrainedModel
    from transformers.utils import ModelOutput
except ImportError:
    pass
else:

    class CarbonCLIPConfig(PretrainedConfig):
        """`config.json`, with the shape under `model_cfg` as in open_clip_config.json."""

        model_type = "carbonclip"

        def __init__(self, model_cfg=None, preprocess_cfg=None, **others):
            self.model_cfg, self.preprocess_cfg = model_cfg or {}, preprocess_cfg or {}
            super().__init__(**others)

    class CarbonCLIPModel(PreTrainedModel):
        """The same model as transformers calls it."""

        config_class = CarbonCLIPConfig
        base_model_prefix = ""
        _tied_weights_keys = None
        all_tied_weights_keys = {}

        def __init__(self, config):
            super().__init__(config)
            build(self, config.model_cfg, config.preprocess_cfg)
            self.folder = getattr(config, "_name_or_path", None)
            self.post_init()

        def _init_weights(self, module):
            """Every part has drawn its own."""

        encode_image, encode_text, read = CarbonCLIP.encode_image, CarbonCLIP.encode_text, CarbonCLIP.read
        preprocess, tokenize = CarbonCLIP.preprocess, CarbonCLIP.tokenize

        def get_image_features(self, pixel_values, **others):
            return self.encode_image(pixel_values)

        def get_text_features(self, input_ids, **others):
            return self.encode_text(input_ids)

        def forward(self, input_ids=None, pixel_values=None, return_loss=False, **others):
            """Features of unit length, their scaled similarities and, if asked, CLIP's loss."""
            output = ModelOutput()
            images = None if pixel_values is None else self.encode_image(pixel_values, True)
            texts = None if input_ids is None else self.encode_text(input_ids, True)
            if images is not None and texts is not None:
                logits = self.logit_scale.exp() * images @ texts.T
                if getattr(self, "logit_bias", None) is not None:
                    logits = logits + self.logit_bias
                if return_loss:
                    target = torch.arange(len(logits), device=logits.device)
                    output["loss"] = (functional.cross_entropy(logits, target)
                                      + functional.cross_entropy(logits.T, target)) / 2
                output["logits_per_image"], output["logits_per_text"] = logits, logits.T
            for name, features in (("image_embeds", images), ("text_embeds", texts)):
                if features is not None:
                    output[name] = features
            return output
