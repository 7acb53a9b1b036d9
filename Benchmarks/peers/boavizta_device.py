"""What making a device emits: BoaviztAPI's functional blocks of connected objects beside the parts of our device files.

    python3 boavizta_device.py --carbonclip .build/release/carbonclip

Needs the package boaviztapi (2.5.0). BoaviztAPI prices a connected object by blocks, each at a level of hardware (HSL 0 to 3,
after Pirson and Bol, J. Cleaner Production 322, 2021); it has no figure by area, mass or watt-hour. Which level stands for a
part of ours is a choice, made after its archetypes (data/archetypes/iot_device.csv): a small drone has a camera (sensing 3) and
a memory of level 1, a smart watch a rechargeable battery (power supply 2), an occupancy sensor a coin cell (power supply 1).
The middle level is compared, the least and the greatest of those named are the range. Its processing block stands for our
controller and the accelerator with their packages, its memory block for DRAM.
"""

import argparse
import json
import subprocess

from boaviztapi.compute.impacts_computation import compute_impacts
from boaviztapi.models.component.functional_block import get_functional_block

# Our parts, Boavizta's block, its levels from the least that could stand for them to the greatest; the middle one is taken.
BLOCKS = {
    "battery-camera": [
        (("enclosure", "lens"), "CASING", ["HSL-1", "HSL-1", "HSL-1"]),
        (("radio",), "CONNECTIVITY", ["HSL-1", "HSL-1", "HSL-2"]),
        (("controller", "chip"), "PROCESSING", ["HSL-0", "HSL-0", "HSL-1"]),
        (("memory",), "MEMORY", [None, "HSL-1", "HSL-1"]),
        (("sensor", "motion-sensor"), "SENSING", ["HSL-2", "HSL-3", "HSL-3"]),
        (("board",), "PCB", ["HSL-0", "HSL-1", "HSL-2"]),
        (("battery", "power-management"), "POWER_SUPPLY", ["HSL-1", "HSL-2", "HSL-3"]),
        (("passives", "assembly"), "OTHERS", ["HSL-0", "HSL-1", "HSL-3"]),
    ],
    "mains-camera": [
        (("enclosure", "lens"), "CASING", ["HSL-1", "HSL-1", "HSL-1"]),
        (("radio",), "CONNECTIVITY", ["HSL-1", "HSL-1", "HSL-2"]),
        (("controller", "chip"), "PROCESSING", ["HSL-0", "HSL-1", "HSL-2"]),
        (("memory",), "MEMORY", ["HSL-1", "HSL-1", "HSL-2"]),
        (("sensor",), "SENSING", ["HSL-2", "HSL-3", "HSL-3"]),
        (("board",), "PCB", ["HSL-0", "HSL-1", "HSL-2"]),
        (("supply", "power-management"), "POWER_SUPPLY", ["HSL-1", "HSL-0", "HSL-3"]),
        (("passives", "assembly"), "OTHERS", ["HSL-0", "HSL-1", "HSL-3"]),
    ],
}

# All of what is made counts: as long used as it lasts.
YEARS = 3


def peer(block, level):
    """Kilograms of making a block, and of its end of life where BoaviztAPI has it."""
    if level is None:
        return 0.0
    part = get_functional_block(block)()
    part.hsl_level.set_input(level)
    part.usage.hours_life_time.set_input(YEARS * 8760)
    impacts = compute_impacts(part, ["gwp"], YEARS * 8760)
    return float(impacts["gwp"]["embedded"]["value"])


def own(command, device):
    """Grams of each part by our estimate, the chip and its memory among them, each with half of what their packages emit."""
    arguments = [command, "estimate", "--model", "ViT-B-16", "--design", "camera-base", "--scenario", "camera"]
    text = subprocess.run(
        arguments + ["--boundary", "device", "--device", device, "--json"], capture_output=True, text=True, check=True
    ).stdout
    carbon = json.loads(text)["carbon"]
    grams = {part["name"]: 1000 * part["carbon_kgco2e"] for part in carbon["device"]["parts"]}
    made = carbon["embodied"]
    package = made["packaging"]["carbon_kgco2e"] / made["packaging"]["ics"]
    grams["chip"] = 1000 * (made["chip"]["carbon_kgco2e"] + package)
    grams["memory"] = 1000 * (made["dram"]["carbon_kgco2e"] + package)
    return grams


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--carbonclip", default="carbonclip", help="the program (carbonclip)")
    options = parser.parse_args()
    for device, blocks in BLOCKS.items():
        parts = own(options.carbonclip, device)
        print(f"## {device}\n")
        print("| parts here | g here | Boavizta's block | level | g | range | ratio |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        total, other, least, most, used = 0.0, 0.0, 0.0, 0.0, set()
        for names, block, levels in blocks:
            here = sum(parts.get(name, 0.0) for name in names)
            used.update(names)
            grams = [1000 * peer(block, level) for level in levels]
            low, high = min(grams), max(grams)
            total, other, least, most = total + here, other + grams[1], least + low, most + high
            ratio = f"{grams[1] / here:.1f}" if here else ""
            print(
                f"| {', '.join(names)} | {here:.0f} | {block.lower()} | {levels[1]} | {grams[1]:.0f}"
                f" | {low:.0f} to {high:.0f} | {ratio} |"
            )
        print(f"| these | {total:.0f} | | | {other:.0f} | {least:.0f} to {most:.0f} | {other / total:.1f} |")
        rest = {name: value for name, value in parts.items() if name not in used}
        print(f"\nNot in Boavizta's blocks: {', '.join(f'{name} {value:.0f} g' for name, value in rest.items())}.\n")


if __name__ == "__main__":
    main()
