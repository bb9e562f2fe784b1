"""A forecast of what a chip's Neural Engine could run: what Core ML chose only a plan says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from poseconvert.mil.analysis.cost import costs
from poseconvert.mil.analysis.neural_engine import (
    ANEFORGE_LIMITS,
    ANEFORGE_WALLS,
    FAMILIES,
    RF_DETR,
    Family,
    Verdict,
    row,
)
from poseconvert.mil.package.program import Function, Operation, Package, TensorType

_NO_OP = ("const", "call")  # what is folded before anything runs has no place


@dataclass(frozen=True, slots=True)
class Expected:
    """Ops of one type that are forecast alike.

    Attributes
    ----------
    op : the type.
    count : how many.
    verdict : ``yes``, ``no`` or ``unknown``.
    why : the reason against them, else empty.
    source : who says so; empty where nobody says anything.
    """

    op: str
    count: int
    verdict: Verdict
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """One family of chips.

    Attributes
    ----------
    chips : which.
    why : what is said of all of them; empty where the ops are forecast one by one.
    ops : of the package, by type and verdict, in the order of the program.
    share : of the multiply-accumulates, by verdict; empty where they are not known.
    """

    chips: str
    why: str
    ops: tuple[Expected, ...]
    share: Mapping[Verdict, float]

    def count(self, verdict: Verdict) -> int:
        """Ops of one verdict."""
        return sum(one.count for one in self.ops if one.verdict == verdict)


def forecast(package: Package) -> tuple[Forecast, ...]:
    """Forecast a package on every family of chips, the oldest first."""
    main = package.program.main
    types = main.types()
    each = {cost.operation.outputs[0][0]: cost.macs for cost in costs(package)}
    return tuple(_family(family, main, types, each) for family in FAMILIES)


def _family(
    family: Family,
    main: Function,
    types: Mapping[str, TensorType],
    macs: Mapping[str, int | None],
) -> Forecast:
    counts: dict[tuple[str, Verdict, str, str], int] = {}
    sums: dict[Verdict, int] = dict.fromkeys(("yes", "no", "unknown"), 0)
    for operation in main.block.operations:
        if operation.type in _NO_OP or operation.type.startswith("constexpr_"):
            continue
        verdict, why, source = _judged(operation, family, types)
        key = operation.type, verdict, why, source
        counts[key] = counts.get(key, 0) + 1
        sums[verdict] += macs.get(operation.outputs[0][0]) or 0 if operation.outputs else 0
    total = sum(sums.values())
    known = total > 0 and None not in macs.values()
    return Forecast(
        family.name,
        family.why,
        tuple(
            Expected(op, n, verdict, why, source)
            for (op, verdict, why, source), n in counts.items()
        ),
        {verdict: one / total for verdict, one in sums.items()} if known else {},
    )


def _judged(
    operation: Operation, family: Family, types: Mapping[str, TensorType]
) -> tuple[Verdict, str, str]:
    verdict, source = row(operation.type, family)
    if family.name == "A11":
        return "no", family.why, source
    if why := _wrong_dtype(operation, types):
        return "no", why, f"{ANEFORGE_WALLS}; {RF_DETR}"
    if family.column is not None and (why := _too_large(operation, family, types)):
        return "no", why, ANEFORGE_LIMITS
    return verdict, "not supported" if verdict == "no" else "", source


def _wrong_dtype(operation: Operation, types: Mapping[str, TensorType]) -> str:
    """Say which dtype it computes in that the Neural Engine, a machine for float16, does not."""
    found = [d for _, d in operation.outputs if isinstance(d, TensorType)]
    # A shape or an axis is an int32 constant of one axis at most, and computed with by nobody.
    found += [
        types[name]
        for several in operation.inputs.values()
        for name in several
        if isinstance(name, str) and name in types and not _is_small(types[name])
    ]
    wrong = {one.dtype for one in found} & {"fp32", "fp64", "int32", "int64", "bool"}
    return f"works on {', '.join(sorted(wrong))}" if wrong else ""


def _is_small(declared: TensorType) -> bool:
    return declared.dtype in ("int32", "bool", "string") and len(declared.shape) <= 1


def _too_large(operation: Operation, family: Family, types: Mapping[str, TensorType]) -> str:
    shapes = [d.shape for _, d in operation.outputs if isinstance(d, TensorType)]
    longest = max((size or 0 for shape in shapes for size in shape[2:]), default=0)
    if longest > family.side:
        return f"a side of {longest}, at most {family.side}"
    weight = operation.inputs.get("weight", ())
    name = weight[0] if weight else None
    if operation.type == "conv" and isinstance(name, str) and name in types:
        width = types[name].shape[-1] or 0
        if width > family.kernel:
            return f"a kernel {width} wide, at most {family.kernel}"
    return ""
