"""Tiny networks, written in every form users have."""

from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from torch import nn

from poseconvert.network.checkpoint import FORMAT, save_checkpoint
from poseconvert.network.dual_head import DualHeadConfig, DualHeadNet

SHAPE = (1, 3, 8, 8)
DUAL_HEAD = "dual_head_mobilenet_v1"


class TinyNet(nn.Module):
    """Convolution, batch norm and dropout: everything whose mode matters."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.drop = nn.Dropout(0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.drop(self.norm(self.conv(x)))


@pytest.fixture(scope="session")
def config() -> DualHeadConfig:
    return DualHeadConfig(width=0.25, input_size=32, joints=2, depth=3)


@pytest.fixture(scope="session")
def network(config) -> DualHeadNet:
    torch.manual_seed(1)
    return DualHeadNet(config).eval()


@pytest.fixture(scope="session")
def tiny() -> TinyNet:
    torch.manual_seed(2)
    return TinyNet().eval()


@pytest.fixture(scope="session")
def forms(tmp_path_factory, config, network, tiny) -> dict[str, Path]:
    """One healthy file of each form; nobody writes to them."""
    folder = tmp_path_factory.mktemp("forms")
    ours = {
        "format": FORMAT,
        "architecture": DUAL_HEAD,
        "config": asdict(config),
        "state_dict": network.state_dict(),
    }
    bare = network.state_dict()
    half = {k: v.half() if v.is_floating_point() else v for k, v in bare.items()}
    saved = {
        "ours.pt": ours,
        "bare.pth": bare,
        "state_dict.pth": {"epoch": 3, "state_dict": bare},
        "network.pth": {"network": bare},
        "module.pth": {f"module.{name}": value for name, value in bare.items()},
        "half.pth": half,
    }
    for name, content in saved.items():
        torch.save(content, folder / name)
    torch.save(bare, folder / "legacy.pth", _use_new_zipfile_serialization=False)
    save_checkpoint(folder / "ours.safetensors", network, architecture=DUAL_HEAD, config=config)
    torch.jit.script(tiny).save(folder / "scripted.pt")
    torch.export.save(torch.export.export(tiny, (torch.zeros(SHAPE),)), folder / "exported.pt2")
    return {path.name: path for path in folder.iterdir()}
