# Copyright 2026 The CarbonCLIP authors
# SPDX-License-Identifier: Apache-2.0
"""The commands as functions."""

import json
import os
import tempfile

from ._features import place_pictures, read_features
from ._program import execute, run


def evaluate(pretrained, data, *, progress=True, **options):
    """Zero-shot retrieval or classification: CLIP_benchmark's fields; a list for a list of data sets."""
    return run("evaluate", pretrained=pretrained, data=data, progress=progress, **options)


def embed(pretrained, images=None, texts=None, *, data=None, output=None, progress=True, **options):
    """Features of pictures, of texts, or of a data set, as `Features`.

    images: a folder, a file, or a list of paths, PIL images and arrays `[rows, columns, 3]` of uint8. Of a list every
        picture must be readable, so that rows and list agree; in a folder those that are not are left out.
    texts: a text, or a list of texts.
    data: a data set with captions or classes instead of both.
    output: a .safetensors file to keep, for `find`; without it nothing is left.
    """
    if output is not None and not os.fspath(output).lower().endswith(".safetensors"):
        raise ValueError(f"output must end in .safetensors, found {os.fspath(output)!r}")
    with tempfile.TemporaryDirectory(prefix="carbonclip-") as folder:
        names = None
        if isinstance(images, (str, os.PathLike)):
            options["images"] = images
        elif images is not None:
            images = list(images)
            paths = place_pictures(images, folder)
            # In-memory pictures have no name: their place in the list stands for it.
            names = [os.fspath(image) if isinstance(image, (str, os.PathLike)) else str(index)
                     for index, image in enumerate(images)]
            options["images"] = _list(paths, folder, "images.json")
            options.setdefault("strict", True)
        if texts is not None:
            texts = [texts] if isinstance(texts, str) else list(texts)
            options["texts"] = _list(texts, folder, "texts.json")
        file = os.path.join(folder, "features.safetensors") if output is None else output
        run("embed", pretrained=pretrained, data=data, output=file, progress=progress, **options)
        features = read_features(file)
    if names is not None and len(names) == len(features.keys):
        features.keys = names
    return features


def find(queries, features, *, image=None, top=5, progress=None, **options):
    """The pictures nearest to a text, or to each of several, among the features in a file.

    image: a picture, or a list of them, to look for as well; `queries` may then be None.
    Gives a list of `{"rank", "score", "key"}` for one query, a list of such lists for several.
    """
    several = isinstance(queries, (list, tuple)) or isinstance(image, (list, tuple)) or (
        queries is not None and image is not None)
    words = [] if queries is None else list(queries) if isinstance(queries, (list, tuple)) else [queries]
    document = execute(["find"], [*words, features], dict(image=image, top=top, **options), progress)
    found = [query["results"] for query in document["queries"]]
    return found if several else found[0]


def prune(pretrained, *, output, progress=True, **options):
    """A smaller model: sizes as in `vision_mlp=1536`, or a budget as in `target_macs="50%"`. What the program reports."""
    return run("prune", pretrained=pretrained, output=output, progress=progress, **options)


def finetune(pretrained, train_data, *, progress=True, **options):
    """Trains on from a checkpoint, with a teacher where `distill_pretrained` names one: steps, folder, metrics, files."""
    return run("finetune", pretrained=pretrained, train_data=train_data, progress=progress, **options)


def train(model, train_data, *, progress=True, **options):
    """Trains from random weights: steps, folder, metrics, files."""
    return run("train", model=model, train_data=train_data, progress=progress, **options)


def search(recipe, *, progress=True, **options):
    """Searches models and accelerators together: the front and the answer.

    recipe: a file, the name of one that comes along (`"quickstart"`), or its settings as a dictionary, which needs `name`.
    """
    if not isinstance(recipe, dict):
        return run("search", recipe, progress=progress, **options)
    if "name" not in options:
        raise TypeError("a recipe in a dictionary needs a name=... for its study")
    with tempfile.TemporaryDirectory(prefix="carbonclip-") as folder:
        return run("search", _list(recipe, folder, "recipe.yaml"), progress=progress, **options)


def estimate(model=None, *, recipe=None, progress=True, **options):
    """Latency, energy, area and carbon of a model on an accelerator, of several, or on a space (`sweep=True`)."""
    return run("estimate", *([] if recipe is None else [recipe]), model=model, progress=progress, **options)


def load(folder, *, progress=None):
    """A checkpoint as a `torch.nn.Module`, of whatever shape it was pruned to; see `carbonclip.model`.

    The code that runs is this package's own, never the folder's. Other checkpoints than open_clip folders (names, Hugging
    Face folders, weight files with a configuration beside them) are converted by the program first. Needs torch; Pillow
    for `model.preprocess`, tokenizers for `model.tokenize`.
    """
    from . import model as module

    place = os.fspath(folder)
    if os.path.exists(os.path.join(place, "open_clip_config.json")) and any(
            os.path.exists(os.path.join(place, name)) for name in module.WEIGHTS):
        return module.load(place)
    converted = tempfile.TemporaryDirectory(prefix="carbonclip-")
    target = os.path.join(converted.name, os.path.basename(os.path.normpath(place)) or "model")
    run("convert", pretrained=folder, output=target, format="open_clip", progress=progress)
    loaded = module.load(target)
    loaded.converted = converted  # the tokenizer is read from there when it is first asked for
    return loaded


def _list(value, folder, name):
    """A value as a JSON file, which YAML is, too."""
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False)
    return path
