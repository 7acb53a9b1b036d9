"""Small models with timm's image towers, and what open_clip computes with them: siglip_t, eva02_t.

python make_timm_fixtures.py FOLDER     (torch, open_clip, timm, safetensors; versions in README.md)
"""

import json
import os
import sys

import timm
import torch
from safetensors.torch import save_file

torch.use_deterministic_algorithms(True)
torch.set_num_threads(1)
original = timm.create_model


def smaller(sizes):
  """timm.create_model with other sizes; all else is the named model's."""

  def create(name, **options):
    return original(name, **{**options, **sizes})

  timm.create_model = create


def randomize(model, seed):
  """Weights that hide nothing: norms, biases and gates off their defaults too."""
  generator = torch.Generator().manual_seed(seed)
  with torch.no_grad():
    for name, parameter in model.named_parameters():
      if name in ("logit_scale", "logit_bias"):
        continue
      noise = torch.randn(parameter.shape, generator=generator)
      if parameter.ndim >= 2:
        fan = parameter.shape[1:].numel() if parameter.ndim == 2 or parameter.ndim == 4 else parameter.shape[-1]
        parameter.copy_(noise * (fan**-0.5))
      elif name.endswith("weight"):
        parameter.copy_(1 + 0.2 * noise)
      else:
        parameter.copy_(0.2 * noise)


def record(name, folder, model_name, image, sizes, text, config, loss, embed, tokens, vocabulary, pooled_last):
  import open_clip
  from open_clip.loss import ClipLoss, SigLipLoss

  smaller(sizes)
  published = open_clip.get_model_config(model_name)
  vision = {**published["vision_cfg"], "image_size": image}
  model = open_clip.CustomTextCLIP(
    embed_dim=embed, vision_cfg=vision, text_cfg={**published["text_cfg"], **text},
    init_logit_bias=published.get("init_logit_bias"))
  timm.create_model = original
  randomize(model, 7)
  model.eval()
  generator = torch.Generator().manual_seed(11)
  pictures = torch.randn(4, 3, image, image, generator=generator)
  ids = torch.randint(1, vocabulary - 1, (4, tokens), generator=generator)
  if not pooled_last:
    for row in range(4):
      ids[row, 3 + row] = vocabulary - 1
      ids[row, 4 + row:] = 0
  features_image_raw, features_text_raw = model.encode_image(pictures), model.encode_text(ids)
  output = model(pictures, ids)
  image_features, text_features, scale = output[:3]
  if loss == "siglip":
    value = SigLipLoss()(image_features, text_features, scale, model.logit_bias)
  else:
    value = ClipLoss()(image_features, text_features, scale)
  value.backward()
  state = {k: v.detach().contiguous() for k, v in model.state_dict().items()}
  save_file(state, f"{folder}/{name}.weights.safetensors")
  save_file({k: p.grad.contiguous() for k, p in model.named_parameters()}, f"{folder}/{name}.grads.safetensors")
  save_file(
    {
      "image": pictures, "text": ids, "image_features": image_features.detach(),
      "text_features": text_features.detach(), "image_features_raw": features_image_raw.detach(),
      "text_features_raw": features_text_raw.detach(), "loss": value.detach(),
    }, f"{folder}/{name}.io.safetensors")
  document = {
    "library": "open_clip", "model": model_name, "config": config, "batch": 4, "loss": loss,
    "loss_value": value.item(),
  }
  with open(os.path.join(folder, f"{name}.json"), "w") as file:
    json.dump(document, file, indent=1)
    file.write("\n")


folder = sys.argv[1]
record(
  "siglip_t", folder, "ViT-B-16-SigLIP", 32,
  dict(img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=2),
  dict(context_length=12, vocab_size=64, width=32, heads=2, layers=2, hf_tokenizer_name=None),
  {
    "embed_dim": 32, "init_logit_bias": -10, "vision_cfg": {
      "image_size": 32, "patch_size": 8, "width": 32, "layers": 2, "head_width": 16, "pool_type": "map",
      "no_ln_pre": True, "class_token": False, "patch_bias": True, "proj_type": "none", "norm_kwargs": {"eps": 1e-6},
    }, "text_cfg": {
      "context_length": 12, "vocab_size": 64, "width": 32, "heads": 2, "layers": 2, "no_causal_mask": True,
      "proj_bias": True, "pool_type": "last", "norm_kwargs": {"eps": 1e-6},
    },
  }, "siglip", 32, 12, 64, True)
record(
  "eva02_t", folder, "EVA02-B-16", 32, dict(img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=2),
  dict(context_length=12, vocab_size=64, width=32, heads=2, layers=2),
  {
    "embed_dim": 24, "vision_cfg": {
      "image_size": 32, "patch_size": 8, "width": 32, "layers": 2, "head_width": 16, "mlp_width": 85,
      "no_ln_pre": True, "patch_bias": True, "proj_bias": True, "norm_kwargs": {"eps": 1e-6}, "rotary_reference": 16,
      "swiglu": True, "inner_norms": True,
    }, "text_cfg": {"context_length": 12, "vocab_size": 64, "width": 32, "heads": 2, "layers": 2},
  }, "clip", 24, 12, 64, False)
