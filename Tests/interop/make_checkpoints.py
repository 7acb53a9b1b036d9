"""Writes tiny, randomly initialized checkpoints in every layout that the toolkit reads, and PyTorch's features of each.

    python3 make_checkpoints.py OUT

    OUT/data/captions.tsv, *.png       six pictures with two captions each
    OUT/input.safetensors              the same after open_clip's transform and tokenizer: `image`, `text`
    OUT/LAYOUT/                        the checkpoint
    OUT/LAYOUT.features.safetensors    `image_features`, `text_features`, of unit length, in float32

Nothing is downloaded. The vocabulary is CLIP's own, which open_clip ships.
"""

import argparse
import json
import os

import numpy
import open_clip
import torch
import transformers
from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
from open_clip.model import CLIP, CustomTextCLIP
from PIL import Image
from safetensors.torch import save_file

from check_features import huggingface_features

SIZE, PATCH, CONTEXT, VOCABULARY = 32, 8, 16, 49408

CAPTIONS = [
    "a red square", "a square that is red", "two dogs, running!", "Dogs RUN on grass", "it's 9 o'clock", "a clock",
    "un café à Zürich", "coffee &amp; cake", "a very long caption " * 8, "cut at the end of the context", "猫", "🐈 a cat",
]


def open_clip_shape(**more):
    """Arguments of open_clip's models. The towers differ in every size, so that mixed-up matrices do not fit."""
    return {
        "embed_dim": 24,
        "vision_cfg": {"image_size": SIZE, "patch_size": PATCH, "width": 40, "layers": 3, "head_width": 8},
        "text_cfg": {"context_length": CONTEXT, "vocab_size": VOCABULARY, "width": 16, "layers": 2, "heads": 2},
        **more,
    }


def roughened(model, seed):
    """The model with biases and gains at random too: as initialized, one may be mistaken for another unnoticed."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
    return model.eval()


def write_json(value, path):
    with open(path, "w") as file:
        json.dump(value, file, indent=2)


def open_clip_folder(folder, shape):
    transform = {"size": SIZE, "mode": "RGB", "mean": OPENAI_DATASET_MEAN, "std": OPENAI_DATASET_STD,
                 "interpolation": "bicubic", "resize_mode": "shortest", "fill_color": 0}
    write_json({"model_cfg": shape, "preprocess_cfg": transform}, f"{folder}/open_clip_config.json")


def open_clip_safetensors(folder):
    shape = open_clip_shape()
    model = roughened(CLIP(**shape), 1)
    open_clip_folder(folder, shape)
    save_file(model.state_dict(), f"{folder}/open_clip_model.safetensors")
    return model


def open_clip_half(folder):
    """A .bin file in float16, whose features are those of the rounded weights."""
    shape = open_clip_shape(quick_gelu=True)
    model = roughened(CLIP(**shape), 2).half().float()
    open_clip_folder(folder, shape)
    torch.save({k: v.half() for k, v in model.state_dict().items()}, f"{folder}/open_clip_pytorch_model.bin")
    return model


def open_clip_custom_text(folder):
    """The layout in which the text tower's names begin with `text.`"""
    shape = open_clip_shape()
    model = roughened(CustomTextCLIP(**shape), 3)
    open_clip_folder(folder, {**shape, "custom_text": True})
    save_file(model.state_dict(), f"{folder}/open_clip_model.safetensors")
    return model


def open_clip_training(folder):
    """What open_clip's trainer saves of a distributed, compiled run: names behind prefixes, the optimizer beside them."""
    shape = open_clip_shape(quick_gelu=True)
    model = roughened(CLIP(**shape), 4)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    model.encode_text(torch.ones(1, CONTEXT, dtype=torch.long)).sum().backward()
    state = {f"module.{name}": value.clone() for name, value in model.state_dict().items()}
    optimizer.step()  # fills the optimizer's state, after the weights were copied
    torch.save(
        {"epoch": 1, "name": "tiny", "state_dict": state, "optimizer": optimizer.state_dict()}, f"{folder}/epoch_1.pt")
    write_json(shape, f"{folder}/model.json")
    model.load_state_dict({name.removeprefix("module."): value for name, value in state.items()})
    return model


