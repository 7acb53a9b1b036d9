#!/usr/bin/env python3
"""Makes the shards that recipes/photographs.yaml learns from and is validated on, out of four data sets.

    scripts/photographs.py DATASETS [OUTPUT]

DATASETS holds the sets as they are published: grocery/wds_grocery and clothing/wds_clothing in CLIP_benchmark's layout (samples
with .cls), icons/train and emoji/train as WebDataset shards (samples with .txt; the emojis' .json names the drawing's style).
OUTPUT (photographs) gets

    train/grocery.tar, clothing.tar, icons.tar, drawings.tar      pictures with captions, one a line
    wds_grocery/val, wds_clothing/val                             validation, with class names and templates

Pictures are copied as they are. Test parts are not read. Clothing has no validation part: the keys that
data/photographs/clothing-validation.txt lists become one. Needs Python 3.8 or newer and nothing else; the same input gives the
same bytes.
"""

import argparse
import io
import json
import os
import re
import sys
import tarfile

PICTURES = (".jpg", ".jpeg", ".png", ".webp")
STYLES = ("twemoji", "emojitwo")
VALIDATION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "photographs", "clothing-validation.txt")
# Beside the templates that classes are asked by, for captions of training only.
AT_HOME = ("a {c}.", "a {c} at home.", "a photo of my {c}.")


def fail(message):
    sys.exit(f"photographs: {message}")


def lines(path):
    try:
        with open(path, encoding="utf-8") as file:
            return [line.strip() for line in file if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{path}: {error}")


def samples(folder):
    """Of all shards of a folder, in order: (key, {".jpg": bytes, ".txt": bytes ...})."""
    try:
        shards = sorted(name for name in os.listdir(folder) if name.endswith(".tar"))
    except OSError as error:
        fail(f"{folder}: {error.strerror}")
    if not shards:
        fail(f"{folder}: no *.tar here")
    for shard in shards:
        key, members = None, {}
        with tarfile.open(os.path.join(folder, shard)) as archive:
            for member in archive:
                stem, ending = os.path.splitext(member.name)
                if stem != key and members:
                    yield key, members
                    members = {}
                key = stem
                members[ending] = archive.extractfile(member).read()
        if members:
            yield key, members


class Shard:
    """A tar file in the making: whole or not at all."""

    def __init__(self, path):
        self.path, self.count = path, 0
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.archive = tarfile.open(path + ".part", "w", format=tarfile.USTAR_FORMAT)

    def add(self, key, members):
        for ending, content in members:
            entry = tarfile.TarInfo(key + ending)
            entry.size = len(content)
            entry.mode = 0o644
            self.archive.addfile(entry, io.BytesIO(content))
        self.count += 1

    def close(self):
        self.archive.close()
        os.replace(self.path + ".part", self.path)
        print(f"{self.path}: {self.count} pictures")


def picture(key, members):
    for ending in PICTURES:
        if ending in members:
            return ending, members[ending]
    fail(f"{key}: no picture")


def captioned(shard, key, members, captions):
    ending, content = picture(key, members)
    unique = list(dict.fromkeys(caption for caption in captions if caption))
    shard.add(key, [(ending, content), (".txt", "\n".join(unique).encode())])


def label(key, members, names):
    try:
        number = int(members[".cls"])
        return names[number]
    except (KeyError, ValueError, IndexError):
        fail(f"{key}: no class between 0 and {len(names) - 1}")


def classes(folder):
    return lines(f"{folder}/classnames.txt"), lines(f"{folder}/zeroshot_classification_templates.txt")


def validation(source, output, keep, folder):
    """A validation part in CLIP_benchmark's layout: class names and templates as they are."""
    os.makedirs(output, exist_ok=True)
    for name in ("classnames.txt", "zeroshot_classification_templates.txt"):
        with open(f"{source}/{name}", "rb") as file, open(f"{output}/{name}", "wb") as copy:
            copy.write(file.read())
    shard = Shard(f"{output}/val/0.tar")
    for key, members in samples(folder):
        if keep(key):
            shard.add(key, [picture(key, members), (".cls", members[".cls"])])
    shard.close()
    return shard.count


def grocery(source, output):
    names, templates = classes(source)
    shard = Shard(f"{output}/train/grocery.tar")
    for key, members in samples(f"{source}/train"):
        name = label(key, members, names)
        # The second line is the shop's description of the product.
        described = members.get(".txt", b"").decode().splitlines()[1:]
        captioned(shard, key, members, [template.replace("{c}", name) for template in templates] + described)
    shard.close()
    validation(source, f"{output}/wds_grocery", lambda key: True, f"{source}/val")


def clothing(source, output):
    names, templates = classes(source)
    held = set(lines(VALIDATION))
    shard = Shard(f"{output}/train/clothing.tar")
    for key, members in samples(f"{source}/train"):
        if key in held:
            continue
        name = label(key, members, names)
        captioned(shard, key, members, [form.replace("{c}", name) for form in list(templates) + list(AT_HOME)])
    shard.close()
    count = validation(source, f"{output}/wds_clothing", held.__contains__, f"{source}/train")
    if count != len(held):
        fail(f"{source}: {count} of the {len(held)} keys of {os.path.basename(VALIDATION)} are there: another edition of the set?")


def icons(source, output):
    shard = Shard(f"{output}/train/icons.tar")
    for key, members in samples(source):
        captioned(shard, f"icon-{key}", members, members[".txt"].decode().splitlines())
    shard.close()


def drawings(source, output):
    """Drawings whose licence lets a model that learned from them be given on under any licence, with a notice."""
    shard = Shard(f"{output}/train/drawings.tar")
    for key, members in samples(source):
        facts = json.loads(members[".json"])
        if facts.get("style") in STYLES:
            name = re.sub(r"[^0-9a-z]+", "-", facts["id"])
            captioned(shard, f"{name}", members, facts["captions"])
    shard.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", metavar="DATASETS")
    parser.add_argument("output", metavar="OUTPUT", nargs="?", default="photographs")
    arguments = parser.parse_args()
    datasets, output = arguments.datasets, arguments.output
    grocery(f"{datasets}/grocery/wds_grocery", output)
    clothing(f"{datasets}/clothing/wds_clothing", output)
    icons(f"{datasets}/icons/train", output)
    drawings(f"{datasets}/emoji/train", output)


if __name__ == "__main__":
    main()
