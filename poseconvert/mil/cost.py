"""What an op costs, from declared types alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from poseconvert.mil.program import Constant, Operation, Package, TensorType


@dataclass(frozen=True, slots=True)
class Cost:
    """Multiply-accumulates and bytes of one op; ``None`` where a shape is known at run time only.

    ``weight_bytes`` are those of its constants, ``activation_bytes`` those of the other values it
    reads and of what it writes, all in declared dtypes.
    """

    operation: Operation
    macs: int | None
    weight_bytes: int
    activation_bytes: int | None


def costs(package: Package) -> tuple[Cost, ...]:
    """Cost of every ``conv``, ``conv_transpose``, ``linear`` and ``matmul`` of ``main``, in order.

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
    types, constants = main.types(), main.constants()
    decompressed = {
        name
        for operation in main.block.operations
        if operation.type.startswith("constexpr_")
        for name, _ in operation.outputs
    }
    weights = frozenset(constants) | decompressed
    return tuple(
        Cost(
            operation,
            _macs(operation, types, constants),
            _total(_operands(operation, types, weights, stored=True)) or 0,
            _total(
                _operands(operation, types, weights, stored=False)
                + [d for _, d in operation.outputs if isinstance(d, TensorType)]
            ),
        )
        for operation in main.block.operations
        if operation.type in ("conv", "conv_transpose", "linear", "matmul")
    )


def _operands(
    operation: Operation,
    types: Mapping[str, TensorType],
    weights: Collection[str],
    *,
    stored: bool,
) -> list[TensorType]:
    """Types of the values an op reads, either the stored ones or the computed ones."""
    references = {r for several in operation.inputs.values() for r in several if isinstance(r, str)}
    return [types[r] for r in sorted(references & types.keys()) if (r in weights) == stored]


def _total(types: Sequence[TensorType]) -> int | None:
    sizes = [declared.nbytes for declared in types]
    return None if None in sizes else sum(size for size in sizes if size is not None)


def _macs(
    operation: Operation, types: Mapping[str, TensorType], constants: Mapping[str, Constant]
) -> int | None:
    """Multiply-accumulates by the op's own formula; ``None`` where a size is unknown."""
    operands = {
        parameter: types.get(references[0])
        for parameter, references in operation.inputs.items()
        if references and isinstance(references[0], str)
    }
    x, out = operands.get("x"), operation.outputs[0][1] if operation.outputs else None
    if x is None or not isinstance(out, TensorType):
        return None
    if operation.type == "matmul":
        flag = constants.get(str(next(iter(operation.inputs.get("transpose_x", ())), "")))
        axis = -2 if flag is not None and flag.array.dtype == bool and flag.array.all() else -1
        each = TensorType("fp32", x.shape[axis : axis + 1 or None])
        counted = out
    else:
        weight = operands.get("weight")
        each = TensorType("fp32", weight.shape[1:] if weight else (None,))
        counted = x if operation.type == "conv_transpose" else out
    if counted.elements is None or each.elements is None:
        return None
    return counted.elements * each.elements
