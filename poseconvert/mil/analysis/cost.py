"""What an op costs, from declared types alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from poseconvert.mil.executor.facts import Facts
from poseconvert.mil.executor.registry import facts_of
from poseconvert.mil.package.program import Constant, Function, Operation, Package, TensorType


@dataclass(frozen=True, slots=True)
class Cost:
    """Multiply-accumulates and bytes of one op; ``None`` where a shape is known at run time only.

    ``weight_bytes`` are those of its constants, ``activation_bytes`` those of the other values it
    reads and of what it writes, all in declared dtypes; ``stored_bytes`` those of its constants as
    the package stores them, fewer where they are compressed.
    """

    operation: Operation
    macs: int | None
    weight_bytes: int
    activation_bytes: int | None
    stored_bytes: int


def costs(package: Package) -> tuple[Cost, ...]:
    """Cost of every op of ``main`` whose multiply-accumulates are counted, in order.

    Parameters
    ----------
    package
        What ``read_package`` gave; it need not be one the executor can run.

    Returns
    -------
    tuple of Cost
        Multiply-accumulates (two floating-point operations each) and bytes; weights that are
        stored compressed count as the op reads them.
    """
    main = package.program.main
    types, stored = main.types(), _stored(main)
    facts = [
        (operation, facts_of(operation.type, operation.opset or main.opset))
        for operation in main.block.operations
    ]
    return tuple(
        Cost(
            operation,
            _macs(operation, known, types, main),
            _total(_operands(operation, types, stored, weights=True)) or 0,
            _total(
                _operands(operation, types, stored, weights=False)
                + [d for _, d in operation.outputs if isinstance(d, TensorType)]
            ),
            sum(stored[name] for name in _read(operation) if name in stored),
        )
        for operation, known in facts
        if known.count_macs is not None
    )


def moved_bytes(package: Package) -> int | None:
    """Bytes that the ops of :func:`costs` read and write in one run, ``None`` if unknown.

    An estimate: weights are read once as they are stored, activations from memory every time.
    A compute unit that unpacks weights beforehand or keeps activations near moves others.
    """
    each = costs(package)
    activations = [cost.activation_bytes for cost in each]
    if None in activations:
        return None
    return sum(cost.stored_bytes for cost in each) + sum(size or 0 for size in activations)


def stored_bytes(package: Package) -> int:
    """Bytes of all constants of ``main`` as they are stored."""
    main = package.program.main
    packed = [o for o in main.block.operations if o.type.startswith("constexpr_")]
    dense = sum(constant.type.nbytes or 0 for constant in main.constants().values())
    return dense + sum(_written_in(operation) for operation in packed)


def _stored(main: Function) -> dict[str, int]:
    """Bytes behind every constant and every unpacked constant, by name."""
    found = {name: constant.type.nbytes or 0 for name, constant in main.constants().items()}
    for operation in main.block.operations:  # a packed constant may be made of packed ones
        if operation.type.startswith("constexpr_"):
            read = sum(found.get(name, 0) for name in _read(operation))
            found |= {name: read + _written_in(operation) for name, _ in operation.outputs}
    return found


def _written_in(operation: Operation) -> int:
    """Bytes of the values that stand in an op itself."""
    inputs = [r for several in operation.inputs.values() for r in several]
    values = [*operation.attributes.values(), *(r for r in inputs if isinstance(r, Constant))]
    return sum(value.type.nbytes or 0 for value in values)


def _read(operation: Operation) -> set[str]:
    return {r for several in operation.inputs.values() for r in several if isinstance(r, str)}


def _operands(
    operation: Operation,
    types: Mapping[str, TensorType],
    stored: Collection[str],
    *,
    weights: bool,
) -> list[TensorType]:
    """Types of the values an op reads, either the stored ones or the computed ones."""
    return [types[r] for r in sorted(_read(operation) & types.keys()) if (r in stored) == weights]


def _total(types: Sequence[TensorType]) -> int | None:
    sizes = [declared.nbytes for declared in types]
    return None if None in sizes else sum(size for size in sizes if size is not None)


def _macs(
    operation: Operation, facts: Facts, types: Mapping[str, TensorType], main: Function
) -> int | None:
    """Multiply-accumulates by the op's own formula; ``None`` where a size is unknown."""
    named = {
        parameter: str(each[0])
        for parameter, each in operation.inputs.items()
        if each and isinstance(each[0], str)
    }
    inputs = {parameter: types[name] for parameter, name in named.items() if name in types}
    out = operation.outputs[0][1] if operation.outputs else None
    if facts.count_macs is None or "x" not in inputs or not isinstance(out, TensorType):
        return None
    constants = main.constants()
    stored = {
        parameter: constants[name].array for parameter, name in named.items() if name in constants
    }
    return facts.count_macs(inputs, stored, out)
