"""Training steps of a randomly initialized open_clip model under PyTorch on the CPU.

    python3 training_peer.py --config configs/micro.json --batch 128 --threads 2 --precision float32

A step is forward, ClipLoss (with --distill: DistillClipLoss against a frozen teacher of the same shape), backward, AdamW
with open_clip's parameter groups and the clamp of the logit scale, on one fixed random batch: no data is loaded. Speaks
the protocol of protocol.py.
"""

import argparse
import contextlib
import json
import math
import os

import protocol


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", required=True, help="open_clip's JSON")
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--caption-length", type=int, help="where the end token stands; default: last")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--passive", action="store_true", help="threads sleep rather than spin")
    parser.add_argument("--compile", action="store_true", help="torch.compile; needs a C++ compiler")
    parser.add_argument("--distill", action="store_true")
    return parser.parse_args()


def main():
    options = arguments()
    if options.passive:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # read when torch loads OpenMP

    def load():
        import open_clip
        import torch

        return torch, open_clip

    torch, open_clip = protocol.importing(load)
    from open_clip.loss import ClipLoss, DistillClipLoss
    from open_clip.model import CLIP

    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(1)
    with open(options.config) as file:
        config = json.load(file)
    model = CLIP(**config, output_dict=True).train()
    teacher = CLIP(**config, output_dict=True).eval() if options.distill else None

    def excluded(name, parameter):
        return parameter.ndim < 2 or any(part in name for part in ("bn", "ln", "bias", "logit_scale"))

    named = list(model.named_parameters())
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for n, p in named if excluded(n, p)], "weight_decay": 0.0},
            {"params": [p for n, p in named if not excluded(n, p)], "weight_decay": 0.2},
        ],
        lr=5e-4, betas=(0.9, 0.98), eps=1e-6)
    size, text = config["vision_cfg"]["image_size"], config["text_cfg"]
    context, vocabulary = text["context_length"], text["vocab_size"]
    images = torch.randn(options.batch, 3, size, size)
    ids = torch.randint(1, vocabulary - 2, (options.batch, context))
    end = (options.caption_length or context) - 1
    ids[:, 0] = vocabulary - 2
    ids[:, end] = vocabulary - 1
    ids[:, end + 1 :] = 0
    forward = torch.compile(model) if options.compile else model
    loss_function = DistillClipLoss() if options.distill else ClipLoss()

    def autocast():
        if options.precision == "bfloat16":
            return torch.autocast("cpu", torch.bfloat16)
        return contextlib.nullcontext()

    def step():
        optimizer.zero_grad()
        with autocast():
            out = forward(images, ids)
            if teacher is None:
                loss = loss_function(**out)
            else:
                with torch.no_grad():
                    seen = teacher(images, ids)
                loss = sum(loss_function(**out, **{f"dist_{key}": value for key, value in seen.items()}))
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, math.log(100))

    note = options.precision + (", torch.compile" if options.compile else "")
    protocol.serve(
        step, options.batch, version=f"PyTorch {torch.__version__}, open_clip {open_clip.__version__}", note=note)


main()
