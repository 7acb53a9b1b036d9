"""Writes formats/ (one small file of every kind) and formats.safetensors (what PIL, torchvision and open_clip make of them)
and preprocess224.json (check sums).

    python make_fixtures.py

Needs pillow, numpy, torch, torchvision, open_clip_torch, safetensors; see README.md for the versions used.
"""

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import torch
from open_clip.transform import image_transform
from PIL import Image, ImageOps
from safetensors.numpy import save_file
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import resized_crop

HERE = Path(__file__).parent
FILES = HERE / "formats"
FILES.mkdir(exist_ok=True)
random = np.random.default_rng(20)


def smooth(rows, columns, channels, seed):
    """A picture with gradients, edges and noise, so that a mistaken row or channel shows."""
    noise = np.random.default_rng(seed)
    y, x = np.mgrid[0:rows, 0:columns]
    planes = []
    for c in range(channels):
        wave = np.sin(x * (0.3 + 0.1 * c) + c) + np.cos(y * (0.25 + 0.07 * c))
        edge = ((x + (c + 1) * y) % 11 < 4) * 60
        planes.append(np.clip(120 + 45 * wave + edge + noise.normal(0, 8, (rows, columns)), 0, 255))
    return np.stack(planes, -1).astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack_row(samples, depth):
    """Samples of one row, at 1...16 bits each, as bytes."""
    if depth == 16:
        return np.asarray(samples, ">u2").tobytes()
    bits = "".join(format(int(s), f"0{depth}b") for s in samples)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def png(samples, depth, color_type, interlaced=False, extra=b""):
    """A PNG made by hand: PIL writes neither Adam7 nor every depth. `samples` is [rows, columns, channels]."""
    rows, columns, _ = samples.shape
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    raw = b""
    for top, left, down, across in passes:
        part = samples[top::down, left::across]
        if part.size:
            raw += b"".join(b"\0" + pack_row(row.reshape(-1), depth) for row in part)
    header = struct.pack(">IIBBBBB", columns, rows, depth, color_type, 0, 0, int(interlaced))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")
    )


def saved(array, **options):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, **options)
    return buffer.getvalue()


files = {}
rgb = smooth(19, 27, 3, 1)
gray = rgb[:, :, 0]
rgba = smooth(19, 27, 4, 2)
files["rgb_420.jpg"] = saved(rgb, format="JPEG", quality=85)
files["rgb_422_restart.jpg"] = saved(rgb, format="JPEG", quality=85, subsampling=1, restart_marker_blocks=2)
files["rgb_444_progressive.jpg"] = saved(rgb, format="JPEG", quality=92, subsampling=0, progressive=True)
files["gray.jpg"] = saved(gray, format="JPEG", quality=85)
buffer = io.BytesIO()
Image.fromarray(rgba, "CMYK").save(buffer, format="JPEG", quality=90)
files["cmyk.jpg"] = buffer.getvalue()
# The same ink data with Adobe's marker saying YCCK, so that the decoder's color conversion is exercised.
marker = files["cmyk.jpg"].index(b"Adobe")
ycck = bytearray(files["cmyk.jpg"])
ycck[marker + 11] = 2
files["ycck.jpg"] = bytes(ycck)

palette = chunk(b"PLTE", bytes(random.integers(0, 256, 16 * 3, dtype=np.uint8)))
clear = chunk(b"tRNS", bytes([0, 128, 255]))
for depth in (1, 2, 4, 8, 16):
    levels = 1 << depth
    samples = (smooth(19, 27, 1, 3).astype(np.int64) * 257 * (levels - 1)) // 65535
    if depth == 16:
        samples = samples // 150  # most below 256 and some above, as the clipping needs
    for interlaced in (False, True):
        files[f"gray_{depth}{'_adam7' if interlaced else ''}.png"] = png(samples, depth, 0, interlaced)
for depth in (1, 2, 4, 8):
    samples = random.integers(0, min(1 << depth, 16), (19, 27, 1))
    files[f"palette_{depth}.png"] = png(samples, depth, 3, False, palette)
    files[f"palette_{depth}_clear_adam7.png"] = png(samples, depth, 3, True, palette + clear)
