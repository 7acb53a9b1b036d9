"""Records open_clip 3.3's configurations in open_clip_models.json: those that run here, with the parameters that open_clip's
model has, the others with what they are."""
import glob, json, os, re
import open_clip, torch
from open_clip.model import CLIP, CustomTextCLIP

# timm's towers of known blocks.
KNOWN = re.compile(
    r"vit_\w+_siglip|eva_giant_patch14_224|eva02_(base|large)_patch1[46]_clip|vit_pe_core_|vit_large_patch14_clip|"
    r"vit_medium_patch16_gap")
# What timm's other towers are.
KINDS = [
    (r"convnext", "convolutions"), (r"fastvit|vit_base_mci|vitamin", "hybrid"), (r"swin", "windows"),
    (r"vit_relpos", "relative positions"), (r"eva02_enormous", "post-norm"),
]

here = os.path.dirname(os.path.abspath(__file__))
runs, others = {}, {}
for path in sorted(glob.glob(os.path.join(os.path.dirname(open_clip.__file__), "model_configs", "*.json"))):
    with open(path) as file:
        name, config = os.path.basename(path)[:-5], json.load(file)
    vision, text = config["vision_cfg"], config.get("text_cfg", {})
    timm = vision.get("timm_model_name", "")
    # open_clip's functions take the keys as arguments, but for one that its factory takes out.
    arguments = {k: v for k, v in config.items() if k != "custom_text"}
    if "multimodal_cfg" in config:
        others[name] = "CoCa"
    elif "hf_model_name" in text:
        others[name] = "Hugging Face"
    elif timm and not KNOWN.match(timm):
        others[name] = next(kind for pattern, kind in KINDS if re.match(pattern, timm))
    elif isinstance(vision.get("layers"), list):
        others[name] = "ResNet"
    else:
        with torch.device("meta"):
            model = (CustomTextCLIP if config.get("custom_text") else CLIP)(**arguments)
        runs[name] = {"parameters": sum(p.numel() for p in model.parameters()), "model_cfg": config}
with open(os.path.join(here, "open_clip_models.json"), "w") as file:
    json.dump({"open_clip": open_clip.__version__, "runs": runs, "others": others}, file, separators=(",", ":"))
    file.write("\n")
print(len(runs), "run,", len(others), "do not")
