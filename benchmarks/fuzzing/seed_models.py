"""Checkpoints as seeds, in the four forms and the older one of torch.save."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

#: Of the networks that do not say their input.
SHAPE = (1, 3, 8, 8)
DUAL_HEAD = "dual_head_mobilenet_v1"


def network() -> Any:
    """Return a dual-head network of the smallest size, with seeded weights."""
    import torch

    from poseconvert.network.dual_head import DualHeadConfig, DualHeadNet

    torch.manual_seed(1)
    return DualHeadNet(DualHeadConfig(width=0.25, input_size=32, joints=2, depth=3)).eval()


def tiny() -> Any:
    """Return a network that we know nothing of: everything whose mode matters."""
    import torch
    from torch import nn

    torch.manual_seed(2)
    layers = (nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.5))
    return nn.Sequential(*layers).eval()


def saved(folder: Path) -> None:
    import torch

    made = network()
    content = {
        "format": _format(), "architecture": DUAL_HEAD, "config": asdict(made.config),
        "state_dict": made.state_dict(),
    }  # fmt: skip
    torch.save(content, folder / "x.pt")


def bare(folder: Path) -> None:
    import torch

    torch.save(network().state_dict(), folder / "x.pt")


def legacy(folder: Path) -> None:
    import torch

    torch.save(network().state_dict(), folder / "x.pt", _use_new_zipfile_serialization=False)


def safetensors(folder: Path) -> None:
    from poseconvert.network.checkpoint import save_checkpoint

    made = network()
    save_checkpoint(folder / "x.safetensors", made, architecture=DUAL_HEAD, config=made.config)


def torchscript(folder: Path) -> None:
    import torch

    with torch.no_grad():
        torch.jit.trace(tiny(), torch.zeros(SHAPE)).save(str(folder / "x.pt"))


def scripted(folder: Path) -> None:
    import torch

    torch.jit.script(tiny()).save(str(folder / "x.pt"))


def exported(folder: Path) -> None:
    import torch

    torch.export.save(torch.export.export(tiny(), (torch.zeros(SHAPE),)), folder / "x.pt2")


def _format() -> str:
    from poseconvert.network.checkpoint import FORMAT

    return FORMAT


BUILDERS: dict[str, Callable[[Path], None]] = {
    "model/saved": saved, "model/bare": bare, "model/legacy": legacy,
    "model/safetensors": safetensors, "model/torchscript": torchscript,
    "model/scripted": scripted, "model/exported": exported,
}  # fmt: skip