files["palette_8_beyond.png"] = png(random.integers(0, 40, (9, 7, 1)), 8, 3, False, palette)
for name, color_type, channels in (("rgb", 2, 3), ("gray_alpha", 4, 2), ("rgba", 6, 4)):
    samples = smooth(19, 27, channels, 5).astype(np.int64)
    files[f"{name}_8_adam7.png"] = png(samples, 8, color_type, True)
    files[f"{name}_8.png"] = png(samples, 8, color_type)
    wide = samples * 257 - samples // 3
    files[f"{name}_16.png"] = png(wide, 16, color_type)
    files[f"{name}_16_adam7.png"] = png(wide, 16, color_type, True)
files["rgb_8_key.png"] = png(rgb.astype(np.int64), 8, 2, False, chunk(b"tRNS", struct.pack(">HHH", *map(int, rgb[0, 0]))))
files["gray_8_key.png"] = png(gray[:, :, None].astype(np.int64), 8, 0, False, chunk(b"tRNS", struct.pack(">H", int(gray[0, 0]))))

files["lossy.webp"] = saved(rgb, format="WEBP", quality=80)
files["lossless.webp"] = saved(rgb, format="WEBP", lossless=True)
files["lossy_alpha.webp"] = saved(rgba, format="WEBP", quality=80, exact=True)
files["lossless_alpha.webp"] = saved(rgba, format="WEBP", lossless=True, exact=True)

results = {}
oriented = smooth(11, 14, 3, 6)
for value in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = value
    for extension, options in (
        ("jpg", dict(format="JPEG", quality=95, subsampling=0)),
        ("png", dict(format="PNG")),
        ("webp", dict(format="WEBP", lossless=True)),
    ):
        if extension != "jpg" and value not in (3, 6):
            continue
        name = f"oriented_{value}.{extension}"
        files[name] = saved(oriented, exif=exif, **options)
        turned = ImageOps.exif_transpose(Image.open(io.BytesIO(files[name])))
        results[f"{name}.upright"] = np.asarray(turned.convert("RGB"))

for name, data in files.items():
    (FILES / name).write_bytes(data)
    results[f"{name}.rgb"] = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))

# The other two ways to make a square, the other filter, other sizes and SigLIP's constants.
source = Image.open(HERE / "images" / "rgb.png").convert("RGB")
tall = Image.open(HERE / "images" / "rgba.png").convert("RGB")
for label, picture in (("wide", source), ("tall", tall)):
    for mode in ("shortest", "squash", "longest"):
        for filter_name in ("bicubic", "bilinear"):
            for size in (40, 97):
                transform = image_transform(
                    size, False, mean=(0.5,) * 3, std=(0.5,) * 3, resize_mode=mode, interpolation=filter_name
                )
                key = f"{label}.{mode}.{filter_name}.{size}"
                result = transform(picture)
                pixels = (result.double() * 0.5 + 0.5) * 255
                results[key + ".u8"] = pixels.round().byte().permute(1, 2, 0).contiguous().numpy()
                if size == 40 and filter_name == "bicubic":
                    results[key + ".tensor"] = result.numpy()
for top, left, rows, columns in ((3, 5, 60, 100), (0, 0, 1, 1), (89, 140, 1, 1), (10, 0, 40, 141), (0, 101, 90, 40)):
    for filter_name in ("bicubic", "bilinear"):
        mode = InterpolationMode.BICUBIC if filter_name == "bicubic" else InterpolationMode.BILINEAR
        crop = resized_crop(source, top, left, rows, columns, [33, 40], mode)
        results[f"crop.{top}.{left}.{rows}.{columns}.{filter_name}"] = np.asarray(crop)

# At 224 pixels the pictures themselves would be large: their check sums tell as much.
sums = {}
for path in sorted((HERE / "images").iterdir()):
    result = image_transform(224, False, mean=(0.5,) * 3, std=(0.5,) * 3)(Image.open(path).convert("RGB"))
    pixels = ((result.double() * 0.5 + 0.5) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
    sums[path.stem] = zlib.crc32(pixels.tobytes())
(HERE / "preprocess224.json").write_text(json.dumps(sums, indent=1) + "\n")

save_file({key: np.ascontiguousarray(value) for key, value in results.items()}, HERE / "formats.safetensors")
print(len(files), "files", sum(map(len, files.values())), "bytes;", len(results), "results")
