"""patches.json: a patch embedding resampled to other patch sizes by timm's PI-resize (FlexiViT, arXiv:2212.08013).

    python make_fixtures.py > patches.json        # timm 1.0
"""

import json

import torch
from timm.layers import resample_patch_embed

torch.manual_seed(0)
weight = torch.randn(2, 3, 8, 8)
print(json.dumps({
    "weight": [round(v, 6) for v in weight.flatten().tolist()],
    "resampled": [
        {
            "size": size,
            "weight": [
                round(v, 7) for v in resample_patch_embed(
                    torch.tensor([round(v, 6) for v in weight.flatten().tolist()]).view(2, 3, 8, 8), [size, size],
                    interpolation="bilinear", antialias=False).flatten().tolist()
            ],
        }
        for size in (4, 6, 10, 16)
    ],
}))
