"""Does open_clip or transformers load a checkpoint folder, and compute the recorded features with it?

    python3 check_features.py FOLDER --input INPUT.safetensors --features FEATURES.safetensors

INPUT holds `image` [images, 3, size, size] and `text` [texts, context]; FEATURES holds `image_features` and
`text_features` of unit length, as `carbonclip embed` and make_checkpoints.py write them. Prints the largest deviation
of each, relative to the largest entry; exit code 1 above 1e-5.
"""

import argparse
import os
import sys

TOLERANCE = 1e-5


def features(folder, image, text):
    """The folder's library, and the features of unit length that it computes."""
    import torch

    torch.backends.mha.set_fastpath_enabled(False)  # the plain formula, whose rounding is the usual one
    with torch.inference_mode():
        if os.path.exists(os.path.join(folder, "open_clip_config.json")):
            import open_clip

            model = open_clip.create_model(f"local-dir:{folder}", precision="fp32").eval()
            return f"open_clip {open_clip.__version__}", {
                "image_features": model.encode_image(image, normalize=True),
                "text_features": model.encode_text(text, normalize=True),
            }
        import transformers

        model, loading = transformers.CLIPModel.from_pretrained(
            folder, dtype=torch.float32, output_loading_info=True, local_files_only=True)
        # What is missing would be drawn at random, with a warning only.
        wrong = {kind: sorted(names) for kind, names in loading.items() if names}
        if wrong:
            sys.exit(f"{folder}: transformers reports {wrong}")
        return f"transformers {transformers.__version__}", huggingface_features(model.eval(), image, text)


def huggingface_features(model, image, text):
    """Features of transformers' CLIPModel: written out, since what `get_image_features` returns differs by version."""
    import torch

    pooled = {
        "image_features": model.visual_projection(model.vision_model(pixel_values=image).pooler_output),
        "text_features": model.text_projection(model.text_model(input_ids=text).pooler_output),
    }
    return {name: torch.nn.functional.normalize(value, dim=-1) for name, value in pooled.items()}


def deviation(ours, theirs):
    """max |ours - theirs| / max |theirs|; infinite for other shapes and for what is not a number."""
    if ours.shape != theirs.shape or not (ours.isfinite().all() and theirs.isfinite().all()):
        return float("inf")
    return ((ours.double() - theirs.double()).abs().max() / theirs.double().abs().max().clamp_min(1e-7)).item()


def compare(ours, theirs, label):
    """Prints the deviation of image and text features; whether both are within tolerance."""
    passed = True
    for name in ("image_features", "text_features"):
        figure = deviation(ours[name], theirs[name])
        passed &= figure <= TOLERANCE
        print(f"{label}  {name:14}  {figure:.2e}{'' if figure <= TOLERANCE else '  OUT OF TOLERANCE'}")
    return passed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="open_clip_config.json or config.json with its weights")
    parser.add_argument("--input", required=True)
    parser.add_argument("--features", required=True)
    options = parser.parse_args()
    from safetensors.torch import load_file

    given, recorded = load_file(options.input), load_file(options.features)
    library, computed = features(options.folder, given["image"], given["text"])
    return 0 if compare(computed, recorded, f"{options.folder}  {library}") else 1


if __name__ == "__main__":
    sys.exit(main())
