"""Where Core ML would run each op, as a file says, joined with what each op costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from poseconvert.mil.analysis.cost import costs
from poseconvert.mil.package.program import Package

Device = Literal["neural engine", "gpu", "cpu", "not the neural engine", "unknown"]
NEURAL_ENGINE: Device = "neural engine"
ELSEWHERE: Device = "not the neural engine"  # some files say no more
UNKNOWN: Device = "unknown"
_MULTIPLYING = ("conv", "conv_transpose", "linear", "matmul")


@dataclass(frozen=True, slots=True)
class PlacedOps:
    """One op, or several of one type that a file counts together.

    Attributes
    ----------
    op : its type as MIL calls it, without the opset.
    output : name of its first output; empty where the file names types only.
    count : how many.
    device : where Core ML prefers to run it.
    why : what the file says against the Neural Engine; empty where it says nothing.
    """

    op: str
    output: str
    count: int
    device: Device
    why: str = ""


@dataclass(frozen=True, slots=True)
class ComputePlan:
    """What a file says.

    Attributes
    ----------
    source : which tool wrote it.
    asked : for which phone and compute units, as far as the file says.
    ops : those it names; constants have no place and are left out.
    totals : ops by device, of all that have a place.
    """

    source: str
    asked: str
    ops: tuple[PlacedOps, ...]
    totals: Mapping[Device, int]

    @property
    def left(self) -> tuple[PlacedOps, ...]:
        """Those that are known not to run on the Neural Engine."""
        return tuple(one for one in self.ops if one.device not in (NEURAL_ENGINE, UNKNOWN))

    @property
    def unnamed(self) -> int:
        """Ops that left by the totals, and that the file does not name."""
        away = sum(n for device, n in self.totals.items() if device not in (NEURAL_ENGINE, UNKNOWN))
        return max(0, away - sum(one.count for one in self.left))


def only_other(totals: Mapping[Device, int]) -> Device:
    """Return the one device that runs what the Neural Engine does not; else that it is another."""
    away = [device for device, count in totals.items() if device != NEURAL_ENGINE and count]
    return away[0] if len(away) == 1 else ELSEWHERE


@dataclass(frozen=True, slots=True)
class LeftType:
    """All ops of one type that left the Neural Engine.

    Attributes
    ----------
    op : the type.
    count : how many left; ``of`` how many the package has, None where it has fewer.
    devices : where they run instead.
    least, most : their part of the package's multiply-accumulates, None where it is not known.
        They differ where the file does not say which ops of the type left.
    why : reasons that the file gives, each once.
    """

    op: str
    count: int
    of: int | None
    devices: tuple[Device, ...]
    least: float | None
    most: float | None
    why: tuple[str, ...]


def left_by_type(plan: ComputePlan, package: Package) -> tuple[LeftType, ...]:
    """Sum up what left by type of op, the costliest first."""
    found = [_left(op, plan, package) for op in dict.fromkeys(one.op for one in plan.left)]
    return tuple(sorted(found, key=lambda one: (-(one.most or 0.0), -one.count, one.op)))


def fits(plan: ComputePlan, package: Package) -> str:
    """Say why a plan cannot be one of a package; empty where nothing proves that.

    Core ML may rename values, add casts and fuse ops: a plan is refused where no name is the
    package's, and it has more of the ops that multiply than the package, or of all it names.
    """
    operations = list(package.program.main.block.walk())
    known = {name for op in operations for name, _ in op.outputs}
    if any(one.output in known for one in plan.ops if one.output):
        return ""
    have = Counter(op.type for op in operations)
    wanted: Counter[str] = Counter()
    for one in plan.ops:
        wanted[one.op] += one.count
    del wanted["cast"]
    more = [op for op, count in wanted.items() if count > have[op]]
    worst = [op for op in more if op in _MULTIPLYING] or (more if len(more) == len(wanted) else [])
    return f"it has {wanted[worst[0]]} {worst[0]}, the package {have[worst[0]]}" if worst else ""


def _left(op: str, plan: ComputePlan, package: Package) -> LeftType:
    these = [one for one in plan.left if one.op == op]
    count = sum(one.count for one in these)
    outputs = [name for name in (one.output for one in these) if name]
    have = sum(one.type == op for one in package.program.main.block.operations)
    least, most = _share(op, count, outputs, package)
    return LeftType(
        op=op,
        count=count,
        of=have if have >= count else None,
        devices=tuple(dict.fromkeys(one.device for one in these)),
        least=least,
        most=most,
        why=tuple(dict.fromkeys(one.why for one in these if one.why)),
    )


def _share(
    op: str, count: int, outputs: Sequence[str], package: Package
) -> tuple[float | None, float | None]:
    """Multiply-accumulates of ops that left, at least and at most, as a part of the package's."""
    each = {cost.operation.outputs[0][0]: cost for cost in costs(package)}
    macs = [cost.macs for cost in each.values()]
    total = sum(one for one in macs if one is not None)
    if None in macs or not total:
        return None, None
    if len(outputs) == count and all(name in _outputs(package) for name in outputs):
        exact = sum((each[name].macs or 0) for name in outputs if name in each) / total
        return exact, exact
    same = sorted(cost.macs or 0 for cost in each.values() if cost.operation.type == op)
    free = sum(one.type == op for one in package.program.main.block.operations) - len(same)
    few = max(0, count - max(0, free))  # ops of the type that cost nothing may have left first
    return sum(same[:few]) / total, sum(same[::-1][:count]) / total


def _outputs(package: Package) -> set[str]:
    return {name for op in package.program.main.block.operations for name, _ in op.outputs}
