"""Captions to token ids on one thread: open_clip's SimpleTokenizer, or Hugging Face's tokenizers.

    python3 tokenizer_peer.py --runtime open_clip|tokenizers --texts FILE --vocabulary FILE-OR-FOLDER

The vocabulary is a merge list for open_clip, a tokenizer.json for tokenizers. Speaks the protocol of protocol.py.
"""

import argparse
import os

import protocol

CONTEXT = 77


def open_clip_tokenizer(options):
    def load():
        import open_clip

        return open_clip

    open_clip = protocol.importing(load)
    tokenizer = open_clip.tokenizer.SimpleTokenizer(bpe_path=options.vocabulary, context_length=CONTEXT)
    return lambda texts: tokenizer(texts).numpy(), f"open_clip {open_clip.__version__}"


def hugging_face_tokenizer(options):
    os.environ["TOKENIZERS_PARALLELISM"] = "false"

    def load():
        import numpy
        import tokenizers

        return numpy, tokenizers

    numpy, tokenizers = protocol.importing(load)
    tokenizer = tokenizers.Tokenizer.from_file(options.vocabulary)
    tokenizer.enable_truncation(CONTEXT)
    tokenizer.enable_padding(pad_id=0, length=CONTEXT)

    def run(texts):
        return numpy.array([encoding.ids for encoding in tokenizer.encode_batch_fast(texts)], dtype=numpy.int64)

    return run, f"tokenizers {tokenizers.__version__}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runtime", choices=["open_clip", "tokenizers"], required=True)
    parser.add_argument("--texts", required=True, help="captions, one a line")
    parser.add_argument("--vocabulary", required=True)
    options = parser.parse_args()
    with open(options.texts, encoding="utf-8") as file:
        texts = file.read().split("\n")
    if texts[-1] == "":
        texts.pop()
    run, version = (open_clip_tokenizer if options.runtime == "open_clip" else hugging_face_tokenizer)(options)
    ids = run(texts).ravel()
    check = int((ids * (1 + (range_of(ids) % 65521))).sum())
    protocol.serve(lambda: run(texts), len(texts), version=version, check=check)


def range_of(array):
    import numpy

    return numpy.arange(len(array))


main()
