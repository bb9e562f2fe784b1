"""The integral 3D network has the layout and the volume of its original."""

import json
from pathlib import Path

import pytest
import torch

from poseconvert.errors import ModelError
from poseconvert.network.families import recognised
from poseconvert.network.integral import IntegralConfig, IntegralNet
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions


@pytest.mark.parametrize(("depth", "joints"), [(50, 18), (50, 21), (152, 18)])
def test_the_keys_give_back_the_config(depth, joints):
    with torch.device("meta"):
        state = IntegralNet(IntegralConfig(depth=depth, joints=joints)).state_dict()
    family, config = recognised(state)
    assert (family.name, config) == ("integral_3d", IntegralConfig(depth=depth, joints=joints))
    assert {"backbone.conv1.weight", "head.deconv_layers.6.weight"} <= set(state)
    assert state["head.final_layer.weight"].shape == (64 * joints, 256, 1, 1)


def test_the_output_is_a_cube_per_joint():
    with torch.device("meta"):
        net = IntegralNet(IntegralConfig()).eval()
        assert net(torch.zeros(1, 3, 256, 256)).shape == (1, 18 * 64, 64, 64)


def test_a_snapshot_of_the_original_loads(tmp_path):
    state = IntegralNet(IntegralConfig(depth=18)).state_dict()
    network = {f"module.{name}": value for name, value in state.items()}
    torch.save({"epoch": 24, "network": network}, tmp_path / "snapshot_24.pth.tar")
    source = load_source(tmp_path / "snapshot_24.pth.tar", ModelOptions())
    assert (source.architecture, source.preset) == ("integral_3d", "integral_3d")
    assert source.inputs == {"image": (1, 3, 256, 256)}
    with pytest.raises(ModelError, match=r"makes 32 cells a side, the depth has 64. Use 256."):
        load_source(tmp_path / "snapshot_24.pth.tar", ModelOptions(size=128))


def test_the_card_says_what_the_soft_argmax_costs_as_it_was_measured():
    root = Path(__file__).parents[2]
    rows = json.loads((root / "benchmarks/results/soft_argmax.json").read_text())["rows"]
    (largest,) = (row for row in rows if row["size"] == 256)
    card = (root / "docs/families/integral_3d.md").read_text()
    for mode, ways in largest["modes"].items():
        cells = [
            ", ".join(f"{way[of]:.3g}" for of in ("median", "max"))
            for way in (ways["decoder_px"], ways["graph_px"])
        ]
        (line,) = (line for line in card.splitlines() if line.startswith(f"| `{mode}`,"))
        assert line.endswith(f"| {cells[0]} | {cells[1]} |")
        assert ways["graph_px"]["median"] > 2 * ways["decoder_px"]["median"]
