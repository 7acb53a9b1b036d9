"""Small tokenizers of SigLIP's kind and of SigLIP 2's, trained here, and the ids that their libraries give hostile texts.

python make_pieces.py     (tokenizers, sentencepiece, transformers; versions in README.md)

spiece.model           SentencePiece, unigrams, nmt_nfkc: SigLIP's
bytes.model            bytes to fall back on, pieces that a user has defined, blanks kept and characters unchanged
unigram/               transformers' tokenizer.json of spiece.model, with T5's steps
gemma/                 tokenizer.json of pairs with bytes to fall back on, trained by tokenizers: SigLIP 2's
pieces.json            texts and ids
"""

import io
import json
import os
import random

import sentencepiece as spm
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

here = os.path.dirname(os.path.abspath(__file__))
random.seed(5)

WORDS = """a the of and in on with photo picture red blue green yellow small large circle square triangle cat dog bird
horse running sitting behind above below left right beside two three four many street house river mountain snow child
woman man people table chair glass water light dark old new bright gray tree leaf flower car train boat plane sky
cloud sun moon star night morning evening summer winter city field stone bridge door window wall floor roof hand face
eye walking standing looking holding playing eating drinking reading flying swimming jumping""".split()
FOREIGN = ["größe", "straße", "été", "niño", "año", "привет", "мир", "日本", "東京", "写真", "नमस्ते", "שלום", "مرحبا", "안녕하세요", "ελλάδα"]
lines = []
for _ in range(3000):
  words = random.choices(WORDS, k=random.randint(3, 12))
  if random.random() < 0.2:
    words.insert(random.randrange(len(words)), random.choice(FOREIGN))
  line = " ".join(words)
  lines.append(line.capitalize() + random.choice(["", ".", "!", "?", ", 12"]) if random.random() < 0.4 else line)


def train(name, **options):
  model = io.BytesIO()
  spm.SentencePieceTrainer.train(
    sentence_iterator=iter(lines), model_writer=model, model_type="unigram", vocab_size=280, hard_vocab_limit=False, pad_id=0, eos_id=1,
    unk_id=2, bos_id=-1, normalization_rule_name="nmt_nfkc", num_threads=1, minloglevel=2, **options)
  with open(os.path.join(here, "pieces", name), "wb") as file:
    file.write(model.getvalue())
  return model.getvalue()


os.makedirs(os.path.join(here, "pieces", "unigram"), exist_ok=True)
os.makedirs(os.path.join(here, "pieces", "gemma"), exist_ok=True)
plain = train("spiece.model")
def train_bytes():
  model = io.BytesIO()
  spm.SentencePieceTrainer.train(
    sentence_iterator=iter(lines), model_writer=model, model_type="unigram", vocab_size=540, hard_vocab_limit=False, pad_id=0, eos_id=1,
    unk_id=2, bos_id=-1, normalization_rule_name="identity", num_threads=1, minloglevel=2, byte_fallback=True,
    user_defined_symbols=["<mark>", "::"], character_coverage=0.98, remove_extra_whitespaces=False)
  with open(os.path.join(here, "pieces", "bytes.model"), "wb") as file:
    file.write(model.getvalue())


train_bytes()

TEXTS = [
  "", " ", "   ", "\t", "\n\n", "a photo of a cat", "A Photo Of A Cat", "two  dogs   running", "  leading and trailing  ",
  "tabs\tand\nlines\r\nand\u00a0others\u3000wide", "it's a dog's life; isn't it?", "e-mail@example.com, 3.14 + 2 = 5.14",
  "größe straße", "GRÖSSE", "caf\u00e9 cafe\u0301", "\u212b \u00c5 A\u030a", "ﬁne ﬂow oﬃce", "ＦＵＬＬ　ｗｉｄｔｈ １２３", "½ ¼ ² ³ ™ ℃ Ⅷ",
  "привет мир", "日本の写真", "東京タワー", "안녕하세요 세계", "\u1112\u1161\u11ab\u1100\u1173\u11af", "नमस्ते दुनिया", "שלום עולם", "مرحبا بالعالم",
  "ελλάδα ΣΊΣΥΦΟΣ", "İstanbul ı I i", "emoji 😀 👍🏽 👩‍👩‍👧‍👦 🇩🇪 ❤️", "\U0001F1E9\U0001F1EA\U0001F1EB", "a\u200bb\u200cc\u200dd\ufeffe", "\u202eright to left\u202c",
  "zero\u0000byte", "\u0001\u0002\u001f\u007f\u0080\u0085", "▁marks▁in▁text", "▁", "▁▁▁", " ▁ a", "a▁", "</s>", "<s> <pad> <unk> </s>", "text</s>more",
  "<eos><bos>", "<unk>", "<0x41>", "<0x0A>", "<mark> and ::mark::", "::::", "x" * 200, "antidisestablishmentarianism" * 4, "aaaaaaaaaaaaaaaaaaaaaaaa",
  "!!!???...", "_under_score_", "(brackets) [and] {braces}", "\"quotes\" 'and' `ticks`", "`~!@#$%^&*()_+-=[]{}|;:,.<>/?", "…—–“”‘’«»",
  "1234567890", "12,345.67", "a1b2c3", "CamelCaseWords", "https://example.com/a?b=c&d=e", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u0f40\u0f72\u0f0b",
  "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e\u0349\u035a\u032f\u031e\u0320\u034dA\u036b\u0357\u0334\u0362\u0335\u031c\u0330\u0354L\u0368\u0367\u0369\u0358\u0320G\u0311\u0357\u030e\u0305\u035b\u0341\u0334\u033b\u0348\u034d\u0354\u0339O\u0342\u030c\u030c\u0358\u0328\u0335\u0339\u033b\u031d\u0333",
  "\ud7a3\uac00", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟙𝟚𝟛", "①②③ ㈱ ㍿", "ŁódŹ", "ǅ ǆ Ǆ", "\u00adsoft\u00adhyphen", "ﷺ", "ſ long s", "\ufffd", "\ue000private", "\U0010ffff",
]
ALPHABET = [chr(c) for c in list(range(32, 127)) + [0x9, 0xA, 0xA0, 0x2581, 0xDF, 0xE9, 0x301, 0x3A3, 0x130, 0x416, 0x5D0, 0x644, 0x905, 0x94D, 0xAC00, 0x1112, 0x1161, 0x3042, 0x4E2D, 0xFF21, 0xFB01, 0x1F600, 0x1F3FD, 0x200D, 0xFE0F]]
for _ in range(160):
  length = random.randint(1, 24)
  TEXTS.append("".join(random.choices(ALPHABET, k=length)))
