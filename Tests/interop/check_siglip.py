"""Holds SigLIP models, from pictures and captions to features, against transformers and open_clip.

    python3 Tests/interop/check_siglip.py --carbonclip .build/release/carbonclip

Makes three tiny random models with the small tokenizers of Tests/TokenizationTests/Fixtures/pieces:

    hf_spiece      transformers' SiglipModel beside spiece.model, as SigLIP is published
    hf_gemma       transformers' SiglipModel beside a tokenizer.json of Gemma's kind, as SigLIP 2 of one image size is
    open_clip      open_clip's ViT-B-16-SigLIP2, a tower of timm's, beside the same tokenizer and open_clip_config.json

For each: what `carbonclip embed` computes beside the library's own processor, tokenizer and model; `convert --format hf`, loaded by transformers with nothing
missing; then `prune`, `export` with ONNX Runtime where it is installed, three steps of `finetune` with the sigmoid loss, and `estimate`. Exit code 1 above 1e-5.
Pictures have the model's size: transformers 5 resizes otherwise than Pillow (docs/preprocessing.md).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy
import torch
import transformers

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
from PIL import Image
from safetensors.torch import load_file, save_file

HERE = os.path.dirname(os.path.abspath(__file__))
PIECES = os.path.join(HERE, "..", "TokenizationTests", "Fixtures", "pieces")
SIZE, PATCH, CONTEXT = 32, 8, 16
CAPTIONS = [
  "a red square", "A square, that is RED!", "two dogs running", "Dogs_run on grass", "it's 9 o'clock", "a photo of a cat",
  "un café à Zürich", "a very long caption " * 8, "größe 日本 😀", "snow on the mountain", "a", "the sky above the city",
]


def rough(model, seed):
  generator = torch.Generator().manual_seed(seed)
  with torch.no_grad():
    for name, parameter in model.named_parameters():
      noise = torch.randn(parameter.shape, generator=generator)
      if parameter.ndim >= 2:
        parameter.copy_(noise * parameter[0].numel() ** -0.5)
      elif parameter.numel() > 1:
        parameter.add_(0.2 * noise)
  return model.eval()


def hf_model(folder, vocabulary, activation):
  shared = dict(
    hidden_size=32, intermediate_size=72, num_hidden_layers=2, num_attention_heads=4, hidden_act=activation,
    layer_norm_eps=1e-6)
  config = transformers.SiglipConfig(
    text_config=dict(
      **shared, vocab_size=vocabulary, max_position_embeddings=CONTEXT, projection_size=32, bos_token_id=None,
      eos_token_id=1, pad_token_id=1), vision_config=dict(**shared, image_size=SIZE, patch_size=PATCH))
  torch.manual_seed(3)
  rough(transformers.SiglipModel(config), 5).save_pretrained(folder)
  with open(f"{folder}/preprocessor_config.json", "w") as file:
    json.dump({
      "image_processor_type": "SiglipImageProcessor", "size": {"height": SIZE, "width": SIZE}, "resample": 3,
      "do_rescale": True, "do_normalize": True, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}, file)


def write(out):
  os.makedirs(f"{out}/data")
  random, lines = numpy.random.default_rng(4), []
  for index in range(6):
    Image.fromarray(random.integers(0, 256, (SIZE, SIZE, 3), dtype=numpy.uint8)).save(f"{out}/data/{index}.png")
    lines += [f"{index}.png\t{caption}" for caption in CAPTIONS[2 * index:2 * index + 2]]
  with open(f"{out}/data/captions.tsv", "w") as file:
    file.write("filepath\ttitle\n" + "\n".join(lines) + "\n")

  os.makedirs(f"{out}/hf_spiece")
  hf_model(f"{out}/hf_spiece", 290, "gelu_pytorch_tanh")
  shutil.copy(f"{PIECES}/spiece.model", f"{out}/hf_spiece")
  with open(f"{out}/hf_spiece/tokenizer_config.json", "w") as file:
    json.dump({"tokenizer_class": "SiglipTokenizer", "pad_token": "</s>", "eos_token": "</s>", "unk_token": "<unk>", "do_lower_case": True, "model_max_length": CONTEXT}, file)
  os.makedirs(f"{out}/hf_gemma")
  hf_model(f"{out}/hf_gemma", 920, "gelu")
  for name in os.listdir(f"{PIECES}/gemma"):
    shutil.copy(f"{PIECES}/gemma/{name}", f"{out}/hf_gemma")

  import open_clip
  import timm

  config = open_clip.get_model_config("ViT-B-32-SigLIP2-256")
  config["embed_dim"] = 32
  config["vision_cfg"]["image_size"] = SIZE
  config["text_cfg"].update(
    context_length=CONTEXT, vocab_size=920, width=32, heads=4, layers=2, hf_tokenizer_name="gemma")
  original = timm.create_model
  timm.create_model = lambda name, **options: original(
    name, **{**options, **dict(img_size=SIZE, patch_size=PATCH, embed_dim=32, depth=2, num_heads=4)})
  model = open_clip.CustomTextCLIP(**{k: v for k, v in config.items() if k != "custom_text"})
  timm.create_model = original
  rough(model, 6)
  os.makedirs(f"{out}/open_clip")
  save_file({k: v.contiguous() for k, v in model.state_dict().items()}, f"{out}/open_clip/open_clip_model.safetensors")
  own = {
    "image_size": SIZE, "patch_size": PATCH, "width": 32, "layers": 2, "head_width": 8, "pool_type": "map",
    "no_ln_pre": True, "class_token": False, "patch_bias": True, "proj_type": "none", "norm_kwargs": {"eps": 1e-6},
    "act_kwargs": {"approximate": "tanh"},
  }
  with open(f"{out}/open_clip/open_clip_config.json", "w") as file:
    json.dump({
      "model_cfg": {**config, "vision_cfg": own}, "preprocess_cfg": {
        "size": SIZE, "mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic", "resize_mode": "squash"}}, file)
  for name in os.listdir(f"{PIECES}/gemma"):
    shutil.copy(f"{PIECES}/gemma/{name}", f"{out}/open_clip")
  return model


def pictures(out):
  files = [Image.open(f"{out}/data/{index}.png").convert("RGB") for index in range(6)]
  pixels = torch.stack([torch.from_numpy(numpy.asarray(picture).copy()).permute(2, 0, 1) for picture in files])
  return files, (pixels.float() / 255 - 0.5) / 0.5


def hf_features(out, folder):
  model, loading = transformers.SiglipModel.from_pretrained(
    folder, dtype=torch.float32, output_loading_info=True, local_files_only=True)
  wrong = {kind: sorted(names) for kind, names in loading.items() if names}
  if wrong:
    sys.exit(f"{folder}: transformers reports {wrong}")
  if os.path.exists(f"{folder}/tokenizer.json"):
    tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(folder)
  else:
    tokenizer = transformers.SiglipTokenizer.from_pretrained(folder)
  ids = tokenizer(CAPTIONS, padding="max_length", truncation=True, max_length=CONTEXT, return_tensors="pt").input_ids
  files, _ = pictures(out)
  processor = transformers.SiglipImageProcessor.from_pretrained(folder)
  pixels = processor(files, return_tensors="pt")["pixel_values"]
  with torch.inference_mode():
    output = model.eval()(input_ids=ids, pixel_values=pixels)
  return {"image_features": output.image_embeds, "text_features": output.text_embeds}


def open_clip_features(out, model):
  import open_clip

  tokenizer = open_clip.tokenizer.HFTokenizer(f"{out}/open_clip", context_length=CONTEXT, clean="canonicalize")
  with torch.inference_mode():
    return {
      "image_features": model.encode_image(pictures(out)[1], normalize=True),
      "text_features": model.encode_text(tokenizer(CAPTIONS), normalize=True),
    }


def onnx_features(out, folder):
  import onnxruntime

  with open(f"{folder}/onnx_config.json") as file:
    config = json.load(file)
  files = {"image": config["image_encoder"]["file"], "text": config["text_encoder"]["file"]}
  from tokenizers import Tokenizer

  result = {}
  session = onnxruntime.InferenceSession(f"{folder}/{files['image']}")
  result["image_features"] = torch.from_numpy(session.run(None, {session.get_inputs()[0].name: pictures(out)[1].numpy()})[0])
  tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
  text = config["text_encoder"]
  tokenizer.enable_truncation(text["context_length"])
  tokenizer.enable_padding(length=text["context_length"], pad_id=text["pad_id"])
  ids = numpy.int64([code.ids for code in tokenizer.encode_batch(CAPTIONS)])
  session = onnxruntime.InferenceSession(f"{folder}/{files['text']}")
  result["text_features"] = torch.from_numpy(session.run(None, {session.get_inputs()[0].name: ids})[0])
  return result


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("--carbonclip", required=True, help="the built program")
  program, passed = os.path.abspath(parser.parse_args().carbonclip), True

  def run(*arguments):
    outcome = subprocess.run([program, *arguments], capture_output=True, text=True)
    if outcome.returncode != 0:
      sys.exit(f"carbonclip {' '.join(arguments)}: {outcome.stderr or outcome.stdout}")
    return outcome.stdout

  def compare(label, ours, theirs):
    nonlocal passed
    for name in ("image_features", "text_features"):
      value = theirs[name]
      deviation = ((ours[name] - value).abs().max() / value.abs().max()).item()
      passed &= deviation <= 1e-5
      print(f"{label:34} {name:15} {deviation:.1e}", flush=True)

  with tempfile.TemporaryDirectory() as out:
    model = write(out)
    data = f"{out}/data/captions.tsv"
    for name in ["hf_spiece", "hf_gemma", "open_clip"]:
      folder, embedded = f"{out}/{name}", f"{out}/{name}.features.safetensors"
      theirs = open_clip_features(out, model) if name == "open_clip" else hf_features(out, folder)
      run("embed", "--pretrained", folder, "--data", data, "--output", embedded)
      compare(f"{name}, embed", load_file(embedded), theirs)
      run("convert", "--pretrained", folder, "--output", f"{out}/{name}.hf", "--format", "hf")
      compare(f"{name}, convert to transformers", hf_features(out, f"{out}/{name}.hf"), theirs)
      run("convert", "--pretrained", folder, "--output", f"{out}/{name}.oc", "--format", "open_clip")
      run("embed", "--pretrained", f"{out}/{name}.oc", "--data", data, "--output", embedded)
      compare(f"{name}, convert to own keys", load_file(embedded), theirs)
      run("prune", "--pretrained", folder, "--vision-heads", "3", "--text-mlp", "40",
          "--output", f"{out}/{name}.pruned", "--strategy", "magnitude")
      run("embed", "--pretrained", f"{out}/{name}.pruned", "--data", data, "--output", embedded)
      if os.path.exists(f"{folder}/tokenizer.json") and name != "open_clip":
        try:
          import onnxruntime
        except ImportError:
          continue
        run("export", f"{out}/{name}.pruned", "--format", "onnx", "--output", f"{out}/{name}.onnx")
        compare(f"{name}, pruned, ONNX Runtime", onnx_features(out, f"{out}/{name}.onnx"), load_file(embedded))
      run("finetune", "--pretrained", f"{out}/{name}.pruned", "--train-data", data, "--siglip", "--batch-size", "6",
          "--epochs", "2", "--logs", f"{out}/logs", "--name", name)
      print(f"{name}: pruned, trained and priced", "image" in run("estimate", "--model", f"{out}/{name}.pruned"))
  print("all agree" if passed else "SOME DO NOT AGREE")
  return 0 if passed else 1


if __name__ == "__main__":
  sys.exit(main())
