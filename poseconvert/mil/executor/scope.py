"""Names and constants of one block while it is compiled."""

from __future__ import annotations

from functools import partial
from inspect import Parameter, signature
from typing import Any

import numpy as np

from poseconvert.errors import PackageError
from poseconvert.mil.executor.plan import Values
from poseconvert.mil.executor.precision import carrier
from poseconvert.mil.executor.registry import Registration
from poseconvert.mil.package.blob import release
from poseconvert.mil.package.program import Constant, Operation, Package, TensorType
from poseconvert.mil.package.refusal import refusal

#: Constants of so many bytes are worth loading at every use, and a system call that gives back the
#: memory of what was copied.
_LARGE = 2**16


class Scope:
    """What one block sees while it is walked in order; ``around`` is the scope it lies in."""

    def __init__(self, package: Package, around: Scope | None) -> None:
        self.package = package
        self.around = around
        self.defined: set[str] = set()
        self.captured: set[str] = set()
        self.constants = Values({}, {})

    def sees(self, name: str) -> bool:
        """Whether a name is defined so far, here or around."""
        scope: Scope | None = self
        while scope is not None and name not in scope.defined:
            scope = scope.around
        return scope is not None

    def error(self, what: str) -> PackageError:
        """Build a refusal of the package."""
        return refusal(PackageError, self.package.path, what)

    def require(self, name: str, user: object) -> str:
        """Pass on the name of a value that is defined; blocks note which they read from around."""
        if not self.sees(name):
            raise self.error(f'value "{name}" is used by {user} before it is defined')
        scope: Scope | None = self
        while scope is not None and name not in scope.defined:
            scope.captured.add(name)
            scope = scope.around
        return name

    def define(self, name: str, owner: object) -> str:
        """Pass on a new name."""
        if self.sees(name):
            raise self.error(f'value "{name}" is defined again by {owner}')
        self.defined.add(name)
        return name

    def bind(self, name: str, constant: Constant) -> None:
        """Hold a constant, or only the way to it where it is large."""
        if constant.array.nbytes < _LARGE:
            self.constants[name] = bound(constant)
        else:
            self.constants.stored[name] = partial(bound, constant)

    def check_parameters(self, operation: Operation, registration: Registration) -> None:
        """Refuse parameters the op does not have, lacks, or has in the wrong number."""
        known = signature(registration.kernel).parameters
        given = {**operation.inputs, **operation.attributes}
        unknown = sorted(set(given) - set(known) | set(given) & set(registration.blocks))
        required = {name for name, p in known.items() if p.default is Parameter.empty}
        lacking = sorted(required - set(given) - set(registration.blocks))
        if unknown or lacking or len(given) < len(operation.inputs) + len(operation.attributes):
            raise self.error(f"{operation} has unknown inputs {unknown} and lacks {lacking}")
        for parameter, references in operation.inputs.items():
            if len(references) != 1 and parameter not in registration.several:
                raise self.error(f'{operation} has {len(references)} values for "{parameter}"')
        if operation.type == "const" and len(operation.outputs) != 1:
            raise self.error(f"{operation} has {len(operation.outputs)} outputs")


def bound(constant: Constant) -> Any:
    """Give a constant in the form kernels take.

    Scalars that are not floats become Python's own; all else a private array in its carrier.
    """
    if not constant.type.shape and constant.type.dtype in ("bool", "string"):
        return constant.array.item()
    if not constant.type.shape and carrier(constant.type.dtype).kind in "iu":
        return int(constant.array)
    private = np.array(constant.array, dtype=_storage(constant.type))
    if private.nbytes >= _LARGE:
        release(constant.array)
    return private


def _storage(declared: TensorType) -> np.dtype[np.generic] | None:
    return None if declared.dtype == "string" else carrier(declared.dtype)
