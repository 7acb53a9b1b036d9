import os
import pathlib
import sys

import numpy
import pytest

import carbonclip

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def base():
    """The checkpoint that comes along, by its path: the program may lie anywhere."""
    try:
        carbonclip.program()
    except carbonclip.CarbonCLIPError as error:
        pytest.skip(str(error))
    return str(ROOT / "checkpoints" / "base")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """A folder of six pictures: disks of other colors, one of them deeper than the others."""
    from carbonclip._features import png

    folder = tmp_path_factory.mktemp("pictures")
    (folder / "deep").mkdir()
    rows, columns = numpy.mgrid[:64, :64]
    disk = (rows - 32) ** 2 + (columns - 32) ** 2 < 400
    for name, color in COLORS.items():
        pixels = numpy.full((64, 64, 3), 240, numpy.uint8)
        pixels[disk] = color
        (folder / name).write_bytes(png(pixels))
    return folder


COLORS = {
    "a.png": (220, 20, 20), "b.png": (20, 160, 20), "c.png": (20, 20, 220), "d.png": (230, 220, 20),
    "deep/e.png": (120, 20, 120), "f.png": (20, 20, 20),
}
