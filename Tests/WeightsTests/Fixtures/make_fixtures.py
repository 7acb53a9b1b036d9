"""Makes the small files of this folder: python make_fixtures.py, in this folder. Versions are in README.md."""
import collections, io, json, os, zipfile, zlib

import numpy
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

torch.manual_seed(7)


def crc(tensor):
    return zlib.crc32(tensor.detach().to(torch.float32).contiguous().numpy().tobytes())


# Tensors of every format, strides, shared storages.
base = torch.randn(6, 5)
plain = collections.OrderedDict(
    float32=base, transposed=base.t(), slice=base[1:4, 2:], parameter=torch.nn.Parameter(torch.randn(3)),
    half=torch.randn(4, 3).half(), bfloat16=torch.randn(5).bfloat16(), double=torch.randn(3, dtype=torch.float64),
    long=torch.tensor([-1, 2**40, 3]), int=torch.tensor([1, -2], dtype=torch.int32),
    short=torch.tensor([7, -8], dtype=torch.int16), char=torch.tensor([-3], dtype=torch.int8),
    byte=torch.tensor([0, 255], dtype=torch.uint8), bool=torch.tensor([True, False]), scalar=torch.tensor(2.5),
    empty=torch.zeros(0, 4), step=torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1)[1::2])
plain._metadata = {"": {"version": 1}}
torch.save(plain, "plain.pt")
torch.save(plain, "plain_protocol4.pt", pickle_protocol=4)
with zipfile.ZipFile("plain.pt") as source, zipfile.ZipFile("deflated.pt", "w", zipfile.ZIP_DEFLATED) as target:
    for name in source.namelist():
        target.writestr(name, source.read(name))

model = torch.nn.Linear(3, 2)
optimizer = torch.optim.AdamW(model.parameters())
model(torch.ones(1, 3)).sum().backward()
optimizer.step()
state = {"module." + key: value for key, value in model.state_dict().items()}
torch.save({"epoch": 3, "name": "run", "state_dict": state, "optimizer": optimizer.state_dict()}, "checkpoint.pt")
torch.save(state, "legacy.pt", _use_new_zipfile_serialization=False)
torch.jit.save(torch.jit.script(model), "torchscript.pt")


class Malicious:
    def __reduce__(self):
        return os.system, ("echo harm",)


torch.save({"weight": Malicious()}, "malicious.pt")
torch.save({"weight": torch.ones(1), "accuracy": numpy.float64(0.5)}, "numpy_scalar.pt")

expected = {}
for file, tensors in [("plain.pt", plain), ("checkpoint.pt", model.state_dict())]:
    expected[file] = {name: {"shape": list(t.shape), "crc32": crc(t)} for name, t in tensors.items()}

# A Hugging Face model under open_clip's names, renamed here by hand.
hf = load_file("hf_clip.weights.safetensors")
renamed = {}
for tower, target in [("vision_model", "visual.transformer"), ("text_model", "transformer")]:
    for layer in range(2):
        a, b = f"{tower}.encoder.layers.{layer}.", f"{target}.resblocks.{layer}."
        for kind in ["weight", "bias"]:
            renamed[b + "attn.in_proj_" + kind] = torch.cat([hf[f"{a}self_attn.{p}_proj.{kind}"] for p in "qkv"])
            renamed[b + "attn.out_proj." + kind] = hf[f"{a}self_attn.out_proj.{kind}"]
            for x, y in [("layer_norm1", "ln_1"), ("layer_norm2", "ln_2"), ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj")]:
                renamed[f"{b}{y}.{kind}"] = hf[f"{a}{x}.{kind}"]
for kind in ["weight", "bias"]:
    renamed["visual.ln_pre." + kind] = hf["vision_model.pre_layrnorm." + kind]
    renamed["visual.ln_post." + kind] = hf["vision_model.post_layernorm." + kind]
    renamed["ln_final." + kind] = hf["text_model.final_layer_norm." + kind]
renamed["visual.class_embedding"] = hf["vision_model.embeddings.class_embedding"]
renamed["visual.conv1.weight"] = hf["vision_model.embeddings.patch_embedding.weight"]
renamed["visual.positional_embedding"] = hf["vision_model.embeddings.position_embedding.weight"]
renamed["positional_embedding"] = hf["text_model.embeddings.position_embedding.weight"]
renamed["token_embedding.weight"] = hf["text_model.embeddings.token_embedding.weight"]
renamed["visual.proj"] = hf["visual_projection.weight"].t()
renamed["text_projection"] = hf["text_projection.weight"].t()
renamed["logit_scale"] = hf["logit_scale"]
expected["hf_clip"] = {name: {"shape": list(t.shape), "crc32": crc(t)} for name, t in renamed.items()}
json.dump(expected, open("expected.json", "w"), indent=1)

# Positional embeddings resized as open_clip does.
grid = torch.randn(1 + 49, 6)
text = torch.randn(10, 4)
resized = {"image": grid, "text": text}
for size in [4, 5, 10]:
    image = grid[1:].reshape(1, 7, 7, 6).permute(0, 3, 1, 2)
    image = F.interpolate(image, size=(size, size), mode="bicubic", antialias=True, align_corners=False)
    resized[f"image.{size}"] = torch.cat([grid[:1], image.permute(0, 2, 3, 1).reshape(-1, 6)])
for size in [7, 16]:
    line = F.interpolate(text.reshape(1, 10, 4).permute(0, 2, 1), size=size, mode="linear", align_corners=False)
    resized[f"text.{size}"] = line.permute(0, 2, 1)[0]
save_file({k: v.contiguous() for k, v in resized.items()}, "resized.safetensors")

# 16-bit formats beside what PyTorch makes of them.
values = torch.cat([torch.randn(500) * torch.logspace(-9, 4, 500), torch.tensor([0.0, -0.0, 65504.0, 65519.0, 2.0**-24, 2.0**-25, 1e-8])])
save_file({"values": values, "half": values.half(), "bfloat16": values.bfloat16(), "half.float": values.half().float(),
           "bfloat16.float": values.bfloat16().float()}, "sixteen_bits.safetensors")

# Arrays as numpy.save writes them, in an archive of Python's zipfile with the time 0 and no attributes.
arrays = {"image_features": numpy.array([[1, -2.5, 0.25], [3, 4, 1e-3]], numpy.float32),
          "owner": numpy.array([0, -1, 2**40], numpy.int64), "keys": numpy.array(["a", "\u00e9t\u00e9", "\U0001f6b2 x"])}
with zipfile.ZipFile("arrays.npz", "w") as archive:
    for name, array in arrays.items():
        file, entry = io.BytesIO(), zipfile.ZipInfo(name + ".npy", (1980, 1, 1, 0, 0, 0))
        numpy.save(file, array)
        entry.create_system = 0
        archive.writestr(entry, file.getvalue())
    for entry in archive.infolist():
        entry.external_attr = 0
