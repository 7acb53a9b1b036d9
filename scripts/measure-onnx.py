#!/usr/bin/env python3
"""Measures image and text encoders with ONNX Runtime and writes the table that `costs:` of a search takes.

Needs Python 3.8 or newer with numpy and onnxruntime; runs on any Linux board. Each folder holds onnx_config.json and both
encoders, as `carbonclip bench --space RECIPE --onnx FOLDER` and `carbonclip export --format onnx` write them:

    python3 measure-onnx.py shapes/* --device "Raspberry Pi 5" --watts 4.1 --output costs.csv

Time is the median of single runs with random inputs, after a warm-up. Energy, above idle, is the processor's RAPL counters'
where they can be read (idle power, measured first, is subtracted); else say what the device draws: --watts, what a meter
shows while it works less what it shows idle, or --watts-per-thread, for each second of processor time.
"""

import argparse
import csv
import glob
import json
import os
import platform
import statistics
import sys
import time

COLUMNS = (
    "device encoder precision batch_size image_size patch_size context_length text_tokens last_block layers width heads "
    "head_width mlp embed_dim latency_s energy_j idle_w embodied_kgco2e method").split()


def fail(message):
    sys.exit(f"measure-onnx: {message}")


class Rapl:
    """Joules of all packages and their memory, from the kernel's counters."""

    def __init__(self):
        self.counters = []
        for folder in sorted(glob.glob("/sys/class/powercap/intel-rapl:*")):
            name = self.text(folder + "/name")
            depth = os.path.basename(folder).count(":")
            if (depth == 1 and name.startswith("package")) or (depth == 2 and name == "dram"):
                value = self.number(folder + "/energy_uj")
                if not value and depth == 1:
                    # A package that cannot be read, or stands at 0, would make the sum too small.
                    self.counters = []
                    return
                if value is not None:
                    self.counters.append([folder, value, self.number(folder + "/max_energy_range_uj") or 0])
        self.joules = 0.0

    @staticmethod
    def text(path):
        try:
            with open(path) as file:
                return file.read().strip()
        except OSError:
            return ""

    def number(self, path):
        text = self.text(path)
        return int(text) if text.isdigit() else None

    def read(self):
        for counter in self.counters:
            now = self.number(counter[0] + "/energy_uj")
            if now is None:
                continue
            step = now - counter[1]
            self.joules += (step if step >= 0 else step + counter[2]) * 1e-6
            counter[1] = now
        return self.joules


def temperature():
    """The warmest sensor in degrees C, or None."""
    found = []
    for path in glob.glob("/sys/class/thermal/thermal_zone*/temp"):
        try:
            with open(path) as file:
                found.append(int(file.read()) / 1000)
        except (OSError, ValueError):
            pass
    return max(found, default=None)


def per_layer(values, layers):
    values = values if isinstance(values, list) else [values] * layers
    return str(values[0]) if len(set(values)) == 1 else ";".join(map(str, values))


def sizes(config, tower):
    """The columns that tell a tower's shape, from open_clip's JSON and the keys that pruned models add to it."""
    part = config["vision_cfg" if tower == "image" else "text_cfg"]
    width, layers = part["width"], part["layers"]
    if not isinstance(layers, int) or not isinstance(width, int):
        fail("onnx_config.json: not a vision transformer")
    heads = part.get("heads")
    head_width = part.get("head_width")
    if tower == "image":
        head_width = head_width or 64
        heads = heads or width // head_width
    else:
        heads = heads or 8
        head_width = head_width or width // (heads[0] if isinstance(heads, list) else heads)
    mlp = part.get("mlp_width") or int(width * part.get("mlp_ratio", 4.0) + 1e-6)
    row = {
        "layers": layers, "width": width, "heads": per_layer(heads, layers), "head_width": head_width,
        "mlp": per_layer(mlp, layers), "embed_dim": config["embed_dim"], "last_block": "pooled-token"}
    if tower == "image":
        row.update(image_size=part["image_size"], patch_size=part["patch_size"])
    else:
        row.update(context_length=part["context_length"], text_tokens=part["context_length"])
    return row


