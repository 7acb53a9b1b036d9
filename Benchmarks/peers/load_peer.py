"""Time and memory to open a checkpoint folder with open_clip, and to encode a first image.

    python3 load_peer.py --folder FOLDER --threads 2

Writes one line of JSON and ends: a second load would find everything warm.
"""

import argparse
import time

import protocol


def memory(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(field + ":"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", required=True)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    def load():
        import open_clip
        import torch

        return open_clip, torch

    open_clip, torch = protocol.importing(load)
    torch.set_num_threads(options.threads)
    before = memory("VmRSS")
    start = time.perf_counter()
    model = open_clip.create_model(f"local-dir:{options.folder}").eval()
    loaded = time.perf_counter()
    growth = memory("VmRSS") - before
    size = model.visual.image_size
    size = size if isinstance(size, int) else size[0]
    with torch.inference_mode():
        model.encode_image(torch.zeros(1, 3, size, size), normalize=True)
    protocol.tell(
        ready=True, version=f"open_clip {open_clip.__version__}, PyTorch {torch.__version__}", load_s=loaded - start,
        growth_mb=growth, first_image_s=time.perf_counter() - loaded, peak_rss_mb=memory("VmHWM"))


main()