for _ in range(80):
  TEXTS.append(" ".join(random.choices(WORDS + FOREIGN + ["xyz", "QR", "&amp;", "7", "café"], k=random.randint(1, 20))))

# SigLIP's unigrams as transformers converts them for T5.
processor = spm.SentencePieceProcessor(model_proto=plain)
vocabulary = [(processor.id_to_piece(i), processor.get_score(i)) for i in range(processor.get_piece_size())]
from sentencepiece import sentencepiece_model_pb2 as proto

message = proto.ModelProto.FromString(plain)
unigram = Tokenizer(models.Unigram(vocabulary, unk_id=2, byte_fallback=False))
unigram.normalizer = normalizers.Sequence([
  normalizers.Precompiled(message.normalizer_spec.precompiled_charsmap), normalizers.Strip(left=False, right=True),
  normalizers.Replace(Regex(" {2,}"), "▁"),
])
unigram.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
unigram.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
unigram.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always", split=True)
unigram.add_special_tokens([AddedToken(t, normalized=False, special=True) for t in ["<pad>", "</s>", "<unk>"]])
unigram.save(os.path.join(here, "pieces", "unigram", "tokenizer.json"))
with open(os.path.join(here, "pieces", "unigram", "tokenizer_config.json"), "w") as file:
  json.dump({"tokenizer_class": "T5TokenizerFast", "pad_token": "</s>", "eos_token": "</s>", "unk_token": "<unk>", "model_max_length": 64}, file, indent=1)

# Gemma's pairs: every text is one word, blanks are marks, bytes catch what has no piece.
gemma = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
gemma.normalizer = normalizers.Replace(" ", "▁")
gemma.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
specials = ["<pad>", "<eos>", "<bos>", "<unk>"] + [f"<0x{b:02X}>" for b in range(256)]
gemma.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=900, special_tokens=specials, limit_alphabet=120, show_progress=False))
document = json.loads(gemma.to_str())
document["added_tokens"] = [t for t in document["added_tokens"] if t["id"] < 4]
for content in ["\n", "\n\n", "▁▁", "▁▁▁", "<h1>"]:
  identity = len(document["model"]["vocab"])
  document["model"]["vocab"][content] = identity
  document["added_tokens"].append(dict(id=identity, content=content, single_word=False, lstrip=False, rstrip=False, normalized=False, special=False))
document["pre_tokenizer"] = {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}
document["post_processor"] = {
  "type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<eos>", "type_id": 0}}],
  "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
  "special_tokens": {"<eos>": {"id": "<eos>", "ids": [1], "tokens": ["<eos>"]}},
}
with open(os.path.join(here, "pieces", "gemma", "tokenizer.json"), "w") as file:
  json.dump(document, file, ensure_ascii=False, separators=(",", ":"))
with open(os.path.join(here, "pieces", "gemma", "tokenizer_config.json"), "w") as file:
  json.dump({"tokenizer_class": "GemmaTokenizer", "pad_token": "<pad>", "eos_token": "<eos>", "padding_side": "right"}, file, indent=1)
gemma = Tokenizer.from_file(os.path.join(here, "pieces", "gemma", "tokenizer.json"))

with_bytes = spm.SentencePieceProcessor(model_file=os.path.join(here, "pieces", "bytes.model"))
rows = []
for text in TEXTS:
  rows.append({
    "text": text,
    "spiece": processor.encode(text), "bytes": with_bytes.encode(text),
    "unigram": unigram.encode(text, add_special_tokens=False).ids,
    "gemma": gemma.encode(text, add_special_tokens=False).ids,
  })

# open_clip's whole way: cleaning, cutting, filling.
import open_clip.tokenizer as oct

whole = []
for folder, name in [("unigram", "unigram"), ("gemma", "gemma")]:
  for clean in ["canonicalize", "whitespace"]:
    tokenizer = oct.HFTokenizer(os.path.join(here, "pieces", folder), context_length=16, clean=clean)
    for row in rows[:90]:
      whole.append({"name": name, "clean": clean, "text": row["text"], "ids": tokenizer([row["text"]])[0].tolist()})

# transformers' slow tokenizer of SigLIP's own folders.
from transformers import SiglipTokenizer

slow = SiglipTokenizer(os.path.join(here, "pieces", "spiece.model"))
siglip = [{"text": row["text"], "ids": slow(row["text"], padding="max_length", max_length=16, truncation=True).input_ids} for row in rows]
with open(os.path.join(here, "pieces", "pieces.json"), "w") as file:
  json.dump({"rows": rows, "open_clip": whole, "siglip": siglip}, file, separators=(",", ":"))
  file.write("\n")
print(len(rows), "texts", len(whole), "whole", len(siglip), "siglip")
