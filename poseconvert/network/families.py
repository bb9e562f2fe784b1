"""All families, and which of them a state dict is."""

from __future__ import annotations

from typing import Any

import torch

from poseconvert.errors import ModelError, quoted
from poseconvert.network import (
    deeppose,
    dual_head,
    dual_head_three_frames,
    integral,
    pose_resnet,
    posenet,
)
from poseconvert.network.family import Family, StateDict
from poseconvert.network.source import EXPORT

FAMILIES = {
    family.name: family
    for family in (
        dual_head.FAMILY,
        dual_head_three_frames.FAMILY,
        posenet.FAMILY,
        pose_resnet.FAMILY,
        deeppose.FAMILY,
        integral.FAMILY,
    )
}


def named_family(name: str) -> Family:
    """Look a family up by name; an unknown name lists those that exist."""
    if name not in FAMILIES:
        raise ModelError(f"architecture {quoted(name)}: unknown. Known: {', '.join(FAMILIES)}.")
    return FAMILIES[name]


def recognised(state: StateDict) -> tuple[Family, Any]:
    """Find the one family whose keys these are, with the config they imply.

    Raises
    ------
    ModelError : no family, or more than one, recognises the keys.
    """
    fitting = _fitting(state)
    found = [(family, config) for family, config in fitting if family.certain(state)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(family.name for family, _ in found)
        raise ModelError(f"state dict: fits {names}. Say which with --arch.")
    if fitting:
        name = fitting[0][0].name
        raise ModelError(
            f"state dict: has the keys of {name}, which are also those of an image classifier with"
            f" 1000 classes. If it is a pose network, say so with --arch {name}."
        )
    some = ", ".join(list(state)[:3]) or "no tensors"
    raise ModelError(
        f"no known architecture has these keys ({len(state)} tensors: {some}, ...)"
        f"{_nearest(state)}. Give the code with --module and this file with --weights, or a .pt2:"
        f" {EXPORT}"
    )


def config_for(family: Family, state: StateDict) -> Any:
    """Return the config that the tensors imply for a family the user named.

    Raises
    ------
    ModelError : the keys are another family's, which is named.
    """
    config = family.recognise(state)
    if config is not None:
        return config
    others = ", ".join(other.name for other, _ in _fitting(state))
    if others:
        raise ModelError(
            f"--arch {family.name}: these are not its keys but those of {others}. Give"
            f" --arch {others} or omit it."
        )
    return family.config({})  # the strict load then lists what is missing


def _fitting(state: StateDict) -> list[tuple[Family, Any]]:
    return [(f, c) for f in FAMILIES.values() if (c := f.recognise(state)) is not None]


def _nearest(state: StateDict) -> str:
    """Say which family has most of these keys, and what of it is missing: a partial save."""
    shares = []
    for family in FAMILIES.values():
        with torch.device("meta"):
            own = family.build(family.config({}))[0].state_dict()
        missing = [name for name in own if name not in state]
        # Two families may share all names: then the one with more of these shapes is nearer.
        alike = sum(state[n].shape == t.shape for n, t in own.items() if n in state)
        shares.append((1 - len(missing) / len(own), alike, family.name, missing))
    share, _, name, missing = max(shares)
    if share < 1 / 3:
        return ""
    listed = ", ".join(missing[:6]) + (", ..." if len(missing) > 6 else "")
    return f"; nearest is {name}, without {len(missing)} of its tensors ({listed})"
