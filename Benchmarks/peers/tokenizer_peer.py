"""Texts a second of open_clip's and Hugging Face's CLIP tokenizers, warm, on one thread.

    python tokenizer_peer.py CAPTIONS [PASSES]

CAPTIONS holds one caption a line. Prints one JSON object; each figure is the median over the passes (5).
`simple` is open_clip's SimpleTokenizer (Python) called with one text at a time, as its data loader does; `hf_fast` the
Rust tokenizer behind transformers' CLIPTokenizer, batches of 1024, padded and cut to 77; `hf_call` the same through
transformers' own call.
"""
import json
import os
import statistics
import sys
import time

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import open_clip  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from open_clip.tokenizer import SimpleTokenizer  # noqa: E402

torch.set_num_threads(1)
transformers.logging.set_verbosity_error()


def rate(texts, passes, run):
    run(texts)
    times = []
    for _ in range(passes):
        start = time.perf_counter()
        run(texts)
        times.append(time.perf_counter() - start)
    return round(len(texts) / statistics.median(times))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        texts = [line for line in file.read().split("\n") if line]
    passes = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    simple = SimpleTokenizer()

    # The same vocabulary under the names transformers expects, so that nothing is downloaded.
    names = {"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}
    vocabulary = {names.get(name, name): index for name, index in simple.encoder.items()}
    fast = transformers.CLIPTokenizer(vocab=vocabulary, merges=list(simple.bpe_ranks), model_max_length=77)
    backend = fast.backend_tokenizer

    def run_simple(texts):
        for text in texts:
            simple(text)

    def run_call(texts):
        for start in range(0, len(texts), 1024):
            fast(texts[start:start + 1024], padding="max_length", truncation=True)

    def run_backend(texts):
        for start in range(0, len(texts), 1024):
            backend.encode_batch(texts[start:start + 1024])

    result = {"texts": len(texts), "simple": rate(texts, passes, run_simple), "hf_call": rate(texts, passes, run_call)}
    backend.enable_padding(length=77, pad_id=simple.eot_token_id, pad_token="<|endoftext|>")
    backend.enable_truncation(77)
    result["hf_fast"] = rate(texts, passes, run_backend)
    same = sum(fast(text, add_special_tokens=False)["input_ids"] == simple.encode(text) for text in texts[:500])
    result["same_ids_in_first_500"] = same
    result["versions"] = {"open_clip": open_clip.__version__, "transformers": transformers.__version__}
    print(json.dumps(result))


main()
