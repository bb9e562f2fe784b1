"""Write the reference model's goldens: 32 pictures and what PyTorch finds in them.

Run from the repository: ``python reference_models/dual_head_mobilenet_v1/goldens.py``. Outputs have
277,000 numbers a picture; the goldens keep every joint and a seeded sample of each output.

``goldens.npz``, read with ``allow_pickle=False``::

    names         (32,) what each picture is
    inputs        (32, 224, 224, 3) uint8, RGB
    OUTPUT.index  (SAMPLE,) flat indices into one picture's output, in ascending order
    OUTPUT.values (32, SAMPLE) float32, the output there
    2d.position, 3d.position
                  (32, 24, 2 or 3) float64, input pixels, NaN where absent
    2d.score, 2d.cell, 3d.score, 3d.cell
                  (32, 24), as ``decode`` gives them
    versions      what computed them
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from poseconvert.decoding import decode, specs
from poseconvert.figures.figure import SIZE, figure
from poseconvert.imaging.patterns import blobs, noise, ramp
from poseconvert.imaging.preprocessing import input_tensor
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions

FOLDER = Path(__file__).parent
GOLDENS = FOLDER / "goldens.npz"
FIGURES, SEED = 16, 4  # figures of seeds 1 to 3 train, check and judge the model
SAMPLE = 1024
COLOURS = {
    "zeros": (0, 0, 0), "255": (255, 255, 255), "grey": (128, 128, 128),
    "red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0),
}  # fmt: skip

Pixels = np.ndarray


def pictures() -> dict[str, Pixels]:
    """Return the pictures by name, each (224, 224, 3) uint8."""
    made = {f"figure {index}": figure(SEED, index).picture for index in range(FIGURES)}
    made |= {name: np.full((SIZE, SIZE, 3), colour, np.uint8) for name, colour in COLOURS.items()}
    grey = np.linspace(0, 255, SIZE).round().astype(np.uint8)
    made["grey ramp"] = np.broadcast_to(grey[None, :, None], (SIZE, SIZE, 3))
    made["colour ramp"] = ramp(SIZE, SIZE)
    made |= {f"checkerboard of {side}": checkerboard(side) for side in (1, 16)}
    made["corner impulses"] = corner_impulses()
    made |= {f"noise {seed}": noise(SIZE, SIZE, seed=300 + seed) for seed in (1, 2)}
    made |= {f"blobs {seed}": blobs(SIZE, SIZE, seed=400 + seed) for seed in (1, 2)}
    return made


def checkerboard(side: int) -> Pixels:
    """Black and white squares of ``side`` pixels, black in the corner."""
    row, column = np.indices((SIZE, SIZE)) // side
    return np.repeat(((row + column) % 2 * 255).astype(np.uint8)[..., None], 3, axis=2)


def corner_impulses() -> Pixels:
    """Black, but for one white pixel in every corner: what padding and strides do to it shows."""
    made = np.zeros((SIZE, SIZE, 3), np.uint8)
    made[np.ix_([0, -1], [0, -1])] = 255
    return made


def sampled(name: str, elements: int) -> np.ndarray:
    """Flat indices (SAMPLE,) of an output: seeded by its name, in ascending order."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
    chosen = np.random.Generator(np.random.PCG64(seed)).choice(elements, SAMPLE, replace=False)
    return np.sort(chosen)


def goldens(outputs: Mapping[str, np.ndarray], inputs: Mapping[str, Pixels]) -> dict[str, object]:
    """Return everything that is stored, by name."""
    record: dict[str, object] = {
        "names": np.array(list(inputs)),
        "inputs": np.stack([*inputs.values()]),
    }
    for name, values in outputs.items():
        index = sampled(name, values[0].size)
        record[f"{name}.index"] = index
        record[f"{name}.values"] = values.reshape(len(values), -1)[:, index]
    shapes = {name: values.shape for name, values in outputs.items()}
    for spec in specs("dual_head_224", input_size=(SIZE, SIZE), shapes=shapes):
        pose, head = decode(outputs, spec), f"{spec.dims}d"
        record |= {
            f"{head}.position": pose.position,
            f"{head}.score": pose.score,
            f"{head}.cell": pose.cell,
        }
    record["versions"] = np.array([f"torch {torch.__version__}", f"numpy {np.__version__}"])
    return record


@torch.inference_mode()
def main() -> None:
    """Run the model on the pictures and write the goldens."""
    torch.set_num_threads(1)  # one order of summation, whatever the machine
    source = load_source(FOLDER / "model.safetensors", ModelOptions())
    inputs = pictures()
    batch = torch.from_numpy(input_tensor(np.stack([*inputs.values()])))
    each = [source.module(picture[None]) for picture in batch]
    outputs = {
        name: torch.cat(values).numpy()
        for name, values in zip(source.output_names, zip(*each, strict=True), strict=True)
    }
    np.savez_compressed(GOLDENS, **goldens(outputs, inputs))
    digest = hashlib.sha256(GOLDENS.read_bytes()).hexdigest()
    print(f"wrote {GOLDENS} ({GOLDENS.stat().st_size / 1e6:.1f} MB, SHA-256 {digest})")


if __name__ == "__main__":
    main()
