"""Other names for the values of a program."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from poseconvert.errors import PackageError
from poseconvert.mil.package.program import (
    Block,
    Constant,
    Operation,
    Reference,
    TensorType,
    ValueType,
)
from poseconvert.mil.package.refusal import refusal


def with_output_names(
    operations: Sequence[Operation],
    leaving: Mapping[str, str],
    inputs: Collection[str],
    *,
    path: Path,
) -> tuple[tuple[Operation, ...], tuple[str, ...]]:
    """Give outputs their own names.

    Parameters
    ----------
    operations
        Of the program's own block.
    leaving
        What gives each output, by the output's name.
    inputs
        Names of the program's inputs: an output that is one, or is given twice, goes through
        ``identity``.
    path
        Named in errors.

    Returns
    -------
    tuple of tuple of Operation and tuple of str
        The operations, and the outputs' names in their order.

    Raises
    ------
    PackageError
        An output has the name of an input and is another value.
    """
    types = {name: type for operation in operations for name, type in operation.outputs}
    names: dict[str, str] = {}
    for name, value in leaving.items():
        if value != name and name in inputs:
            what = f'gives as "{name}" another value than its input of that name'
            raise refusal(PackageError, path, what)
        if value != name and name in types:  # an earlier value of that name makes room
            names[name] = f"{name}/earlier"
    copies: list[Operation] = []
    for name, value in leaving.items():
        if value == name:
            continue
        if value in types and value not in names and value not in inputs and value not in leaving:
            names[value] = name
        else:
            declared = types.get(value, TensorType("fp32", (None,), variadic=True))
            source = names.get(value, str(value))
            copies.append(Operation("identity", name, {"x": (source,)}, ((name, declared),), {}))
    renamed = [with_names(operation, names) for operation in operations]
    return (*renamed, *copies), tuple(leaving)


def with_names(operation: Operation, names: Mapping[str, str]) -> Operation:
    """Rename the values that an op reads and gives, those of its blocks included."""

    def named(reference: Reference) -> Reference:
        return reference if isinstance(reference, Constant) else names.get(reference, reference)

    def typed(values: tuple[tuple[str, ValueType], ...]) -> tuple[tuple[str, ValueType], ...]:
        return tuple((names.get(name, name), type) for name, type in values)

    return replace(
        operation,
        name=names.get(operation.name, operation.name),
        inputs={key: tuple(map(named, several)) for key, several in operation.inputs.items()},
        outputs=typed(operation.outputs),
        blocks=tuple(
            Block(
                typed(block.inputs),
                tuple(with_names(inner, names) for inner in block.operations),
                tuple(names.get(name, name) for name in block.outputs),
            )
            for block in operation.blocks
        ),
    )
