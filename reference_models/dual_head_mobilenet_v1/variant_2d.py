"""Write the 2D-only variant: the trained network without its 3D heads.

Run from the repository: ``python reference_models/dual_head_mobilenet_v1/variant_2d.py``. It finds
what the 2D head of the whole network finds, and costs half as much: the article's 100 fps case.
``train.py --heads 2d`` trains one alone.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from poseconvert.network.checkpoint import save_checkpoint
from poseconvert.network.dual_head import DualHeadNet
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions

FOLDER = Path(__file__).parent


def without_3d(network: DualHeadNet) -> DualHeadNet:
    """Return a network of the same weights that has the 2D heads alone."""
    flat = DualHeadNet(replace(network.config, heads="2d")).eval()
    mine = flat.state_dict()
    flat.load_state_dict({name: network.state_dict()[name] for name in mine})
    return flat


def main() -> None:
    """Read ``model.safetensors``, write ``model_2d.safetensors``."""
    whole = load_source(FOLDER / "model.safetensors", ModelOptions()).module
    assert isinstance(whole, DualHeadNet)
    flat, path = without_3d(whole), FOLDER / "model_2d.safetensors"
    save_checkpoint(path, flat, architecture="dual_head_mobilenet_v1", config=flat.config)
    print(f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
