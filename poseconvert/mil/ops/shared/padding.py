"""Padding arithmetic that convolution and pooling share."""

from __future__ import annotations

from collections.abc import Sequence

from poseconvert.mil.executor.tensors import bounded, integers
from poseconvert.mil.package.program import Array


def spatial_padding(
    *,
    pad_type: str,
    pad: Array | None,
    sizes: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
) -> list[tuple[int, int]]:
    """Elements to put before and after each spatial dimension.

    ``same``: ``total = max(0, (ceil(size / stride) - 1) * stride + kernel - size)``, the odd one
    after (``same_lower``: before).

    Parameters
    ----------
    pad_type
        ``valid``, ``same``, ``same_lower`` or ``custom``.
    pad
        Before and after per dimension, flat; read only when ``pad_type`` is ``custom``.
    sizes, kernel, strides
        One number per spatial dimension; the kernel is the dilated one.

    Raises
    ------
    ValueError
        The pad type is unknown, or a size, stride or pad does not fit.
    """
    if not len(sizes) == len(kernel) == len(strides) or min((*kernel, *strides), default=0) < 1:
        raise ValueError(f"kernel {kernel} and strides {strides} do not fit sizes {sizes}")
    if pad_type == "valid":
        return [(0, 0)] * len(sizes)
    if pad_type == "custom":
        flat = integers(pad) if pad is not None else [0] * (2 * len(sizes))
        if len(flat) != 2 * len(sizes) or min(flat, default=0) < 0:
            raise ValueError(f"pad {flat} does not fit {len(sizes)} spatial dimensions")
        bounded([s + b + a for s, b, a in zip(sizes, flat[::2], flat[1::2], strict=True)])
        return list(zip(flat[::2], flat[1::2], strict=True))
    if pad_type not in ("same", "same_lower"):
        raise ValueError(f'unknown pad_type "{pad_type}"')
    totals = [
        max(0, (-(-size // stride) - 1) * stride + k - size)
        for size, k, stride in zip(sizes, kernel, strides, strict=True)
    ]
    halves = [(total // 2, total - total // 2) for total in totals]
    return halves if pad_type == "same" else [(after, before) for before, after in halves]


def torch_order(pads: Sequence[tuple[int, int]]) -> list[int]:
    """Flatten pads for ``torch.nn.functional.pad``, which starts at the last dimension."""
    return [amount for pair in reversed(pads) for amount in pair]
