"""What transformers' image processors make of pictures that are not square.

Writes hf_processors.json (settings by name) and hf_processors.safetensors (the pictures and what became of them).
Run with transformers 5.24, torch 2.15, torchvision 0.29, Pillow 13.0: python make_hf_processors.py
The Pillow backend is asked for: torchvision's differs from Pillow by one level here and there.
"""

import json
import tempfile

import numpy as np
from PIL import Image
from safetensors.numpy import save_file
from transformers import AutoImageProcessor

HALF = [0.5, 0.5, 0.5]
SETTINGS = {
    "shortest": {"size": {"shortest_edge": 8}, "crop_size": {"height": 8, "width": 8}},
    "number": {"size": 8, "crop_size": 8, "image_processor_type": "CLIPImageProcessor"},
    "squash": {"size": {"height": 8, "width": 8}, "crop_size": {"height": 8, "width": 8}},
    "extractor": {"size": {"height": 8, "width": 8}, "crop_size": 8, "feature_extractor_type": "CLIPFeatureExtractor"},
    "fast": {"size": {"shortest_edge": 8}, "crop_size": 8, "image_processor_type": "CLIPImageProcessorFast", "resample": 2},
    "vit": {"size": {"height": 8, "width": 8}, "image_processor_type": "ViTImageProcessor"},
    "vit_number": {"size": 8, "feature_extractor_type": "ViTFeatureExtractor"},
    "siglip": {"size": {"height": 8, "width": 8}, "image_processor_type": "SiglipImageProcessor"},
    "bit": {"size": {"shortest_edge": 8}, "crop_size": 8, "image_processor_type": "BitImageProcessor", "image_mean": HALF},
    "deit": {"size": {"height": 8, "width": 8}, "crop_size": 8, "image_processor_type": "DeiTImageProcessor"},
    "blip": {"size": {"height": 8, "width": 8}, "image_processor_type": "BlipImageProcessor"},
    "list": {"size": [8, 8], "do_center_crop": False},
    "plain": {"size": {"shortest_edge": 8}, "crop_size": 8, "do_normalize": False},
    "bytes": {"size": {"shortest_edge": 8}, "crop_size": 8, "do_rescale": False, "image_mean": [120.0, 110.0, 100.0], "image_std": [60.0, 61.0, 62.0]},
    "factor": {"size": {"shortest_edge": 8}, "crop_size": 8, "rescale_factor": 0.00784313725490196, "image_mean": [1.0, 1.0, 1.0], "image_std": [1.0, 0.5, 1.0]},
}
SIZES = [(21, 13), (13, 15), (8, 8), (30, 9)]

random = np.random.default_rng(15)
pictures = [random.integers(0, 256, (height, width, 3), dtype=np.uint8) for width, height in SIZES]
tensors = {f"picture.{i}": picture for i, picture in enumerate(pictures)}
for name, settings in SETTINGS.items():
    with tempfile.TemporaryDirectory() as folder:
        json.dump({"model_type": "clip"}, open(f"{folder}/config.json", "w"))
        json.dump(settings, open(f"{folder}/preprocessor_config.json", "w"))
        processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
        for i, picture in enumerate(pictures):
            result = processor(Image.fromarray(picture), return_tensors="np")["pixel_values"][0]
            tensors[f"{name}.{i}"] = np.ascontiguousarray(result, dtype=np.float32)
save_file(tensors, "hf_processors.safetensors")
json.dump(SETTINGS, open("hf_processors.json", "w"), indent=1)