def measure(run, seconds, warm_up, rapl, idle, arguments):
    """Median seconds and joules above idle of one run, and how many runs there were."""
    start, count = time.perf_counter(), 0
    while count < 1 or time.perf_counter() - start < warm_up:
        run()
        count += 1
    clock = time.process_time if arguments.processor_time else time.perf_counter
    times = []
    joules, processor = rapl.read() if rapl.counters else 0.0, time.process_time()
    start = last = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - start < seconds:
        begun = clock()
        run()
        times.append(clock() - begun)
        now = time.perf_counter()
        if rapl.counters and now - last > 1:
            rapl.read()
            last = now
    wall, processor = time.perf_counter() - start, time.process_time() - processor
    if arguments.watts is not None:
        energy = arguments.watts * wall
    elif arguments.watts_per_thread is not None:
        energy = arguments.watts_per_thread * processor
    else:
        energy = rapl.read() - joules - idle * wall
    return statistics.median(times), energy / len(times), len(times)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", help="folders with onnx_config.json and both encoders")
    parser.add_argument("--output", required=True, help="the CSV file to write")
    parser.add_argument("--device", help="what the table calls the device (default: the machine's name)")
    parser.add_argument("--batch-size", type=int, nargs="+", default=[1], help="pictures or texts of a run (default: 1)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement (default: 2)")
    parser.add_argument("--warm-up", type=float, default=0.5, help="seconds before it (default: 0.5)")
    parser.add_argument("--threads", type=int, default=0, help="of ONNX Runtime (default: its own choice)")
    parser.add_argument("--provider", default="CPUExecutionProvider", help="of ONNX Runtime (default: %(default)s)")
    parser.add_argument(
        "--processor-time", action="store_true",
        help="time is the processor's, of one thread: where other programs run beside, and a run waits for them")
    parser.add_argument("--watts", type=float, help="what the device draws above idle while it works")
    parser.add_argument("--watts-per-thread", type=float, help="the same for each second of processor time")
    parser.add_argument("--idle-watts", type=float, help="what the device draws when it waits")
    parser.add_argument("--embodied-kg", type=float, help="kgCO2e of making the whole device")
    arguments = parser.parse_args()
    try:
        import numpy
        import onnxruntime
    except ImportError as error:
        fail(f"{error}; install numpy and onnxruntime")
    if arguments.watts is not None and arguments.watts_per_thread is not None:
        fail("--watts and --watts-per-thread exclude each other")
    if arguments.processor_time and arguments.threads != 1:
        fail("--processor-time needs --threads 1: of several threads it is the sum")
    rapl, idle = Rapl(), 0.0
    states = arguments.watts is not None or arguments.watts_per_thread is not None
    if not states and not rapl.counters:
        fail("no RAPL counter can be read here: state --watts or --watts-per-thread")
    if not states:
        before = rapl.read()
        time.sleep(2)
        idle = (rapl.read() - before) / 2
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    device = arguments.device or platform.node() or platform.machine()
    random = numpy.random.default_rng(0)
    rows, warmest = [], temperature()
    for folder in arguments.folders:
        path = os.path.join(folder, "onnx_config.json")
        try:
            with open(path) as file:
                config = json.load(file)
        except (OSError, ValueError) as error:
            fail(f"{path}: {error}")
        for tower in ["image", "text"]:
            part = config[tower + "_encoder"]
            session = onnxruntime.InferenceSession(
                os.path.join(folder, part["file"]), options, providers=[arguments.provider])
            for batch in arguments.batch_size:
                if tower == "image":
                    side = part["image_size"]
                    value = random.standard_normal((batch, 3, side, side)).astype(numpy.float32)
                else:
                    kind = numpy.int64 if "int64" in session.get_inputs()[0].type else numpy.int32
                    value = random.integers(0, part["vocab_size"], (batch, part["context_length"])).astype(kind)
                feed = {part["input"]: value}
                latency, energy, runs = measure(
                    lambda: session.run([part["output"]], feed), arguments.seconds, arguments.warm_up, rapl, idle,
                    arguments)
                if energy <= 0:
                    fail(f"{folder}, {tower}: no more energy than idle; measure longer: --seconds")
                source = (
                    f"{arguments.watts:g} W stated" if arguments.watts is not None
                    else f"{arguments.watts_per_thread:g} W a busy thread stated"
                    if arguments.watts_per_thread is not None else "RAPL")
                threads = f"{arguments.threads or 'all'} thread{'' if arguments.threads == 1 else 's'}"
                if arguments.processor_time:
                    threads += ", processor time"
                row = dict(
                    sizes(config["model_cfg"], tower), device=device, encoder=tower, precision=config["precision"],
                    batch_size=batch, latency_s=f"{latency:.9g}", energy_j=f"{energy:.9g}",
                    method=f"ONNX Runtime {onnxruntime.__version__}, {threads}, energy: {source}")
                if arguments.idle_watts is not None:
                    row["idle_w"] = arguments.idle_watts
                elif not states:
                    row["idle_w"] = f"{idle:.4g}"
                if arguments.embodied_kg is not None:
                    row["embodied_kgco2e"] = arguments.embodied_kg
                rows.append(row)
                print(
                    f"{folder} {tower} batch {batch}: {latency * 1e3:.3f} ms, {energy * 1e3:.3f} mJ, {runs} runs",
                    file=sys.stderr)
    now = temperature()
    print(
        "temperature: not told by this kernel" if now is None
        else f"temperature: {warmest:.0f} C before, {now:.0f} C after", file=sys.stderr)
    partial = arguments.output + ".part"
    with open(partial, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(partial, arguments.output)
    print(f"{arguments.output}: {len(rows)} rows", file=sys.stderr)


if __name__ == "__main__":
    main()
