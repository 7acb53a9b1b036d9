"""Records open_clip 3.3's configurations in open_clip_models.json: those of its own two transformers, SigLIP's with the exact
GELU and EVA-02's, with the parameters that its model has, the others with what they are."""
import glob, json, os, re
import open_clip, torch
from open_clip.model import CLIP, CustomTextCLIP

# timm's towers of known blocks.
KNOWN = re.compile(r"vit_(base|large)_patch16_siglip|vit_so400m_patch14_siglip|eva02_(base|large)_patch1[46]_clip")

here = os.path.dirname(os.path.abspath(__file__))
runs, others = {}, {}
for path in sorted(glob.glob(os.path.join(os.path.dirname(open_clip.__file__), "model_configs", "*.json"))):
    with open(path) as file:
        name, config = os.path.basename(path)[:-5], json.load(file)
    vision, text = config["vision_cfg"], config.get("text_cfg", {})
    if "multimodal_cfg" in config:
        others[name] = "CoCa"
    elif KNOWN.match(vision.get("timm_model_name", "")) and not {"act_kwargs", "hf_model_name"} & set(text):
        # open_clip's functions take the keys as arguments, but for one that its factory takes out.
        arguments = {k: v for k, v in config.items() if k != "custom_text"}
        with torch.device("meta"):
            model = CustomTextCLIP(**arguments)
        runs[name] = {"parameters": sum(p.numel() for p in model.parameters()), "model_cfg": config}
    elif "timm_model_name" in vision:
        others[name] = "timm"
    elif isinstance(vision.get("layers"), list):
        others[name] = "ResNet"
    elif "hf_model_name" in text:
        others[name] = "Hugging Face"
    else:
        with torch.device("meta"):
            model = CLIP(**config)
        runs[name] = {"parameters": sum(p.numel() for p in model.parameters()), "model_cfg": config}
with open(os.path.join(here, "open_clip_models.json"), "w") as file:
    json.dump({"open_clip": open_clip.__version__, "runs": runs, "others": others}, file, separators=(",", ":"))
    file.write("\n")
print(len(runs), "run,", len(others), "do not")
