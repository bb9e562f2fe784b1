"""Which op kernel serves which op of which opset.

An op re-registered in a later opset replaces the earlier one from that opset on, as in Core ML:
``gather`` of CoreML6 serves CoreML6, CoreML7 and CoreML8 until a newer one is registered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TypeVar

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.executor.facts import PLAIN, Facts, Kernel
from poseconvert.mil.package.program import OPSETS, Package, Program
from poseconvert.mil.package.refusal import refusal

_Kernel = TypeVar("_Kernel", bound=Kernel)


@dataclass(frozen=True, slots=True)
class Registration:
    """A kernel, the opset that introduced it, and which of its parameters are special.

    Attributes
    ----------
    several : parameters that take a tuple of values.
    blocks : parameters that take a nested block, in the order a package stores them.
    facts : what else is true of the op.
    """

    type: str
    since: str
    kernel: Kernel
    several: frozenset[str]
    blocks: tuple[str, ...]
    facts: Facts


_registrations: dict[tuple[str, str], Registration] = {}


def op(
    type: str,
    /,
    *,
    since: str,
    several: tuple[str, ...] = (),
    blocks: tuple[str, ...] = (),
    facts: Facts = PLAIN,
) -> Callable[[_Kernel], _Kernel]:
    """Register the decorated function as the kernel of an op.

    Parameters
    ----------
    type
        The op's MIL name.
    since
        The opset that introduced this form of the op.
    several
        Parameters that take a tuple of values, as ``values`` of ``concat`` does.
    blocks
        Parameters that take a nested block: the kernel gets a function from the block's inputs to
        the tuple of its outputs.
    facts
        What else is true of the op, where the defaults are not.

    Raises
    ------
    ValueError
        The opset is unknown, or the pair is registered already.
    """
    if since not in OPSETS:
        raise ValueError(f'op "{type}": unknown opset "{since}", expected one of {OPSETS}')

    def register(kernel: _Kernel) -> _Kernel:
        if (type, since) in _registrations:
            raise ValueError(f'op "{type}" is registered twice for {since}')
        _registrations[type, since] = Registration(
            type, since, kernel, frozenset(several), blocks, facts
        )
        return kernel

    return register


def registrations() -> Iterator[Registration]:
    """Every registration, sorted by op and opset; loads the op files, hence torch."""
    import_module("poseconvert.mil.ops")
    yield from (_registrations[key] for key in sorted(_registrations))


def find(type: str, opset: str) -> Registration | None:
    """Find the newest registration of an op that is not newer than ``opset``."""
    import_module("poseconvert.mil.ops")
    for since in reversed(OPSETS[: OPSETS.index(opset) + 1]):
        if (type, since) in _registrations:
            return _registrations[type, since]
    return None


def facts_of(type: str, opset: str) -> Facts:
    """Give what is true of an op; the defaults for one that the executor lacks."""
    registration = find(type, opset)
    return PLAIN if registration is None else registration.facts


def missing_ops(program: Program | Package) -> tuple[str, ...]:
    """Name the ops of the function that runs which the reference executor lacks, sorted."""
    main = (program.program if isinstance(program, Package) else program).main
    types = {(operation.type, operation.opset or main.opset) for operation in main.block.walk()}
    return tuple(sorted({type for type, opset in types if find(type, opset) is None}))


def refuse_missing(package: Package) -> None:
    """Refuse a package that uses ops the reference executor lacks.

    Raises
    ------
    UnsupportedOpError
        With the names of all missing ops.
    """
    missing = missing_ops(package)
    if missing:
        raise refusal(
            UnsupportedOpError,
            package.path,
            f"the reference executor lacks {len(missing)} of its ops in opset "
            f"{package.program.main.opset}: {', '.join(missing)}",
            "Convert with other ops, or run the package on macOS.",
        )
