"""The families of networks we can rebuild from a bare state dict."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from torch import Tensor

from poseconvert.errors import ModelError
from poseconvert.network.dual_head import DualHeadConfig, DualHeadNet
from poseconvert.network.posenet import PoseNet, PoseNetConfig
from poseconvert.network.separable import BLOCKS, STEM_CHANNELS

StateDict = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Family:
    """One architecture: how to recognise it, build it and decode it.

    Attributes
    ----------
    name : what ``--arch`` takes and our checkpoints store.
    config_type : frozen dataclass of everything that varies.
    network : builds the module from a config; has ``output_names``.
    recognise : state dict to config, or None when the keys are another family's.
    preset : decode preset that reads its outputs.
    """

    name: str
    config_type: Callable[..., Any]
    network: Callable[[Any], DualHeadNet | PoseNet]
    recognise: Callable[[StateDict], Any | None]
    preset: str

    def config(self, values: Mapping[str, Any]) -> Any:
        """Build the config from stored values; unknown names are refused."""
        known = asdict(self.config_type())
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ModelError(
                f"{self.name} config: unknown {', '.join(unknown)}. Known: {', '.join(known)}."
            )
        return self.config_type(**values)

    def resized(self, config: Any, input_size: int | None) -> Any:
        """Return the config at another input size; None keeps it."""
        return config if input_size is None else replace(config, input_size=input_size)


def _shape(state: StateDict, key: str) -> tuple[int, ...]:
    return tuple(state[key].shape) if key in state else ()


def _recognise_posenet(state: StateDict) -> PoseNetConfig | None:
    stem = _shape(state, "features.conv0.conv.weight")
    if not stem or "displacement_fwd.weight" not in state:
        return None
    return PoseNetConfig(stem_channels=stem[0])


def _recognise_dual_head(state: StateDict) -> DualHeadConfig | None:
    stem = _shape(state, "stem.conv.weight")
    flat = _shape(state, "heads.heatmap2d.weight")
    deep = _shape(state, "heads.heatmap3d.weight")
    if not stem or not (flat or deep):
        return None
    blocks = {m[1] for m in (re.match(r"blocks\.(\d+)\.", key) for key in state) if m}
    offsets = _shape(state, "heads.offset2d.weight")
    # A 3D-only checkpoint does not say J and D apart; the article's 24 is tried.
    joints = max(1, flat[0] if flat else offsets[0] // 2 if offsets else 24)
    return DualHeadConfig(
        width=stem[0] / STEM_CHANNELS,
        extra_layers=max(0, len(blocks) - len(BLOCKS)),
        joints=joints,
        depth=deep[0] // joints if deep else 14,
        heads="both" if flat and deep else "2d" if flat else "3d",
    )


FAMILIES = {
    family.name: family
    for family in (
        Family(
            "dual_head_mobilenet_v1",
            DualHeadConfig,
            DualHeadNet,
            _recognise_dual_head,
            "dual_head_224",
        ),
        Family("posenet_mobilenet_v1", PoseNetConfig, PoseNet, _recognise_posenet, "posenet"),
    )
}


def named_family(name: str) -> Family:
    """Look a family up by name; an unknown name lists those that exist."""
    if name not in FAMILIES:
        raise ModelError(f"architecture {name!r}: unknown. Known: {', '.join(FAMILIES)}.")
    return FAMILIES[name]


def recognised(state: StateDict) -> tuple[Family, Any]:
    """Find the one family whose keys these are, with the config they imply.

    Raises
    ------
    ModelError : no family, or more than one, recognises the keys.
    """
    found = [(f, c) for f in FAMILIES.values() if (c := f.recognise(state)) is not None]
    if len(found) == 1:
        return found[0]
    some = ", ".join(list(state)[:3]) or "no tensors"
    if not found:
        raise ModelError(
            f"state dict ({len(state)} tensors: {some}, ...): no known architecture has these"
            f" keys. Known: {', '.join(FAMILIES)}; other networks convert from TorchScript,"
            " torch.export (.pt2) or ONNX."
        )
    names = ", ".join(f.name for f, _ in found)
    raise ModelError(f"state dict: fits {names}. Say which with --arch.")
