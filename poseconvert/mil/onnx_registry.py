"""Which translation to ONNX serves which form of an op.

A translation is bound to the very kernels it was checked against: when an op is registered again
for a later opset, programs of that opset keep to the interpreter until a translation names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TypeAlias, TypeVar

from poseconvert.mil.registry import find

#: Takes the graph and an op's parameters; gives the names of its outputs in the graph.
Form: TypeAlias = Callable[..., str | tuple[str, ...]]
_Form = TypeVar("_Form", bound=Form)

_forms: dict[tuple[str, str], Form] = {}


def onnx_form(type: str, /, *since: str) -> Callable[[_Form], _Form]:
    """Register the decorated function as the translation of an op.

    Parameters
    ----------
    type
        The op's MIL name.
    since
        The opsets whose registrations of the op it serves; ``CoreML5`` when none is named.

    Raises
    ------
    ValueError
        The pair is registered already.
    """

    def register(form: _Form) -> _Form:
        for opset in since or ("CoreML5",):
            if (type, opset) in _forms:
                raise ValueError(f'the ONNX form of "{type}" is registered twice for {opset}')
            _forms[type, opset] = form
        return form

    return register


def onnx_forms() -> Iterator[tuple[str, str]]:
    """Op and opset of every translation, sorted."""
    import_module("poseconvert.mil.onnx_forms")
    yield from sorted(_forms)


def find_form(type: str, opset: str) -> Form | None:
    """Find the translation of the kernel that serves an op in ``opset``."""
    import_module("poseconvert.mil.onnx_forms")
    registration = find(type, opset)
    return None if registration is None else _forms.get((type, registration.since))
