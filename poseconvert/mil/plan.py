"""Turns a block into steps: kernels found, constants bound, the last use of every value known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any, TypeAlias

import numpy as np

from poseconvert.errors import PackageError
from poseconvert.mil.precision import carrier
from poseconvert.mil.program import Constant, Function, Operation, Package, TensorType
from poseconvert.mil.refusal import refusal
from poseconvert.mil.registry import Kernel, Registration, find, refuse_missing

#: A parameter's argument: one value's name, or the names of several.
Argument: TypeAlias = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One operation ready to run, and the values nobody reads after it."""

    operation: Operation
    kernel: Kernel
    arguments: Mapping[str, Argument]
    dead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in order, and the constants they read, in the form kernels take."""

    steps: tuple[Step, ...]
    constants: Mapping[str, Any]


def plan(package: Package) -> Plan:
    """Compile the ``main`` function of a package.

    Raises
    ------
    UnsupportedOpError
        The executor lacks ops; all of them are named.
    PackageError
        An op is fed wrongly, a value is used before its definition or defined twice, or an
        output is not defined.
    """
    refuse_missing(package)
    main = package.program.main
    builder = _Builder(package, set(dict(main.inputs)))
    if len(builder.defined) != len(main.inputs):
        raise builder.error("an input is declared twice")
    steps = [step for op in main.block.operations if (step := builder.step(op, main)) is not None]
    for name in main.block.outputs:
        builder.require(name, "the program's outputs")
    return Plan(tuple(_with_deaths(steps, kept=main.block.outputs)), builder.constants)


class _Builder:
    """What is defined so far while a block is walked in order."""

    def __init__(self, package: Package, defined: set[str]) -> None:
        self.package = package
        self.defined = defined
        self.constants: dict[str, Any] = {}

    def error(self, what: str) -> PackageError:
        return refusal(PackageError, self.package.path, what)

    def require(self, name: str, user: object) -> str:
        if name not in self.defined:
            raise self.error(f'value "{name}" is used by {user} before it is defined')
        return name

    def define(self, name: str, operation: Operation) -> None:
        if name in self.defined:
            raise self.error(f'value "{name}" is defined again by {operation}')
        self.defined.add(name)

    def step(self, operation: Operation, main: Function) -> Step | None:
        """Bind one operation; constants are computed now and need no step."""
        registration = find(operation.type, main.opset)
        assert registration is not None, "refuse_missing names every op that is not found"
        if not operation.outputs or operation.blocks:
            raise self.error(f"{operation} has no outputs, or blocks it cannot have")
        self._check_parameters(operation, registration)
        if operation.type == "const":
            self.define(operation.outputs[0][0], operation)
            self.constants[operation.outputs[0][0]] = bound(operation.attributes["val"])
            return None
        arguments: dict[str, Argument] = {}
        for parameter, references in operation.inputs.items():
            names = tuple(
                self._name(operation, parameter, index, reference)
                for index, reference in enumerate(references)
            )
            arguments[parameter] = names if parameter in registration.several else names[0]
        for parameter, constant in operation.attributes.items():
            arguments[parameter] = self._name(operation, parameter, 0, constant)
        for name, _ in operation.outputs:
            self.define(name, operation)
        return Step(operation, registration.kernel, arguments)

    def _name(self, operation: Operation, parameter: str, index: int, reference: object) -> str:
        if isinstance(reference, str):
            return self.require(reference, operation)
        assert isinstance(reference, Constant)
        name = f"{operation.outputs[0][0]}:{parameter}:{index}"
        self.define(name, operation)
        self.constants[name] = bound(reference)
        return name

    def _check_parameters(self, operation: Operation, registration: Registration) -> None:
        """Refuse parameters the op does not have, lacks, or has in the wrong number."""
        known = signature(registration.kernel).parameters
        given = {**operation.inputs, **operation.attributes}
        unknown = sorted(set(given) - set(known))
        required = {name for name, p in known.items() if p.default is Parameter.empty}
        lacking = sorted(required - set(given))
        if unknown or lacking or len(given) < len(operation.inputs) + len(operation.attributes):
            raise self.error(f"{operation} has unknown inputs {unknown} and lacks {lacking}")
        for parameter, references in operation.inputs.items():
            if len(references) != 1 and parameter not in registration.several:
                raise self.error(f'{operation} has {len(references)} values for "{parameter}"')


def bound(constant: Constant) -> Any:
    """Give a constant in the form kernels take.

    Scalars that are not floats become Python's own; all else a private array in its carrier.
    """
    if not constant.type.shape and constant.type.dtype in ("bool", "string"):
        return constant.array.item()
    if not constant.type.shape and carrier(constant.type.dtype).kind in "iu":
        return int(constant.array)
    return np.array(constant.array, dtype=_storage(constant.type))


def _storage(declared: TensorType) -> np.dtype[np.generic] | None:
    return None if declared.dtype == "string" else carrier(declared.dtype)


def _flat(arguments: Iterable[Argument]) -> set[str]:
    return {n for a in arguments for n in ((a,) if isinstance(a, str) else a)}


def _with_deaths(steps: list[Step], *, kept: Iterable[str]) -> list[Step]:
    """Walk backwards: a value dies at the step that reads it last, or that made it in vain."""
    alive = set(kept)
    finished: list[Step] = []
    for step in reversed(steps):
        touched = _flat(step.arguments.values()) | {name for name, _ in step.operation.outputs}
        dead = tuple(sorted(touched - alive))
        alive |= touched
        finished.append(Step(step.operation, step.kernel, step.arguments, dead))
    return finished[::-1]