def huggingface_model(seed, activation):
    shared = {"hidden_act": activation, "projection_dim": 24}
    text = transformers.CLIPTextConfig(
        vocab_size=VOCABULARY, hidden_size=16, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=CONTEXT, bos_token_id=VOCABULARY - 2, eos_token_id=VOCABULARY - 1, pad_token_id=0,
        **shared)
    vision = transformers.CLIPVisionConfig(
        hidden_size=40, intermediate_size=96, num_hidden_layers=3, num_attention_heads=5, image_size=SIZE,
        patch_size=PATCH, **shared)
    config = transformers.CLIPConfig(
        text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=24)
    return roughened(transformers.CLIPModel(config), seed)


def huggingface_folder(model, folder, **how):
    model.save_pretrained(folder, **how)
    write_json({
        "do_resize": True, "size": {"shortest_edge": SIZE}, "resample": 3, "do_center_crop": True,
        "crop_size": {"height": SIZE, "width": SIZE}, "do_rescale": True, "rescale_factor": 1 / 255,
        "do_normalize": True, "image_mean": OPENAI_DATASET_MEAN, "image_std": OPENAI_DATASET_STD,
        "do_convert_rgb": True, "image_processor_type": "CLIPImageProcessor",
    }, f"{folder}/preprocessor_config.json")
    return model


def hf_safetensors(folder):
    return huggingface_folder(huggingface_model(5, "quick_gelu"), folder)


def hf_sharded(folder):
    return huggingface_folder(huggingface_model(6, "quick_gelu"), folder, max_shard_size="100KB")


def hf_bin(folder):
    """pytorch_model.bin, which transformers no longer writes itself."""
    model = huggingface_folder(huggingface_model(7, "gelu"), folder)
    os.remove(f"{folder}/model.safetensors")
    torch.save(model.state_dict(), f"{folder}/pytorch_model.bin")
    return model


LAYOUTS = [
    open_clip_safetensors, open_clip_half, open_clip_custom_text, open_clip_training, hf_safetensors, hf_sharded, hf_bin,
]


def write_data(folder):
    """Pictures of several sizes and shapes with their captions; returns them as the towers take them."""
    os.makedirs(folder, exist_ok=True)
    random = numpy.random.default_rng(0)
    transform, pictures = open_clip.image_transform(SIZE, is_train=False), []
    with open(f"{folder}/captions.tsv", "w", encoding="utf-8") as table:
        table.write("filepath\ttitle\n")
        # No odd margins to crop: open_clip and transformers round their halves differently.
        for index, (rows, columns) in enumerate([(32, 32), (64, 48), (33, 91), (200, 150), (20, 24), (61, 61)]):
            coarse = random.integers(0, 256, (4, 4, 3), dtype=numpy.uint8)
            picture = Image.fromarray(coarse).resize((columns, rows), Image.Resampling.BICUBIC)
            picture.save(f"{folder}/{index}.png")
            pictures.append(transform(picture))
            for caption in CAPTIONS[2 * index : 2 * index + 2]:
                table.write(f"{index}.png\t{caption}\n")
    tokenizer = open_clip.SimpleTokenizer(context_length=CONTEXT)
    return torch.stack(pictures), tokenizer(CAPTIONS)


def features(model, image, text):
    torch.backends.mha.set_fastpath_enabled(False)
    with torch.inference_mode():
        if isinstance(model, transformers.CLIPModel):
            return huggingface_features(model, image, text)
        return {
            "image_features": model.encode_image(image, normalize=True),
            "text_features": model.encode_text(text, normalize=True),
        }


def write_all(out):
    """Writes everything; returns the layouts' names."""
    torch.manual_seed(0)
    image, text = write_data(f"{out}/data")
    save_file({"image": image, "text": text}, f"{out}/input.safetensors")
    for layout in LAYOUTS:
        folder = f"{out}/{layout.__name__}"
        os.makedirs(folder, exist_ok=True)
        computed = features(layout(folder), image, text)
        save_file({k: v.contiguous() for k, v in computed.items()}, f"{folder}.features.safetensors")
    return [layout.__name__ for layout in LAYOUTS]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    out = parser.parse_args().out
    for name in write_all(out):
        print(f"{out}/{name}")


if __name__ == "__main__":
    main()
