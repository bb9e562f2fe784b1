"""What the executor runs: steps in order, their constants, and the last use of every value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from poseconvert.mil.executor.facts import PLAIN, Facts, Kernel
from poseconvert.mil.executor.precision import Settle, carrier
from poseconvert.mil.package.program import Operation, TensorType, ValueType

#: A parameter's argument: one value's name, or the names of several.
Argument: TypeAlias = str | tuple[str, ...]


@dataclass(slots=True)
class Spent:
    """What nested blocks took of one run so far: how often they ran, and what they computed."""

    runs: int = 0
    elements: int = 0


class Values(dict[str, Any]):
    """Values by name, in the form kernels take; large constants are loaded whenever they are read.

    Parameters
    ----------
    held
        Values in memory.
    stored
        What loads each of the others from where the package stores it.
    around
        The values around a nested block, which it reads as well; None for a program's own.
    """

    def __init__(
        self,
        held: Mapping[str, Any],
        stored: Mapping[str, Callable[[], Any]],
        around: Values | None = None,
    ) -> None:
        super().__init__(held)
        self.stored = dict(stored)
        self.around = around
        self.spent: Spent = Spent() if around is None else around.spent

    def __missing__(self, name: str) -> Any:
        if name in self.stored or self.around is None:
            return self.stored[name]()
        return self.around[name]

    @property
    def known(self) -> set[str]:
        """Names of all of them."""
        return {*self, *self.stored}


@dataclass(frozen=True, slots=True)
class Step:
    """One operation ready to run.

    Attributes
    ----------
    arguments : names of values by parameter.
    settle : brings results to their declared types.
    facts : what is true of the op.
    blocks : nested blocks by parameter, for control flow.
    dead : values that nobody reads after it.
    """

    operation: Operation
    kernel: Kernel
    arguments: Mapping[str, Argument]
    settle: Settle
    facts: Facts = PLAIN
    blocks: Mapping[str, BlockPlan] = field(default_factory=dict)
    dead: tuple[str, ...] = ()

    @property
    def reads(self) -> set[str]:
        """Names of all values it needs, those of its nested blocks included."""
        captured = (block.captures for block in self.blocks.values())
        return names_of(self.arguments.values()).union(*captured)


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """A block ready to run.

    Attributes
    ----------
    inputs, outputs : names of the values that enter and leave it.
    constants : the values stored in it.
    captures : names of the surrounding values it reads.
    """

    inputs: tuple[str, ...]
    steps: tuple[Step, ...]
    constants: Values
    outputs: tuple[str, ...]
    captures: frozenset[str] = frozenset()


def names_of(arguments: Iterable[Argument]) -> set[str]:
    """Names of all values that arguments mention."""
    return {n for a in arguments for n in ((a,) if isinstance(a, str) else a)}


def with_deaths(steps: list[Step], *, kept: Iterable[str]) -> tuple[Step, ...]:
    """Walk backwards: a value dies at the step that reads it last, or that made it in vain."""
    alive = set(kept)
    finished: list[Step] = []
    for step in reversed(steps):
        touched = step.reads | {name for name, _ in step.operation.outputs}
        finished.append(replace(step, dead=tuple(sorted(touched - alive))))
        alive |= touched
    return tuple(finished[::-1])


def most_held(plan: BlockPlan, entering: Iterable[tuple[str, ValueType]] = ()) -> int:
    """Bytes of computed values that a run holds at its fullest moment, as they are declared.

    Sizes known only at run time count as nothing; views count as copies.

    Parameters
    ----------
    plan
        A block, ready to run.
    entering
        Names and types of its inputs.
    """
    held = {name: _carried_bytes(declared) for name, declared in entering}
    total = most = sum(held.values())
    for step in plan.steps:
        made = {name: _carried_bytes(declared) for name, declared in step.operation.outputs}
        held |= made
        total += sum(made.values())
        inner = max(map(most_held, step.blocks.values()), default=0)
        most = max(most, total + inner)
        total -= sum(held.pop(name, 0) for name in step.dead)
    return most


def _carried_bytes(declared: ValueType) -> int:
    if not isinstance(declared, TensorType) or declared.elements is None:
        return 0
    return declared.elements * carrier(declared.dtype).itemsize
