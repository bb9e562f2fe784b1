"""Which output is the heatmap and which the offset, where their names do not say it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from poseconvert.errors import DecodeError

Shapes = Mapping[str, tuple[int, ...]]

# Per head: heatmap, offset, offset channels per one of the heatmap.
_HEADS = {
    "dual_head_224": (("heatmap2d", "offset2d", 2), ("heatmap3d", "offset3d", 3)),
    "dual_head_448": (("heatmap2d", "offset2d", 2), ("heatmap3d", "offset3d", 3)),
    "posenet": (("heatmap", "offset", 2),),
    "posenet_same": (("heatmap", "offset", 2),),
    "posenet_probability": (("heatmap", "offset", 2),),
}


def roles_of(preset: str, shapes: Shapes) -> dict[str, str]:
    """Map role to output name by channel counts; empty where names say it or nothing fits.

    Raises
    ------
    DecodeError : several outputs fit a role.
    """
    heads = _HEADS.get(preset, ())
    roles = [role for heatmap, offset, _ in heads for role in (heatmap, offset)]
    if set(roles) & set(shapes):
        return {}
    pairs = [_pairs(shapes, head) for head in heads]
    whole = [{**a, **b} for a, b in product(*pairs) if _apart(a, b, shapes)] if heads[1:] else []
    fitting = whole or [pair for found in pairs for pair in found]
    if len(fitting) > 1:
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        unclear = [
            f"{role} may be {' or '.join(names)}"
            for role in roles
            if len(names := dict.fromkeys(f[role] for f in fitting if role in f)) > 1
        ] or ["the outputs are the 2D or the 3D head"]
        example = [*roles[:2], *(f"other_{i}" for i in range(2, len(shapes)))]
        raise DecodeError(
            f'decode preset "{preset}", outputs {listed}: {"; ".join(unclear)}. Name all in their'
            f" order, such as --outputs {','.join(example)}; for an ONNX file write a spec file."
        )
    return fitting[0] if fitting else {}


def _pairs(shapes: Shapes, head: tuple[str, str, int]) -> list[dict[str, str]]:
    heatmap, offset, ratio = head
    return [
        {heatmap: a, offset: b}
        for a, first in shapes.items()
        for b, second in shapes.items()
        if len(first) == 4 and tuple(second) == (first[0], ratio * first[1], *first[2:])
    ]


def _apart(flat: Mapping[str, str], deep: Mapping[str, str], shapes: Shapes) -> bool:
    if set(flat.values()) & set(deep.values()):
        return False
    joints, channels = shapes[flat["heatmap2d"]], shapes[deep["heatmap3d"]]
    return joints[2:] == channels[2:] and channels[1] % joints[1] == 0
