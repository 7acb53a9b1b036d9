"""One tower of a randomly initialized open_clip model under PyTorch, ONNX Runtime or OpenVINO, in float32 on the CPU.

    python3 inference_peer.py --runtime pytorch --config configs/micro.json --what image --batch 64 --threads 2

Speaks the protocol of protocol.py. The features are normalized, as the toolkit's are.
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile

import protocol


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runtime", choices=["pytorch", "onnxruntime", "openvino"], required=True)
    parser.add_argument("--config", required=True, help="open_clip's JSON")
    parser.add_argument("--what", choices=["image", "text"], required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--caption-length", type=int, help="where the end token stands; default: last")
    parser.add_argument("--passive", action="store_true", help="PyTorch's threads sleep rather than spin")
    parser.add_argument("--compile", action="store_true", help="PyTorch: torch.compile; needs a C++ compiler")
    parser.add_argument("--onnx", help="ONNX Runtime, OpenVINO: a tower's file, in place of open_clip's")
    parser.add_argument("--export-to", help=argparse.SUPPRESS)
    return parser.parse_args()


def make_input(options, config):
    """Pixels of a standard normal distribution, or random ids with the end token, the largest, where it is asked."""
    import numpy

    random = numpy.random.default_rng(2)
    if options.what == "image":
        size = config["vision_cfg"]["image_size"]
        return random.standard_normal((options.batch, 3, size, size), dtype=numpy.float32)
    text = config["text_cfg"]
    context, vocabulary = text["context_length"], text["vocab_size"]
    ids = random.integers(1, vocabulary - 2, (options.batch, context), dtype=numpy.int64)
    end = (options.caption_length or context) - 1
    ids[:, 0] = vocabulary - 2
    ids[:, end] = vocabulary - 1
    ids[:, end + 1 :] = 0
    return ids


def make_tower(options, config):
    import torch
    from open_clip.model import CLIP

    torch.manual_seed(1)
    model = CLIP(**config).eval()

    class Tower(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x):
            encode = self.model.encode_image if options.what == "image" else self.model.encode_text
            return encode(x, normalize=True)

    return Tower().eval()


def serve_pytorch(options, config):
    def load():
        import open_clip
        import torch

        return torch, open_clip

    if options.passive:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # read when torch loads OpenMP
    torch, open_clip = protocol.importing(load)
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    tower = make_tower(options, config)
    if options.compile:
        tower = torch.compile(tower, dynamic=False)
    x = torch.from_numpy(make_input(options, config))

    def run():
        with torch.inference_mode():
            tower(x)

    version = f"PyTorch {torch.__version__}, open_clip {open_clip.__version__}"
    if options.compile:  # which never takes the fast path
        torch.backends.mha.set_fastpath_enabled(False)
        run()  # compiles
        protocol.serve(run, options.batch, version=version, note="torch.compile")
        return
    medians = {}
    for enabled in (True, False):
        torch.backends.mha.set_fastpath_enabled(enabled)
        repeats = 1 if protocol.warm_up(run) > protocol.LONG else 5
        medians[enabled] = statistics.median(protocol.seconds_of(run) for _ in range(repeats))
    fastest = min(medians, key=medians.get)
    torch.backends.mha.set_fastpath_enabled(fastest)
    protocol.serve(run, options.batch, version=version, note=f"attention fast path {'on' if fastest else 'off'}")


def export(options, config):
    """Writes the tower as ONNX with a free batch size, whole or not at all."""
    import torch

    torch.backends.mha.set_fastpath_enabled(False)
    options.batch = 4
    x = torch.from_numpy(make_input(options, config))
    program = torch.onnx.export(
        make_tower(options, config), (x,), dynamo=True, external_data=False, input_names=["x"],
        output_names=["features"], dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=4096)},))
    partial = f"{options.export_to}.{os.getpid()}"
    program.save(partial, external_data=False)
    os.replace(partial, options.export_to)


def exported(options, config):
    """The tower's ONNX file. Another process makes it, so that this one's memory is the runtime's alone."""
    if options.onnx:
        return options.onnx
    from importlib.metadata import version

    key = json.dumps([config, options.what, version("torch"), version("open_clip_torch"), version("onnxscript")])
    folder = os.path.join(tempfile.gettempdir(), f"carbonclip-benchmarks-{os.getuid()}")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, hashlib.sha256(key.encode()).hexdigest()[:16] + ".onnx")
    if not os.path.exists(path):
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--export-to", path], check=True)
    return path


def serve_onnxruntime(options, config):
    def load():
        import onnxruntime

        return onnxruntime, exported(options, config)

    onnxruntime, path = protocol.importing(load)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    settings.add_free_dimension_override_by_name("batch", options.batch)
    session = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
    x = {session.get_inputs()[0].name: make_input(options, config)}
    protocol.serve(
        lambda: session.run(None, x), options.batch, version=f"ONNX Runtime {onnxruntime.__version__}")


def serve_openvino(options, config):
    def load():
        import openvino

        return openvino, exported(options, config)

    openvino, path = protocol.importing(load)
    x = make_input(options, config)
    core = openvino.Core()
    model = core.read_model(path)
    model.reshape(list(x.shape))
    compiled = core.compile_model(model, "CPU", {
        "INFERENCE_NUM_THREADS": options.threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"})
    request = compiled.create_infer_request()
    tensor = openvino.Tensor(x)
    protocol.serve(
        lambda: request.infer([tensor]), options.batch, version=f"OpenVINO {openvino.__version__.split('-')[0]}")


def main():
    options = arguments()
    with open(options.config) as file:
        config = json.load(file)
    if options.export_to:
        export(options, config)
    else:
        {"pytorch": serve_pytorch, "onnxruntime": serve_onnxruntime, "openvino": serve_openvino}[options.runtime](
            options, config)


main()
