"""What is known of the values that a node may read, where it stands."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from onnx import AttributeProto, FunctionProto, NodeProto, OperatorSetIdProto, TypeProto

from poseconvert.graph.constants import Array

Known = TypeVar("Known")


@dataclass(frozen=True, slots=True)
class Scope:
    """What is known of values where a node stands.

    Attributes
    ----------
    types : by name.
    constants : small values, by name.
    sized : values that follow from shapes alone: constants once every input's shape is fixed.
    opsets : that the nodes are of.
    attributes : that the caller of a function gives.
    """

    types: MutableMapping[str, TypeProto]
    constants: MutableMapping[str, Array]
    sized: MutableMapping[str, bool]
    opsets: Sequence[OperatorSetIdProto]
    attributes: Mapping[str, AttributeProto]

    def inner(self) -> Scope:
        """Return the scope of a nested graph, which sees this one."""
        return Scope(
            ChainMap({}, self.types),
            ChainMap({}, self.constants),
            ChainMap({}, self.sized),
            self.opsets,
            self.attributes,
        )

    def called(self, function: FunctionProto, node: NodeProto) -> Scope:
        """Return the scope of a function's body, which sees what the call ``node`` gives it."""
        pairs = list(zip(function.input, node.input, strict=False))

        def given(ours: Mapping[str, Known]) -> dict[str, Known]:
            return {formal: ours[actual] for formal, actual in pairs if actual in ours}

        return Scope(
            given(self.types),
            given(self.constants),
            given(self.sized),
            list(function.opset_import),
            {a.name: a for a in (*function.attribute_proto, *node.attribute)},
        )
