"""Trains the seed checkpoint with open_clip, from data that carbonclip made.

    carbonclip data scenes --output scenes/train --split train --count 40000 --seed 0
    carbonclip data train-tokenizer --data 'scenes:train?count=20000' --size 1024 --context-length 48 --output vocabulary
    python3 train_seed.py scenes/train vocabulary OUTPUT --minutes 15

Needs torch, open_clip_torch 3.3, transformers, pillow, safetensors. One image, one random caption of its five, CLIP's
contrastive loss, AdamW with a cosine schedule over the given time.
"""
import argparse, glob, io, json, math, tarfile, time

import numpy as np
import open_clip, torch
from open_clip.loss import ClipLoss
from PIL import Image
from safetensors.torch import save_file
from transformers import PreTrainedTokenizerFast

parser = argparse.ArgumentParser()
parser.add_argument("shards"), parser.add_argument("vocabulary"), parser.add_argument("output")
parser.add_argument("--minutes", type=float, default=15)
parser.add_argument("--batch", type=int, default=128)
parser.add_argument("--lr", type=float, default=1.5e-3)
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()
torch.set_num_threads(args.threads), torch.manual_seed(0)

tokenizer = PreTrainedTokenizerFast(tokenizer_file=f"{args.vocabulary}/tokenizer.json")
vocabulary = len(tokenizer)
config = {
    "embed_dim": 128,
    "vision_cfg": {"image_size": 64, "patch_size": 8, "width": 192, "layers": 6, "head_width": 32},
    "text_cfg": {"context_length": 48, "vocab_size": vocabulary, "width": 128, "heads": 4, "layers": 4},
}
mean, std = open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD

pictures, captions = [], []
for shard in sorted(glob.glob(f"{args.shards}/*.tar")):
    with tarfile.open(shard) as archive:
        for member in archive:
            data = archive.extractfile(member).read()
            if member.name.endswith(".png"):
                pictures.append(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
            elif member.name.endswith(".txt"):
                captions.append(data.decode().strip().split("\n"))
pictures = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
start_token, end_token = vocabulary - 2, vocabulary - 1


def tokenized(ids):
    ids = ids[:46]
    return [start_token] + ids + [end_token] + [0] * (46 - len(ids))


every = tokenizer([c for five in captions for c in five], add_special_tokens=False)["input_ids"]
texts = torch.tensor([tokenized(ids) for ids in every]).view(len(captions), 5, 48)
print(len(pictures), "images,", vocabulary, "tokens; longest caption", int((texts > 0).sum(-1).max()), flush=True)

model = open_clip.model.CLIP(**config)
model.train()
exclude = lambda n, p: p.ndim < 2 or "bn" in n or "ln" in n or "bias" in n or "logit_scale" in n
named = list(model.named_parameters())
optimizer = torch.optim.AdamW(
    [{"params": [p for n, p in named if exclude(n, p)], "weight_decay": 0.0},
     {"params": [p for n, p in named if not exclude(n, p)], "weight_decay": 0.1}], lr=args.lr, betas=(0.9, 0.98), eps=1e-6)
loss_fn = ClipLoss()
norm_mean, norm_std = (torch.tensor(v).view(1, 3, 1, 1) for v in (mean, std))
begin, step, seen, order = time.time(), 0, 0, []
while time.time() - begin < args.minutes * 60:
    share = (time.time() - begin) / (args.minutes * 60)
    for group in optimizer.param_groups:
        group["lr"] = args.lr * min(1, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * share))
    if len(order) < args.batch:
        order = torch.randperm(len(pictures)).tolist()
    take = torch.tensor([order.pop() for _ in range(args.batch)])
    image = (pictures[take].float() / 255 - norm_mean) / norm_std
    text = texts[take, torch.randint(0, 5, (args.batch,))]
    features_i, features_t, scale = model(image, text)
    loss = loss_fn(features_i, features_t, scale)
    optimizer.zero_grad(), loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    with torch.no_grad():
        model.logit_scale.clamp_(0, math.log(100))
    step, seen = step + 1, seen + args.batch
    if step % 20 == 0:
        print(json.dumps({"step": step, "samples": seen, "loss": round(loss.item(), 4), "seconds": round(time.time() - begin)}), flush=True)

state = {k: v.half().contiguous() for k, v in model.state_dict().items()}
save_file(state, f"{args.output}/open_clip_model.safetensors", metadata={"format": "pt"})
preprocess = {"mean": mean, "std": std, "size": 64}
with open(f"{args.output}/open_clip_config.json", "w") as file:
    json.dump({"model_cfg": config, "preprocess_cfg": preprocess}, file, indent=2)
print(json.dumps({"samples": seen, "steps": step, "seconds": round(time.time() - begin), "loss": loss.item()}))
