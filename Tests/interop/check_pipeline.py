"""Holds a converted checkpoint against open_clip or transformers, pictures and captions to features.

    carbonclip data scenes --output scenes --split test --count 64
    carbonclip convert --pretrained checkpoints/base --output folder --format open_clip      (or hf)
    carbonclip embed --pretrained checkpoints/base --data scenes --output features.safetensors
    python3 Tests/interop/check_pipeline.py folder scenes features.safetensors

Loads the folder as its own library does (open_clip 3.3 `local-dir:`, transformers `from_pretrained`), preprocesses and tokenizes with that library, and
prints the largest deviation of the features, relative to the largest entry. Exit code 1 above 1e-5. Not needed by `make test`.
"""
import glob, io, os, sys, tarfile

import torch
from PIL import Image
from safetensors.torch import load_file

folder, shards, recorded = sys.argv[1:4]
pictures, captions = [], []
for shard in sorted(glob.glob(f"{shards}/*.tar")):
    with tarfile.open(shard) as archive:
        for member in archive:
            data = archive.extractfile(member).read()
            if member.name.endswith(".png"):
                pictures.append(Image.open(io.BytesIO(data)).convert("RGB"))
            elif member.name.endswith(".txt"):
                captions += data.decode().strip().split("\n")

if os.path.exists(f"{folder}/open_clip_config.json"):
    import open_clip
    from transformers import AutoTokenizer

    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{os.path.abspath(folder)}")
    images = torch.stack([preprocess(picture) for picture in pictures])
    length = model.context_length
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(captions, padding="max_length", truncation=True, max_length=length, return_tensors="pt")
    # Padding beyond the end token is open_clip's zero, whatever the tokenizer's files say.
    texts = ids["input_ids"] * (ids["attention_mask"] > 0)
    library, encode_image, encode_text = "open_clip", model.encode_image, model.encode_text
else:
    from transformers import AutoTokenizer, CLIPImageProcessor, CLIPModel

    model = CLIPModel.from_pretrained(folder)
    images = CLIPImageProcessor.from_pretrained(folder)(pictures, return_tensors="pt")["pixel_values"]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    length = model.config.text_config.max_position_embeddings
    texts = tokenizer(captions, padding="max_length", truncation=True, max_length=length, return_tensors="pt")["input_ids"]
    features = lambda output: output if isinstance(output, torch.Tensor) else output.pooler_output
    library = "transformers"
    encode_image = lambda x: features(model.get_image_features(pixel_values=x))
    encode_text = lambda x: features(model.get_text_features(input_ids=x))

model.eval()
ours, worst = load_file(recorded), 0.0
with torch.no_grad():
    for name, theirs in (("image_features", encode_image(images)), ("text_features", encode_text(texts))):
        theirs = torch.nn.functional.normalize(theirs, dim=-1)
        deviation = ((ours[name] - theirs).abs().max() / theirs.abs().max()).item()
        worst = max(worst, deviation)
        print(f"{library:12}  {name:14}  {deviation:.2e}")
sys.exit(worst > 1e-5)
