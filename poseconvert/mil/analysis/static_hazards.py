"""What may go wrong on a phone and can be seen without running anything.

Each hazard is a known cause of other answers after conversion, not a proof that it strikes here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from poseconvert.mil.executor.registry import facts_of
from poseconvert.mil.package.features import ArrayFeature
from poseconvert.mil.package.program import Array, Constant, Function, Operation, Package

FP16_MAX = 65504.0
FP16_SMALLEST_NORMAL = 2.0**-14
A11_NEWEST_SPEC = 7


@dataclass(frozen=True, slots=True)
class Hazard:
    """One hazard.

    Attributes
    ----------
    cause : its name, as diagnoses use it.
    op : the op it concerns; empty for the package.
    what, cure : what it is, and what to do.
    """

    cause: str
    op: str
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.op + ': ' if self.op else ''}{self.what}. {self.cure}"


def find_hazards(package: Package) -> tuple[Hazard, ...]:
    """List the hazards of a package that its files alone show.

    Parameters
    ----------
    package
        What ``read_package`` gave; it need not be one the executor can run.

    Returns
    -------
    tuple of Hazard
        The package's own first, then those of its ops in order.
    """
    main = package.program.main
    operations = [
        hazard
        for operation in main.block.operations
        for check in _CHECKS
        for hazard in check(operation, main)
    ]
    return (*_package_hazards(package), *operations)


def _package_hazards(package: Package) -> Iterator[Hazard]:
    if package.spec_version > A11_NEWEST_SPEC:
        yield Hazard(
            "spec version",
            "",
            f"specification version {package.spec_version} does not load on A11 phones, "
            "which stop at iOS 16",
            "Convert for iOS 15 or 16.",
        )
    for output in package.outputs:
        if isinstance(output, ArrayFeature) and output.dtype == "fp16":
            yield Hazard(
                "float16 output",
                "",
                f'output "{output.name}" is float16: read as float32 it is noise',
                "Declare outputs float32, or read them as float16 in the app.",
            )


def _weights(operation: Operation, _: Function) -> Iterator[Hazard]:
    """Find stored numbers that fp16 cannot hold, or holds with few bits."""
    constant = operation.attributes.get("val") if operation.type == "const" else None
    if constant is None or constant.type.dtype not in ("fp16", "fp32"):
        return
    sizes = np.abs(np.asarray(constant.array, np.float32))
    outside = int(np.count_nonzero(~(sizes <= FP16_MAX)))
    tiny = int(np.count_nonzero((sizes > 0) & (sizes < FP16_SMALLEST_NORMAL)))
    if outside:
        yield Hazard(
            "float16 overflow",
            operation.name,
            f"{outside} of {sizes.size} stored values are NaN, infinite or above 65504",
            "Keep the op that reads them fp32.",
        )
    if tiny and constant.type.dtype == "fp16" and sizes.size > 1:
        yield Hazard(
            "float16 underflow",
            operation.name,
            f"{tiny} of {sizes.size} fp16 values are subnormal, which some hardware reads as 0",
            "Rescale the layer, or keep it fp32.",
        )


def _same_padding(operation: Operation, main: Function) -> Iterator[Hazard]:
    """Find ``same`` where it pads unevenly: strided, and the size is not k * stride + 1."""
    pad_type = _stored(operation, "pad_type", main)
    if pad_type is None or str(pad_type) not in ("same", "same_lower"):
        return
    if str(pad_type) == "same_lower" and main.opset == "CoreML5":
        yield Hazard(
            "padding",
            operation.name,
            "pad_type same_lower is not part of iOS 15",
            "Convert for iOS 16.",
        )
    strides = _stored(operation, "strides", main)
    x = next(iter(operation.inputs.get("x", ())), None)
    declared = main.types().get(x) if isinstance(x, str) else None
    if strides is None or strides.dtype.kind not in "iu" or declared is None:
        return
    steps = [int(step) for step in strides.reshape(-1)]
    for size, step in zip(declared.shape[2:], steps, strict=False):
        if step > 1 and (size is None or (size - 1) % step):
            yield Hazard(
                "padding",
                operation.name,
                f"pad_type {pad_type} at stride {step} and input size {size}, which is not "
                f"k * {step} + 1: it pads unevenly, PyTorch's padding is one pixel off",
                "Pad explicitly, or feed a size of that form.",
            )
            return


def _sigmoid_output(operation: Operation, main: Function) -> Iterator[Hazard]:
    """Find an output's sigmoid, looked for through casts."""
    plateau = facts_of(operation.type, operation.opset or main.opset).plateau
    if plateau is None or not operation.outputs:
        return
    names = {operation.outputs[0][0]}
    for later in main.block.operations:
        read = {x for x in later.inputs.get("x", ()) if isinstance(x, str)}
        if later.type in ("cast", "identity") and read & names:
            names |= {name for name, _ in later.outputs}
    if names & set(main.block.outputs) and main.types()[operation.outputs[0][0]].dtype == "fp16":
        yield Hazard(
            "sigmoid plateau",
            operation.name,
            f"an fp16 {operation.type} makes an output: it has 6 distinct values above logit "
            f"{plateau[0]:g} and is exactly 1 from {plateau[1]:g}, so peaks tie",
            "Give out logits, or keep the sigmoid fp32.",
        )


def _stored(operation: Operation, parameter: str, main: Function) -> Array | None:
    """Look up a parameter's constant value."""
    reference = next(iter(operation.inputs.get(parameter, ())), None)
    constant = (
        reference if isinstance(reference, Constant) else main.constants().get(reference or "")
    )
    return None if constant is None else constant.array


_CHECKS: tuple[Callable[[Operation, Function], Iterator[Hazard]], ...] = (
    _weights,
    _same_padding,
    _sigmoid_output,
)
