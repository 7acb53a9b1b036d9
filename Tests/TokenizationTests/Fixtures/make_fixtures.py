"""Makes the fixtures beside it with open_clip's and Hugging Face's own tokenizers.

    python make_fixtures.py          (needs open_clip_torch, ftfy, regex and transformers; nothing is downloaded)

random_texts.jsonl   made-up strings of many scripts, entities and odd blanks, and what `SimpleTokenizer` makes of them
                     in its three cleaning modes. Strings that ftfy takes for wrongly decoded text are left out, and so
                     are characters that Python's Unicode tables do not know yet.
hf_614/              the first 100 merges of bpe_4096.txt.gz in Hugging Face's formats, and the ids for some captions
"""
import gzip
import html.entities
import json
import os
import random
import shutil
import tempfile
import unicodedata

import ftfy
import open_clip.tokenizer
import transformers

here = os.path.dirname(os.path.abspath(__file__))
rng = random.Random(20240711)
ENTITIES = list(html.entities.html5)
BLOCKS = [(0x20, 0x7E)] * 12 + [
    (0xA0, 0xFF), (0x100, 0x24F), (0x250, 0x2AF), (0x2B0, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x530, 0x5FF),
    (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F), (0x1100, 0x11FF), (0x1E00, 0x1FFF), (0x2000, 0x206F),
    (0x2070, 0x218F), (0x2190, 0x23FF), (0x2460, 0x27BF), (0x3000, 0x30FF), (0x4E00, 0x4FFF), (0xAC00, 0xAD00),
    (0xD7A3, 0xD7C8), (0xF900, 0xFAFF), (0xFB00, 0xFB4F), (0xFE00, 0xFE0F), (0xFF00, 0xFFEF), (0x10400, 0x1044F),
    (0x1D100, 0x1D7FF), (0x1F300, 0x1F6FF), (0x1F900, 0x1F9FF), (0x20000, 0x20100), (0x00, 0x1F)]
WORDS = """a photo of the quick brown fox it's they're I'VE we'll don't HE'D 'tis o'clock 'S 'T 'M 3rd 2nd 1,000 $5 x-ray
<start_of_text> <end_of_text> <START_OF_TEXT> __init__ C++ #tag @you http://a.b/c?d=e&f=g 1/2 ΣΊΣΥΦΟΣ ΑΣ Σ ΣΑΣ. İstanbul
DİYARBAKIR ıI ǅ ß ẞ ﬁ naïve café Straße 日本語 한국어 русский العربية हिन्दी ไทย 👩‍👩‍👧 🇩🇪 ½ ² Ⅷ ⓐ ٣ 'ſ
<ſtart_of_text> Å K …""".split() + ["\u0345", "α\u0345"]
BLANKS = [" "] * 4 + ["  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2003", "\u200b", "\x0b", "\x1c", "\x85"]


def reference():
    kind = rng.randrange(8)
    name = rng.choice(ENTITIES)
    return ["&#%d;" % rng.randrange(0x3000), "&#x%x;" % rng.randrange(0x120000), "&#%d" % rng.randrange(300),
            "&" + name, "&" + name[:-1] + "xyz", "&" + name.upper(), "&amp;amp;lt;",
            rng.choice(["&#", "&#x", "&;", "&#99999999999999;", "&#x26;amp;", "&amp;amp;"])][kind]


def text():
    parts = []
    for _ in range(rng.randint(0, 10)):
        kind = rng.random()
        if kind < 0.5:
            parts.append(rng.choice(WORDS))
        elif kind < 0.8:
            low, high = rng.choice(BLOCKS)
            parts.append("".join(chr(rng.randint(low, high)) for _ in range(rng.randint(1, 6))))
        elif kind < 0.9:
            parts.append(reference())
        else:
            parts.append("".join(chr(rng.randint(0x21, 0x7E)) for _ in range(rng.randint(1, 8))))
        if rng.random() < 0.7:
            parts.append(rng.choice(BLANKS))
    return "".join(parts)


def random_texts(count):
    tokenizers = {mode: open_clip.tokenizer.SimpleTokenizer(clean=mode)
                  for mode in ("lower", "whitespace", "canonicalize")}
    with open(os.path.join(here, "random_texts.jsonl"), "w") as file:
        while count:
            string = text()
            repaired = ftfy.fix_text(string)
            if repaired != ftfy.fix_text(string, fix_encoding=False):
                continue
            cleaned = open_clip.tokenizer.basic_clean(string)
            if any(unicodedata.category(c) == "Cn" for c in string + repaired + cleaned):
                continue
            row = {"text": string}
            for mode, tokenizer in tokenizers.items():
                row[mode] = tokenizer.encode(string)
            row["cleaned"] = tokenizers["lower"].clean_fn(string)
            row["decoded"] = tokenizers["lower"].decode(row["lower"])
            file.write(json.dumps(row) + "\n")
            count -= 1


def hugging_face():
    folder = os.path.join(here, "hf_614")
    os.makedirs(folder, exist_ok=True)
    lines = gzip.open(os.path.join(here, "bpe_4096.txt.gz")).read().decode().split("\n")[:101]
    alphabet = list(open_clip.tokenizer.bytes_to_unicode().values())
    merges = [tuple(line.split()) for line in lines[1:]]
    names = alphabet + [c + "</w>" for c in alphabet] + ["".join(m) for m in merges]
    names += ["<|startoftext|>", "<|endoftext|>"]
    vocab = {name: index for index, name in enumerate(names)}
    with open(os.path.join(folder, "vocab.json"), "w") as file:
        json.dump(vocab, file)
    with open(os.path.join(folder, "merges.txt"), "w") as file:
        file.write("\n".join(["#version: 0.2"] + lines[1:]) + "\n")
    with tempfile.TemporaryDirectory() as saved:
        tokenizer = transformers.CLIPTokenizer(vocab=vocab, merges=merges)
        tokenizer.save_pretrained(saved)
        shutil.copy(os.path.join(saved, "tokenizer.json"), folder)
    captions = ["a photo of a cat", "Two people riding bicycles, at night!", "the thing's inside the other thing", "3 cats; 12 dogs"]
    rows = [{"text": caption, "ids": tokenizer(caption, add_special_tokens=False)["input_ids"]} for caption in captions]
    with open(os.path.join(folder, "ids.json"), "w") as file:
        json.dump(rows, file, indent=1)


random_texts(500)
hugging_face()
