"""Every function, with the program itself."""

import json
import os
import pathlib

import numpy
import pytest

import carbonclip

FEW = "scenes:train?count=64"


def test_evaluate(base):
    lines = []
    result = carbonclip.evaluate(base, data="scenes:test?count=48", progress=lines.append)
    assert "scenes:test" in result["dataset"]
    assert 0 < result["metrics"]["image_retrieval_recall@5"] <= 1
    several = carbonclip.evaluate(base, data=["scenes:test?count=16", "scenes:validation?count=16"], progress=None)
    assert len(several) == 2


def test_embed_pictures_and_texts(base, pictures):
    names = [pictures / "a.png", str(pictures / "c.png"), pictures / "deep/e.png"]
    features = carbonclip.embed(base, images=names, texts=["a red circle", "a blue circle"], progress=None)
    assert features.image_features.shape == (3, 128) and features.image_features.dtype == numpy.float32
    assert features.text_features.shape == (2, 128)
    assert numpy.allclose(numpy.linalg.norm(features.image_features, axis=1), 1, atol=1e-5)
    assert features.keys == [str(name) for name in names]
    assert features.captions == ["a red circle", "a blue circle"] and features.owner.tolist() == [-1, -1]
    scores = features.scores()
    assert scores[0, 0] > scores[0, 1] and scores[1, 1] > scores[1, 0]


def test_pictures_in_memory_are_the_same_as_their_files(base, pictures):
    images = []
    rows, columns = numpy.mgrid[:64, :64]
    for color in [(220, 20, 20), (20, 20, 220)]:
        pixels = numpy.full((64, 64, 3), 240, numpy.uint8)
        pixels[(rows - 32) ** 2 + (columns - 32) ** 2 < 400] = color
        images.append(pixels)
    memory = carbonclip.embed(base, images=images, progress=None)
    files = carbonclip.embed(base, images=[pictures / "a.png", pictures / "c.png"], progress=None)
    assert numpy.array_equal(memory.image_features, files.image_features)
    assert memory.keys == ["0", "1"] and memory.text_features is None
    with pytest.raises(ValueError, match="picture 1: expected a path"):
        carbonclip.embed(base, images=[images[0], numpy.zeros((4, 4))], progress=None)


def test_pillow_pictures(base, pictures):
    image = pytest.importorskip("PIL.Image")
    opened = carbonclip.embed(base, images=[image.open(pictures / "d.png")], progress=None)
    file = carbonclip.embed(base, images=[pictures / "d.png"], progress=None)
    assert numpy.array_equal(opened.image_features, file.image_features)


