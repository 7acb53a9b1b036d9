# Copyright 2026 The CarbonCLIP authors
# SPDX-License-Identifier: Apache-2.0
"""Features of pictures and texts, and pictures on their way to the program."""

import dataclasses
import json
import os
import struct
import typing
import zlib

import numpy


@dataclasses.dataclass
class Features:
    """Unit-length features: the product of two is their cosine."""

    image_features: typing.Optional[numpy.ndarray] = None
    """`[images, embed]`, float32; None where no pictures were embedded."""
    text_features: typing.Optional[numpy.ndarray] = None
    """`[captions, embed]`, float32; None where no texts were embedded."""
    keys: typing.List[str] = dataclasses.field(default_factory=list)
    """Each picture's name."""
    captions: typing.List[str] = dataclasses.field(default_factory=list)
    """The texts."""
    owner: typing.Optional[numpy.ndarray] = None
    """For each text the picture that it belongs to; -1 for a text of its own."""
    labels: typing.Optional[numpy.ndarray] = None
    """Each picture's class, where the data has classes."""
    notes: typing.Dict[str, str] = dataclasses.field(default_factory=dict)
    """What else the file says: model, its digest, data, arithmetic."""

    def scores(self):
        """The cosines of all pictures with all texts, `[images, captions]`."""
        return self.image_features @ self.text_features.T


TYPES = {"F32": "<f4", "F64": "<f8", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "u1"}


def read_features(path):
    """The features in a .safetensors file that `carbonclip embed` wrote."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 8:
        raise ValueError(f"{path}: too short for a safetensors file")
    end = 8 + struct.unpack("<Q", data[:8])[0]
    if end > len(data):
        raise ValueError(f"{path}: is not a safetensors file")
    header = json.loads(data[8:end])
    notes = header.pop("__metadata__", {})
    arrays = {}
    for name, entry in header.items():
        start, stop = entry["data_offsets"]
        arrays[name] = numpy.frombuffer(data[end + start:end + stop], TYPES[entry["dtype"]]).reshape(entry["shape"])
    return Features(
        image_features=arrays.get("image_features"), text_features=arrays.get("text_features"),
        keys=json.loads(notes.pop("keys", "[]")), captions=json.loads(notes.pop("captions", "[]")),
        owner=arrays.get("owner"), labels=arrays.get("labels"), notes=notes)


def place_pictures(images, folder):
    """The paths of pictures; those in memory are written into a folder, without loss.

    Pictures in memory are PIL's, or arrays `[rows, columns, 3]` of uint8.
    """
    paths = []
    for index, image in enumerate(images):
        if isinstance(image, (str, os.PathLike)):
            paths.append(os.path.abspath(image))
            continue
        if hasattr(image, "convert"):
            image = image.convert("RGB")
        pixels = numpy.asarray(image)
        if pixels.dtype != numpy.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
            raise ValueError(
                f"picture {index}: expected a path, a PIL image or an array [rows, columns, 3] of uint8, "
                f"found {pixels.dtype} {list(pixels.shape)}")
        path = os.path.join(folder, f"{index}.png")
        with open(path, "wb") as file:
            file.write(png(pixels))
        paths.append(path)
    return paths


def png(pixels):
    """`[rows, columns, 3]` of uint8 as a PNG file. Source: https://www.w3.org/TR/png-3/"""
    rows, columns, _ = pixels.shape

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = numpy.zeros((rows, 1 + 3 * columns), numpy.uint8)  # each line begins with filter 0: as it is
    lines[:, 1:] = pixels.reshape(rows, -1)
    head = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines.tobytes(), 1))
            + chunk(b"IEND", b""))
