"""One call of one kernel: its errors in one line, its results checked and settled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from poseconvert.errors import PackageError
from poseconvert.mil.executor.facts import Kernel
from poseconvert.mil.executor.precision import Settle
from poseconvert.mil.package.program import Operation, TensorType
from poseconvert.mil.package.refusal import refusal

_KERNEL_ERRORS = (
    ValueError,
    TypeError,
    IndexError,
    ArithmeticError,
    RuntimeError,
    AttributeError,
    MemoryError,
)


@contextmanager
def computing() -> Iterator[None]:
    """Wrap any number of calls: no gradients are kept, no numpy warnings given."""
    with torch.inference_mode(), np.errstate(all="ignore"):
        yield


def call(
    operation: Operation,
    kernel: Kernel,
    *,
    arguments: Mapping[str, Any],
    settle: Settle,
    package: Path,
) -> dict[str, Any]:
    """Run one kernel, inside ``computing``.

    Parameters
    ----------
    operation, kernel, arguments
        The op, what serves it, and its arguments by parameter name.
    settle
        From ``poseconvert.mil.executor.precision.settler``.
    package
        Named in errors.

    Returns
    -------
    dict of str to Any
        The op's outputs by name: arrays in their carriers; lists and dictionaries as they are.

    Raises
    ------
    PackageError
        The kernel refused its arguments, or gave other shapes than the op declares.
    """

    def error(what: str) -> PackageError:
        return refusal(PackageError, package, f"{operation}: {what}")

    try:
        result = kernel(**arguments)
    except _KERNEL_ERRORS as caught:
        reason = str(caught).strip().splitlines() or [type(caught).__name__]
        raise error(reason[0]) from caught
    results = result if isinstance(result, tuple) else (result,)
    if len(results) != len(operation.outputs):
        raise error(f"gave {len(results)} values")
    outputs: dict[str, Any] = {}
    for (name, declared), value in zip(operation.outputs, results, strict=True):
        if not isinstance(declared, TensorType):
            outputs[name] = value
            continue
        array = np.asarray(value)
        if not declared.admits(array.shape):
            raise error(f"gave shape {list(array.shape)}, declared is {declared}")
        try:
            outputs[name] = settle(array, declared.dtype)
        except (ValueError, TypeError, OverflowError) as caught:
            raise error(f"gave {array.dtype} values, declared is {declared}") from caught
    return outputs
