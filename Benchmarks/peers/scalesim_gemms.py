"""Ten products of CLIP's towers on an output-stationary array: SCALE-Sim's compute cycles beside docs/estimator.md's formula.

    python3 scalesim_gemms.py --rows 32 --columns 32

Needs the package scalesim (3.0.0) and NumPy before 2.4. Both arrays have the same lanes, one word a lane and cycle, and memories
that never wait (SCALE-Sim: 1 MB each, bandwidth calculated), so that only filling, padding and draining differ. SCALE-Sim fills
the array for each strip (rows + columns + reduced - 2 cycles); here strips follow each other without a gap, and each pays for
its sums' way out (reduced + depth).
"""

import argparse
import contextlib
import io
import os
import tempfile

from scalesim.scale_sim import scalesim

# rows, outputs, reduced
PRODUCTS = {
    "ViT-B/16 patches": (196, 768, 768),
    "ViT-B/16 query": (197, 768, 768),
    "ViT-B/16 scores, a head": (197, 197, 64),
    "ViT-B/16 context, a head": (197, 64, 197),
    "ViT-B/16 up": (197, 3072, 768),
    "ViT-B/16 down": (197, 768, 3072),
    "ViT-B/16 projection": (1, 512, 768),
    "text query": (77, 512, 512),
    "text up": (77, 2048, 512),
    "text down": (77, 512, 2048),
}

CONFIG = """[general]
run_name = clip
[architecture_presets]
ArrayHeight : {rows}
ArrayWidth : {columns}
IfmapSramSzkB : 1024
FilterSramSzkB : 1024
OfmapSramSzkB : 1024
IfmapOffset : 0
FilterOffset : 10000000
OfmapOffset : 20000000
Dataflow : os
Bandwidth : 64
ReadRequestBuffer : 512
WriteRequestBuffer : 512
[layout]
IfmapCustomLayout : False
IfmapSRAMBankBandwidth : 10
IfmapSRAMBankNum : 10
IfmapSRAMBankPort : 2
FilterCustomLayout : False
FilterSRAMBankBandwidth : 10
FilterSRAMBankNum : 10
FilterSRAMBankPort : 2
[sparsity]
SparsitySupport : false
SparseRep : ellpack_block
OptimizedMapping : false
BlockSize : 8
RandomNumberGeneratorSeed : 40
[run_presets]
InterfaceBandwidth : CALC
UseRamulatorTrace : False
"""


def peer_cycles(rows, columns):
    """SCALE-Sim's compute cycles of each product, in order."""
    with tempfile.TemporaryDirectory() as folder:
        config, topology, layout = (os.path.join(folder, name) for name in ("array.cfg", "products.csv", "layout.csv"))
        with open(config, "w") as file:
            file.write(CONFIG.format(rows=rows, columns=columns))
        with open(topology, "w") as file:
            file.write("Layer, M, N, K,\n")
            for number, (m, n, k) in enumerate(PRODUCTS.values()):
                file.write(f"product{number}, {m}, {n}, {k},\n")
        open(layout, "w").close()
        # The report goes to a file; what is said on the way is of no use.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            simulator = scalesim(
                save_disk_space=True, verbose=False, config=config, topology=topology, layout=layout, input_type_gemm=True
            )
            simulator.run_scale(top_path=folder)
        with open(os.path.join(folder, "clip", "COMPUTE_REPORT.csv")) as file:
            names = [name.strip() for name in file.readline().split(",")]
            column = names.index("Total Cycles")
            return [float(line.split(",")[column]) for line in file if line.strip()]


def own_cycles(m, n, k, rows, columns):
    """The formula of docs/estimator.md, the better of both ways to lay the product on the array."""

    def laid(width, depth):
        return -(-m // depth) * -(-n // width) * (k + depth) + width + depth - 2, -(-n // depth) * -(-m // width) * (
            k + depth
        ) + width + depth - 2

    return min(laid(columns, rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--columns", type=int, default=32)
    options = parser.parse_args()
    rows, columns = options.rows, options.columns
    print("| product | rows x outputs x reduced | strips | SCALE-Sim | here | ratio | lanes busy here |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for (name, (m, n, k)), peer in zip(PRODUCTS.items(), peer_cycles(rows, columns), strict=True):
        own = own_cycles(m, n, k, rows, columns)
        strips = -(-m // rows) * -(-n // columns)
        busy = m * n * k / (own * rows * columns)
        print(f"| {name} | {m} x {n} x {k} | {strips} | {peer:.0f} | {own} | {peer / own:.3f} | {busy:.0%} |")


if __name__ == "__main__":
    main()
