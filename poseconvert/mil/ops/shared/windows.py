"""Where the windows of convolutions and pools lie: one arithmetic for all that run or write them.

Sizes, kernels, strides and pads have one number per spatial dimension.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from poseconvert.mil.executor.tensors import integers
from poseconvert.mil.ops.shared.padding import spatial_padding
from poseconvert.mil.package.program import Array

_MOST_DIMENSIONS = 3


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows over a padded input.

    Attributes
    ----------
    kernel : elements from the first to the last one a window covers, dilation included.
    strides, dilations : steps between windows, and inside one.
    pads : elements put before and after.
    outs : number of windows.
    """

    kernel: list[int]
    strides: list[int]
    dilations: list[int]
    pads: list[tuple[int, int]]
    outs: list[int]


@dataclass(frozen=True, slots=True)
class Crop:
    """What a transposed convolution keeps of all it computes.

    Attributes
    ----------
    strides, dilations : as of the convolution that it transposes.
    full : elements of the whole.
    befores : how many of them are left out at the start.
    outs : how many are kept, or added where the whole has fewer.
    """

    strides: list[int]
    dilations: list[int]
    full: list[int]
    befores: list[int]
    outs: list[int]


def conv_windows(
    sizes: Sequence[int],
    taps: Sequence[int],
    *,
    strides: Array | None,
    dilations: Array | None,
    pad_type: str,
    pad: Array | None,
) -> Windows:
    """Place the windows of a convolution.

    Parameters
    ----------
    sizes, taps
        Of the input and of the weight.
    strides, dilations, pad_type, pad
        As the op has them.

    Raises
    ------
    ValueError
        They do not fit each other.
    """
    steps, spread = _steps(sizes, taps, strides, dilations)
    kernel = [(k - 1) * d + 1 for k, d in zip(taps, spread, strict=True)]
    pads = spatial_padding(pad_type=pad_type, pad=pad, sizes=sizes, kernel=kernel, strides=steps)
    outs = [
        max(0, size + before + after - k) // s + 1
        for size, (before, after), k, s in zip(sizes, pads, kernel, steps, strict=True)
    ]
    return Windows(kernel, steps, spread, pads, outs)


def transposed_crop(
    sizes: Sequence[int],
    taps: Sequence[int],
    *,
    strides: Array | None,
    dilations: Array | None,
    pad_type: str,
    pad: Array | None,
    output_shape: Array | None,
) -> Crop:
    """Say what a transposed convolution keeps.

    Parameters
    ----------
    sizes, taps
        Of the input and of the weight.
    strides, dilations, pad_type, pad, output_shape
        As the op has them.

    Raises
    ------
    ValueError
        They do not fit each other.
    """
    steps, spread = _steps(sizes, taps, strides, dilations)
    full = [
        (size - 1) * s + (k - 1) * d + 1
        for size, s, k, d in zip(sizes, steps, taps, spread, strict=True)
    ]
    if pad_type not in ("valid", "same", "custom"):
        raise ValueError(f'unknown pad_type "{pad_type}"')
    flat = integers(pad) if pad is not None and pad_type == "custom" else [0] * (2 * len(full))
    if len(flat) != 2 * len(full) or min(flat) < 0:
        raise ValueError(f"pad {flat} does not fit {len(full)} spatial dimensions")
    befores = flat[::2]
    if output_shape is not None:
        outs = integers(output_shape)[2:]
    elif pad_type == "same":
        outs = [size * s for size, s in zip(sizes, steps, strict=True)]
    else:
        outs = [w - b - a for w, b, a in zip(full, befores, flat[1::2], strict=True)]
    if len(outs) != len(full):
        raise ValueError(f"output_shape does not have {len(full)} spatial dimensions")
    if pad_type == "same":
        befores = [max(0, whole - out) // 2 for whole, out in zip(full, outs, strict=True)]
    return Crop(steps, spread, full, befores, outs)


def pool_windows(
    sizes: Sequence[int],
    kernel_sizes: Array,
    *,
    strides: Array | None,
    pad_type: str,
    pad: Array | None,
    ceil_mode: bool,
) -> Windows:
    """Place the windows of a pool; with ``ceil_mode`` the last one may start in the padding after.

    Parameters
    ----------
    sizes
        Of the input.
    kernel_sizes, strides, pad_type, pad, ceil_mode
        As the op has them.

    Raises
    ------
    ValueError
        They do not fit each other, or a window would lie outside the padded input.
    """
    kernel = integers(kernel_sizes)
    steps, spread = _steps(sizes, kernel, strides, None)
    pads = spatial_padding(pad_type=pad_type, pad=pad, sizes=sizes, kernel=kernel, strides=steps)
    if ceil_mode and (pad_type == "same" or any(before != after for before, after in pads)):
        raise ValueError(f"ceil_mode needs symmetric padding, not {pad_type} {pads}")
    outs = []
    for size, k, s, (before, after) in zip(sizes, kernel, steps, pads, strict=True):
        span = size + before + after - k
        out = -(-span // s) + 1 if ceil_mode else span // s + 1
        if ceil_mode and before + after > 0 and (out - 1) * s >= size + before:
            out -= 1
        if span < 0 or out < 1 or (out - 1) * s >= size + before + after:
            raise ValueError(f"a window of {kernel} lies outside x {list(sizes)} padded by {pads}")
        outs.append(out)
    return Windows(kernel, steps, spread, pads, outs)


def _steps(
    sizes: Sequence[int], taps: Sequence[int], strides: Array | None, dilations: Array | None
) -> tuple[list[int], list[int]]:
    """Strides and dilations, 1 unless given, checked."""
    rank = len(sizes)
    steps = [1] * rank if strides is None else integers(strides)
    spread = [1] * rank if dilations is None else integers(dilations)
    if not 1 <= rank <= _MOST_DIMENSIONS or not rank == len(taps) == len(steps) == len(spread):
        raise ValueError(
            f"sizes {list(sizes)}, kernel {list(taps)}, strides {steps}, dilations {spread} "
            "do not have the same spatial rank"
        )
    if min(*steps, *spread) < 1 or max(*steps, *spread) >= 2**31:
        raise ValueError(f"strides {steps}, dilations {spread}: below 1 or too large")
    return steps, spread
