"""Ids that Hugging Face's tokenizers 0.23 gives texts with added tokens of every property; writes added_tokens.json.

Run in this folder: python make_added_tokens.py
"""

import json

from tokenizers import Tokenizer

document = json.load(open("hf_614/tokenizer.json"))


def token(content, **properties):
    base = dict(single_word=False, lstrip=False, rstrip=False, normalized=True, special=False)
    return dict(content=content, **{**base, **properties})


NEW = [
    token("<cat-toy>"), token("<cat>"), token("<cat-toys>"), token("<Big>", normalized=False), token("<Low>"),
    token("[L]", lstrip=True), token("[R]", rstrip=True), token("word", single_word=True),
    token("New York"), token("[S]", normalized=False, special=True, lstrip=True, rstrip=True), token("é!"),
]
first = len(document["model"]["vocab"])
added = document["added_tokens"] + [dict(id=first + i, **new) for i, new in enumerate(NEW)]
document["added_tokens"] = added
tokenizer = Tokenizer.from_str(json.dumps(document))
tokenizer.no_padding()
tokenizer.no_truncation()
TEXTS = [
    "a photo of a <cat-toy>", "<cat-toy><cat><cat-toys>", "my<cat>s and <CAT-TOY>", "<Big> <big> <Low> <low> <LOW>",
    "in   [L]   in", "in   [R]   in", "[l] [r]", "a word, words, sword word's word_ (word)", "new york New  York NEW YORK",
    "in  [S]  in [s]", "é! É! e\u0301!", "", "<cat", "<<cat>>", "   <cat>   ", "wordword word", "[L][L] [R] [R]",
    "word\u00e9 \u4e2dword word\u0301", "<cat-toy>s<cat-", "in\u00a0[L]\u3000in",
]
cases = [{"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids} for text in TEXTS]
json.dump({"added_tokens": added, "cases": cases}, open("added_tokens.json", "w"), indent=1)
