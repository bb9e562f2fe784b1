"""The same elements in the same order with another shape, or with dimensions permuted."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import integers


@op("reshape", since="CoreML5")
def reshape_ios15(*, x: Array, shape: Array) -> Array:
    """``y`` is ``x`` in row-major order with another shape; 0 keeps a size, -1 takes the rest.

    Shapes
    ------
    ``x``: any; ``shape``: [rank of the result]; a 0 stands for the size of ``x`` at its index.

    Raises
    ------
    ValueError
        The sizes do not multiply to those of ``x``, or there is a 0 where ``x`` has no dimension.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``reshape``. Its builder allows a
    0 for equal ranks only, its ``enforce_volumetric_constraint`` for any.
    """
    sizes, known = integers(shape), np.shape(x)
    if 0 in sizes[len(known) :]:
        raise ValueError(f"shape {sizes} has a 0 where x {known} has no dimension")
    return np.reshape(x, [size or known[index] for index, size in enumerate(sizes)])


@op("reshape", since="CoreML7")
def reshape_ios17(*, x: Array, shape: Array) -> Array:
    """``y`` is ``x`` in row-major order with another shape; 0 keeps a size, -1 takes the rest.

    Shapes
    ------
    ``x``: any; ``shape``: [rank of the result]; a 0 stands for the size of ``x`` counted from the
    last dimension, or for 1 where ``x`` has none.

    Raises
    ------
    ValueError
        The sizes do not multiply to those of ``x``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/tensor_transformation.py, ``reshape``.
    """
    sizes = integers(shape)
    aligned = [1] * (len(sizes) - np.ndim(x)) + list(np.shape(x)[max(0, np.ndim(x) - len(sizes)) :])
    return np.reshape(x, [size or kept for size, kept in zip(sizes, aligned, strict=True)])


@op("reshape_like", since="CoreML6", several=("ref_tensors", "begins", "ends", "end_masks"))
def reshape_like(
    *,
    x: Array,
    ref_tensors: tuple[Array, ...],
    begins: tuple[int, ...],
    ends: tuple[int, ...],
    end_masks: tuple[bool, ...],
) -> Array:
    """``y`` is ``x`` in row-major order with a shape joined from parts of other tensors' shapes.

    Part ``i`` is ``ref_tensors[i].shape[begins[i]:ends[i]]``, or to the end where ``end_masks[i]``.

    Shapes
    ------
    ``x``, ``ref_tensors``: any; the others: one scalar per tensor.

    Raises
    ------
    ValueError
        The sizes do not multiply to those of ``x``, or the numbers of parameters differ.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS16/tensor_transformation.py, ``reshape_like``.
    """
    parts = zip(ref_tensors, begins, ends, end_masks, strict=True)
    shape = [
        size
        for tensor, begin, end, to_the_end in parts
        for size in np.shape(tensor)[int(begin) : None if to_the_end else int(end)]
    ]
    return np.reshape(x, shape)


@op("transpose", since="CoreML5")
def transpose(*, x: Array, perm: Array) -> Array:
    """``y``'s dimension ``i`` is ``x``'s dimension ``perm[i]``.

    Shapes
    ------
    ``x``: any; ``perm``: [rank of x]; result: the sizes permuted.

    Raises
    ------
    ValueError
        ``perm`` is no permutation of the dimensions.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``transpose``.
    """
    return np.transpose(x, integers(perm))


@op("expand_dims", since="CoreML5")
def expand_dims(*, x: Array, axes: Array) -> Array:
    """``y`` is ``x`` with dimensions of size 1 at ``axes`` of the result.

    Shapes
    ------
    ``x``: any; ``axes``: [n]; result: ``n`` dimensions more.

    Raises
    ------
    ValueError
        An axis repeats, or is outside the result.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``expand_dims``.
    """
    return np.expand_dims(x, tuple(integers(axes)))


@op("squeeze", since="CoreML5")
def squeeze(*, x: Array, axes: Array | None = None) -> Array:
    """``y`` is ``x`` without its dimensions of size 1, or without those of them in ``axes``.

    Shapes
    ------
    ``x``: any; ``axes``: [n]; axes of another size stay, as in PyTorch.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``squeeze``.
    """
    if axes is None:
        return np.squeeze(x)
    return np.squeeze(x, tuple(axis for axis in integers(axes) if x.shape[axis] == 1))
