"""Writes augmentation.json (parameters and figures) and augmentation.safetensors (the pictures they lead to): what
torchvision's training transforms make of PIL pictures.

    python make_augmentation.py

Needs pillow, numpy, torch, torchvision, safetensors; see README.md for the versions used. Fixed seeds, no downloads.
"""

import json
import zlib
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.numpy import save_file
from torchvision.transforms import ColorJitter, InterpolationMode, Normalize, RandomResizedCrop, ToTensor
from torchvision.transforms import functional as F

HERE = Path(__file__).parent
NAMES = ("brightness", "contrast", "saturation", "hue")
CHANGES = dict(zip(NAMES, (F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue)))
CHANGES["gray"] = lambda picture, _: F.rgb_to_grayscale(picture, num_output_channels=3)
OPENAI_MEAN, OPENAI_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


def changed(picture, changes):
    for name, factor in changes:
        picture = CHANGES[name](picture, factor)
    return picture


def cropped(picture, box, size):
    return F.resized_crop(picture, *box, [size, size], InterpolationMode.BICUBIC)


pictures = {name: Image.open(HERE / "images" / name).convert("RGB") for name in ("rgb.png", "exact224.png", "tiny.png")}
results = {}
cases = []


def add(name, box, size, mirrored, changes):
    picture = cropped(pictures[name], box, size)
    if mirrored:
        picture = F.hflip(picture)
    picture = changed(picture, changes)
    key = str(len(cases))
    results[key] = np.asarray(picture)
    cases.append(dict(picture=name, box=box, size=size, mirrored=mirrored, changes=changes))
    return picture


torch.manual_seed(7)
whole = dict((name, [0, 0, picture.height, picture.width]) for name, picture in pictures.items())
for name in pictures:
    # Each change alone, then all of them in an order that torchvision draws, with the crop that it draws.
    for change in (["brightness", 0.6], ["brightness", 1.7], ["contrast", 0.35], ["contrast", 2.5], ["saturation", 0.0],
                   ["saturation", 3.1], ["hue", 0.5], ["hue", -0.499], ["hue", 0.0], ["gray", 0]):
        add(name, whole[name], 32, False, [change])
    for trial in range(6):
        jitter = ColorJitter(0.8, 0.8, 0.8, 0.5)
        order, *factors = ColorJitter.get_params(jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue)
        changes = [[NAMES[i], factors[i]] for i in order.tolist()]
        if trial % 3 == 2:
            changes.append(["gray", 0])
        box = RandomResizedCrop.get_params(pictures[name], [0.3, 1.0], [3 / 4, 4 / 3])
        add(name, list(map(int, box)), 45 if trial % 2 else 32, trial % 4 == 1, changes)
# The whole way to a model's input, with open_clip's defaults.
last = add("rgb.png", [2, 3, 80, 101], 32, False, [["contrast", 1.25], ["hue", 0.07], ["brightness", 0.9]])
results["tensor"] = Normalize(OPENAI_MEAN, OPENAI_STD)(ToTensor()(last)).numpy()

# Every color there is: check sums only.
number = np.arange(1 << 24, dtype=np.uint32)
every = Image.fromarray(np.stack([number & 255, number >> 8 & 255, number >> 16], -1).astype(np.uint8).reshape(4096, 4096, 3))
sums = []
for change in (["hue", 0.1], ["hue", -0.37], ["saturation", 0.6], ["saturation", 1.7], ["contrast", 1.3], ["gray", 0]):
    sums.append(dict(change=change, crc32=zlib.crc32(np.asarray(changed(every, [change])).tobytes())))

# Pictures of which no drawn part fits.
middles = []
for rows, columns, ratio in ((1, 500, (3 / 4, 4 / 3)), (500, 1, (3 / 4, 4 / 3)), (3, 400, (3 / 4, 4 / 3)),
                             (400, 3, (3 / 4, 4 / 3)), (7, 200, (0.5, 2.0)), (211, 10, (0.9, 1.1))):
    box = RandomResizedCrop.get_params(Image.new("RGB", (columns, rows)), [0.9, 1.0], list(ratio))
    middles.append(dict(rows=rows, columns=columns, ratio=ratio, box=list(map(int, box))))

# Mean and standard deviation of what is drawn.
draws = []
for rows, columns, scale, ratio in ((375, 500, (0.9, 1.0), (3 / 4, 4 / 3)), (64, 64, (0.08, 1.0), (3 / 4, 4 / 3)),
                                    (120, 90, (0.3, 0.6), (0.2, 3.0))):
    picture = Image.new("RGB", (columns, rows))
    boxes = np.array([RandomResizedCrop.get_params(picture, list(scale), list(ratio)) for _ in range(20000)], np.float64)
    draws.append(dict(rows=rows, columns=columns, scale=scale, ratio=ratio, mean=boxes.mean(0).tolist(),
                      deviation=boxes.std(0).tolist()))
jitters = []
for room in ((0.4, 0.4, 0.4, 0.1), (1.5, 0.2, 0.9, 0.5)):
    jitter = ColorJitter(*room)
    drawn = [ColorJitter.get_params(jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue) for _ in range(20000)]
    factors = np.array([d[1:] for d in drawn])
    jitters.append(dict(room=room, mean=factors.mean(0).tolist(), deviation=factors.std(0).tolist()))

(HERE / "augmentation.json").write_text(
    json.dumps(dict(cases=cases, every_color=sums, middles=middles, draws=draws, jitters=jitters)) + "\n")
save_file({key: np.ascontiguousarray(value) for key, value in results.items()}, HERE / "augmentation.safetensors")
print(len(cases), "cases")
