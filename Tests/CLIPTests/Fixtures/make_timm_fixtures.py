"""Small models with timm's image towers, and what open_clip computes with them; and small SigLIP models of transformers.

python make_timm_fixtures.py FOLDER [NAME ...]     (torch, open_clip, timm, transformers; versions in README.md)
"""

import json
import tempfile
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


chosen = set(sys.argv[2:])


def record(name, folder, model_name, image, sizes, text, config, loss, embed, tokens, vocabulary, pooled_last):
  import open_clip
  from open_clip.loss import ClipLoss, SigLipLoss

  if chosen and name not in chosen:
    return
  smaller(sizes)
  published = open_clip.get_model_config(model_name)
  vision = {**published["vision_cfg"], "image_size": image}
  kind = open_clip.CustomTextCLIP if published.get("custom_text") else open_clip.CLIP
  model = kind(
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

  def objective(output):
    if loss == "siglip":
      return SigLipLoss()(*output[:3], model.logit_bias)
    return ClipLoss()(*output[:3])

  value = objective(output)
  state = {k: v.detach().clone().contiguous() for k, v in model.state_dict().items()}
  # float32's own gradients are up to 1e-5 away from these.
  model.double()
  objective(model(pictures.double(), ids)).backward()
  save_file(state, f"{folder}/{name}.weights.safetensors")
  save_file({k: p.grad.float().contiguous() for k, p in model.named_parameters()}, f"{folder}/{name}.grads.safetensors")
  save_file(
    {
      "image": pictures, "text": ids, "image_features": image_features.detach().contiguous(),
      "text_features": text_features.detach().contiguous(), "image_features_raw": features_image_raw.detach().contiguous(),
      "text_features_raw": features_text_raw.detach().contiguous(), "loss": value.detach(),
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

# The towers that came later, 16 channels wide, in 32-pixel images.
tiny = dict(img_size=32, patch_size=8, embed_dim=16, depth=2, num_heads=2)
small_text = dict(context_length=12, vocab_size=64, width=16, heads=2, layers=2)
own = {"image_size": 32, "patch_size": 8, "width": 16, "layers": 2, "head_width": 8}
own_text = {"context_length": 12, "vocab_size": 64, "width": 16, "heads": 2, "layers": 2}
siglip_own = {
  **own, "pool_type": "map", "no_ln_pre": True, "class_token": False, "patch_bias": True, "proj_type": "none",
  "norm_kwargs": {"eps": 1e-6},
}
siglip_text = {
  **own_text, "no_causal_mask": True, "pool_type": "last", "norm_kwargs": {"eps": 1e-6},
}
tanh = {"act_kwargs": {"approximate": "tanh"}}
rotary = {"rotary_reference": 14, "rotary_indexing": "xy", "input_bias": "all"}
pooled = {"pool_type": "map", "pool_heads": 8, "pool_head_width": 2, "proj_bias": True}
hidden_name = dict(hf_tokenizer_name=None)
record(
  "siglip2_t", folder, "ViT-B-32-SigLIP2-256", 32, tiny, {**small_text, **hidden_name},
  {
    "embed_dim": 16, "init_logit_bias": -10, "vision_cfg": {**siglip_own, **tanh},
    "text_cfg": {**siglip_text, "proj_bias": True, **tanh},
  }, "siglip", 16, 12, 64, True)
record(
  "siglip_i18n_t", folder, "ViT-SO400M-16-SigLIP-i18n-256", 32, {**tiny, "mlp_ratio": 3.7362},
  {**small_text, **hidden_name},
  {
    "embed_dim": 16, "init_logit_bias": -10, "vision_cfg": {**siglip_own, **tanh, "mlp_width": 59, "pool_mlp_width": 59},
    "text_cfg": {**siglip_text, "mlp_width": 59, "proj_type": "none"},
  }, "siglip", 16, 12, 64, True)
record(
  "eva01_t", folder, "EVA01-g-14", 32, {**tiny, "mlp_ratio": 6144 / 1408}, small_text,
  {
    "embed_dim": 12, "vision_cfg": {
      **own, "mlp_width": 69, "no_ln_pre": True, "patch_bias": True, "proj_bias": True, "norm_kwargs": {"eps": 1e-6},
      "input_bias": "without_keys",
    }, "text_cfg": own_text,
  }, "clip", 12, 12, 64, False)
record(
  "pe_core_t", folder, "PE-Core-B-16", 32, tiny, small_text,
  {"embed_dim": 12, "vision_cfg": {**own, **pooled, **rotary, "rotary_offset": 1}, "text_cfg": own_text},
  "clip", 12, 12, 64, False)
record(
  "pe_core_g_t", folder, "PE-Core-bigG-14-448", 32, tiny, small_text,
  {
    "embed_dim": 12, "vision_cfg": {**own, **pooled, **rotary, "rotary_reference": 32, "mlp_width": 93, "class_token": False},
    "text_cfg": own_text,
  }, "clip", 12, 12, 64, False)
record(
  "mobileclip2_l_t", folder, "MobileCLIP2-L-14", 32, tiny, small_text,
  {"embed_dim": 12, "vision_cfg": {**own, "proj_bias": True}, "text_cfg": {**own_text, "no_causal_mask": True}},
  "clip", 12, 12, 64, False)
record(
  "gap_t", folder, "vit_medium_patch16_gap_256", 32, {**tiny, "init_values": 0.3}, small_text,
  {
    "embed_dim": 12, "vision_cfg": {
      **own, "no_ln_pre": True, "patch_bias": True, "class_token": False, "pool_type": "avg", "input_bias": "none",
      "ls_init_value": 0.3, "norm_kwargs": {"eps": 1e-6},
    }, "text_cfg": own_text,
  }, "clip", 12, 12, 64, False)


def record_transformers(name, activation, projection):
  """transformers' SiglipModel, which SigLIP 2's models of one image size are, too."""
  from transformers import SiglipConfig, SiglipModel

  if chosen and name not in chosen:
    return
  shared = dict(hidden_size=16, intermediate_size=40, num_hidden_layers=2, num_attention_heads=2, hidden_act=activation)
  config = SiglipConfig(
    text_config=dict(**shared, vocab_size=64, max_position_embeddings=12, projection_size=projection),
    vision_config=dict(**shared, image_size=32, patch_size=8))
  config._attn_implementation = "eager"
  model = SiglipModel(config)
  randomize(model, 7)
  model.eval()
  generator = torch.Generator().manual_seed(11)
  pictures = torch.randn(4, 3, 32, 32, generator=generator)
  ids = torch.randint(1, 63, (4, 12), generator=generator)
  output = model(input_ids=ids, pixel_values=pictures, return_loss=True)
  state = {k: v.detach().clone().contiguous() for k, v in model.state_dict().items()}
  model.double()
  model(input_ids=ids, pixel_values=pictures.double(), return_loss=True).loss.backward()
  save_file(state, f"{folder}/{name}.weights.safetensors")
  save_file({k: p.grad.float().contiguous() for k, p in model.named_parameters()}, f"{folder}/{name}.grads.safetensors")
  save_file(
    {
      "pixel_values": pictures, "input_ids": ids, "image_embeds": output.image_embeds.detach().contiguous(),
      "text_embeds": output.text_embeds.detach().contiguous(), "loss": output.loss.detach(),
      "logits_per_image": output.logits_per_image.detach().contiguous(),
    }, f"{folder}/{name}.io.safetensors")
  with tempfile.TemporaryDirectory() as place:
    model.save_pretrained(place)
    with open(f"{place}/config.json") as file:
      published = json.load(file)
  document = {
    "library": "transformers SiglipModel", "config": published, "batch": 4, "loss": "siglip",
    "loss_value": output.loss.item(),
  }
  with open(os.path.join(folder, f"{name}.json"), "w") as file:
    json.dump(document, file, indent=1)
    file.write("\n")


record_transformers("hf_siglip", "gelu_pytorch_tanh", 16)
record_transformers("hf_siglip_gelu", "gelu", 16)
