# Copyright 2026 The CarbonCLIP authors
# SPDX-License-Identifier: Apache-2.0
"""CarbonCLIP from Python: a thin layer over the program `carbonclip`.

    import carbonclip

    carbonclip.evaluate("base", data="scenes:test")["metrics"]
    features = carbonclip.embed("base", images=["a.jpg", "b.jpg"], texts=["a cat", "a dog"])
    features.image_features @ features.text_features.T
    carbonclip.prune("base", target_macs="50%", calibration_data="scenes:train?count=2000", output="small")
    model = carbonclip.load("small")  # a torch.nn.Module

Every function runs one command with `--json` and gives back its document. Options of the command are keyword arguments:
`target_macs="50%"` is `--target-macs 50%`, `strict=True` is `--strict`, and a list repeats an option. What the command says
of its progress is written to standard error, or handed to `progress`; None leaves it out. What goes wrong is a
`CarbonCLIPError` with the command's one line.
"""

from ._commands import embed, estimate, evaluate, find, finetune, load, prune, search, train
from ._features import Features, read_features
from ._program import CarbonCLIPError, program, run, version

__all__ = [
    "CarbonCLIPError", "Features", "embed", "estimate", "evaluate", "find", "finetune", "load", "program", "prune",
    "read_features", "run", "search", "train", "version",
]