def test_a_folder_leaves_out_what_is_no_picture_and_a_list_refuses_it(base, pictures, tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes((pictures / name).read_bytes())
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert len(carbonclip.embed(base, images=tmp_path, progress=None).keys) == 2
    with pytest.raises(carbonclip.CarbonCLIPError, match="broken.png"):
        carbonclip.embed(base, images=[tmp_path / "a.png", tmp_path / "broken.png"], progress=None)


def test_texts_of_any_kind(base):
    texts = ["a red circle", "zwei\nZeilen \u2028 und \U0001f6b2", "-5 degrees", ""]
    features = carbonclip.embed(base, texts=texts, progress=None)
    assert features.captions == texts and features.text_features.shape == (4, 128)
    one = carbonclip.embed(base, texts="a red circle", progress=None)
    assert numpy.allclose(one.text_features[0], features.text_features[0], atol=1e-6)
    assert one.image_features is None


def test_a_data_set_has_captions_with_owners(base):
    features = carbonclip.embed(base, data="scenes:test?count=8", progress=None)
    assert features.image_features.shape == (8, 128)
    assert len(features.captions) == len(features.owner) == features.text_features.shape[0] == 40
    assert features.owner.tolist() == [row // 5 for row in range(40)]
    assert features.notes["precision"] == "fp32" and len(features.notes["model_digest"]) > 8


@pytest.mark.parametrize("ending", ["npz", "npy"])
def test_numpy_reads_what_the_program_writes(base, pictures, tmp_path, ending):
    (tmp_path / "texts.json").write_text(json.dumps(["a red circle", "\u00e9t\u00e9 \U0001f6b2"]))
    expected = carbonclip.embed(base, images=pictures, texts=["a red circle", "\u00e9t\u00e9 \U0001f6b2"], progress=None)
    path = str(tmp_path / f"features.{ending}")
    options = dict(pretrained=base, images=pictures, output=path, progress=None)
    if ending == "npz":
        carbonclip.run("embed", texts=tmp_path / "texts.json", **options)
        with numpy.load(path) as arrays:  # without pickle
            assert numpy.array_equal(arrays["image_features"], expected.image_features)
            assert numpy.array_equal(arrays["text_features"], expected.text_features)
            assert arrays["keys"].tolist() == expected.keys and arrays["captions"].tolist() == expected.captions
            assert arrays["owner"].tolist() == [-1, -1]
    else:
        carbonclip.run("embed", **options)
        assert numpy.array_equal(numpy.load(path), expected.image_features)
        assert json.loads(pathlib.Path(path + ".json").read_text())["keys"] == expected.keys


def test_find(base, pictures, tmp_path):
    path = tmp_path / "photos.safetensors"
    features = carbonclip.embed(base, images=pictures, output=path, progress=None)
    assert len(features.keys) == 6
    found = carbonclip.find("a red circle", path, top=2)
    assert [match["rank"] for match in found] == [1, 2] and found[0]["key"].endswith("a.png")
    text = carbonclip.embed(base, texts="a red circle", progress=None).text_features[0]
    scores = features.image_features @ text
    assert found[0]["score"] == pytest.approx(scores.max(), abs=1e-6)
    own = carbonclip.find(None, path, image=pictures / "deep/e.png", top=1)
    assert own[0]["key"].endswith("e.png") and own[0]["score"] == pytest.approx(1, abs=1e-5)
    both = carbonclip.find(["a red circle", "-a blue one"], path, top=6)
    assert len(both) == 2 and {match["key"] for match in both[1]} == set(features.keys)
    with pytest.raises(carbonclip.CarbonCLIPError, match="another model"):
        carbonclip.find("a", path, pretrained=str(pathlib.Path(base).parent / "carbonclip-s"))
    with pytest.raises(ValueError, match="must end in .safetensors"):
        carbonclip.embed(base, images=pictures, output="features.parquet")


def test_estimate(base):
    result = carbonclip.estimate("ViT-B-16", design="edge-dual", scenario="edge", progress=None)
    assert result["estimate"]["latency_s"] > 0 and result["carbon"]
    sweep = carbonclip.estimate(["ViT-B-16", "ViT-B-32"], progress=None)
    assert len(sweep) == 2


def test_prune_finetune_and_load(base, pictures, tmp_path):
    small = tmp_path / "small"
    report = carbonclip.prune(
        base, vision_heads=3, vision_mlp=192, calibration_data=FEW, calibration_samples=32,
        rankings=tmp_path / "rankings", output=small, progress=None)
    assert report["after"]["parameters"] < report["before"]["parameters"]
    assert (small / "open_clip_model.safetensors").exists()
    tuned = carbonclip.finetune(
        small, FEW, distill_pretrained=base, train_num_samples=16, batch_size=8, epochs=1, logs=tmp_path / "logs",
        name="tuned", progress=None)
    assert tuned["outcome"] == "finished" and tuned["steps"] == 2 and os.path.isdir(tuned["folder"])

    torch = pytest.importorskip("torch")
    image = pytest.importorskip("PIL.Image")
    pytest.importorskip("tokenizers")
    for folder in (small, base):
        model = carbonclip.load(folder)
        assert isinstance(model, torch.nn.Module)
        theirs = carbonclip.embed(folder, images=[pictures / "a.png"], texts=["a red circle"], progress=None)
        with torch.no_grad():
            pixels = model.preprocess(image.open(pictures / "a.png"))[None]
            ours = model.encode_image(pixels, normalize=True).numpy()
            words = model.encode_text(model.tokenize(["a red circle"]), normalize=True).numpy()
        assert numpy.abs(ours - theirs.image_features).max() < 1e-5
        assert numpy.abs(words - theirs.text_features).max() < 1e-5


def test_load_converts_what_is_no_open_clip_folder(base, tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("tokenizers")
    carbonclip.run("convert", pretrained=base, output=tmp_path / "hf", format="hf", progress=None)
    converted, own = carbonclip.load(tmp_path / "hf"), carbonclip.load(base)
    ids = own.tokenize(["a red circle"])
    assert torch.equal(converted.tokenize(["a red circle"]), ids)
    with torch.no_grad():
        assert (converted.encode_text(ids) - own.encode_text(ids)).abs().max() < 1e-5


def test_search_with_a_recipe_in_a_dictionary(tmp_path, base):
    shape = tmp_path / "model.json"
    shape.write_text(json.dumps({
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "patch_size": 16, "width": 16, "layers": 2, "head_width": 8},
        "text_cfg": {"context_length": 20, "vocab_size": 866, "width": 16, "heads": 2, "layers": 2}}))
    vocabulary = pathlib.Path(base).parents[1] / "data/vocabularies/scenes"
    made = carbonclip.train(
        shape, "scenes:train?count=64&size=32", tokenizer=vocabulary, batch_size=16, epochs=1, train_num_samples=32,
        logs=tmp_path, name="base", progress=None)
    recipe = {
        "mode": "carbon", "pretrained": f"{made['folder']}/checkpoints/epoch_1",
        "train-data": "scenes:train?count=64&size=32", "val-data": "scenes:validation?count=24&size=32",
        "model-space": {"vision-layers": [1, 2], "vision-mlp": [16, 32, 64], "text-mlp": [16, 32, 64]},
        "hardware": "camera", "scenario": "camera", "strategy": "magnitude", "calibration-samples": 16,
        "finetune": {"train-num-samples": 32, "batch-size": 16, "lr": 1e-3}, "trials": 2, "initial-trials": 2,
    }
    options = dict(name="study", logs=tmp_path, candidates=tmp_path / "candidates")
    plan = carbonclip.search(recipe, dry_run=True, progress=None, **options)
    assert plan["accelerators"] > 0
    lines = []
    found = carbonclip.search(recipe, progress=lines.append, **options)
    assert found["outcome"] == "finished" and found["front"] and os.path.isdir(found["folder"]) and lines
    with pytest.raises(TypeError, match="needs a name"):
        carbonclip.search(recipe)
