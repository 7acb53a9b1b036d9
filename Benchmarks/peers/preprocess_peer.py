"""open_clip's evaluation transform of one JPEG, on one thread, beside the toolkit's.

    python3 preprocess_peer.py --image FILE.jpg --size 224
    python3 preprocess_peer.py --draw FILE.jpg     writes a picture to measure on

Speaks the protocol of protocol.py.
"""

import argparse
import io

import protocol


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--draw", help="write a JPEG of 640 x 480 pixels here instead")
    return parser.parse_args()


def draw(path):
    """Smooth shapes with grain, of about a photograph's size in bytes."""

    def load():
        import numpy
        from PIL import Image

        return numpy, Image

    numpy, Image = protocol.importing(load)
    rows, columns = numpy.mgrid[0:480, 0:640].astype(numpy.float32)
    waves = [numpy.sin(columns / (17 + 9 * c) + c) + numpy.cos(rows / (23 + 5 * c)) for c in range(3)]
    grain = numpy.random.default_rng(0).normal(0, 8, (480, 640, 1))
    pixels = 128 + 45 * numpy.stack(waves, axis=-1) + grain
    Image.fromarray(numpy.clip(pixels, 0, 255).astype(numpy.uint8)).save(path, "JPEG", quality=90)
    protocol.tell(ready=True)


def main():
    options = arguments()
    if options.draw:
        return draw(options.draw)

    def load():
        import open_clip
        import PIL
        import torch

        return open_clip, PIL, torch

    open_clip, PIL, torch = protocol.importing(load)
    import numpy
    from PIL import Image

    torch.set_num_threads(1)
    transform = open_clip.image_transform(options.size, is_train=False)
    with open(options.image, "rb") as file:
        data = file.read()

    def run():
        return transform(Image.open(io.BytesIO(data)))

    bits = run().numpy().view(numpy.uint32).ravel().astype(numpy.uint64)
    protocol.serve(
        run, 1, version=f"Pillow {PIL.__version__}, open_clip {open_clip.__version__}", check=int(bits.sum()))


main()
