"""Ops that draw random numbers, by name, in the graphs that runners evaluate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from onnx import ModelProto
from torch import nn

from poseconvert.graph.tensors import all_graphs

_ONNX = frozenset(
    {
        "Bernoulli",
        "Multinomial",
        "RandomNormal",
        "RandomNormalLike",
        "RandomUniform",
        "RandomUniformLike",
    }
)


def random_ops_of_module(module: nn.Module) -> tuple[str, ...]:
    """Name those of TorchScript or of an exported program; a module of Python code has no graph."""
    if isinstance(module, torch.jit.ScriptModule):
        return tuple(_of_torchscript(module.inlined_graph))
    return tuple(
        f"{node.target} ({node.name})"
        for graph in (part for part in module.modules() if isinstance(part, torch.fx.GraphModule))
        for node in graph.graph.nodes
        if torch.Tag.nondeterministic_seeded in getattr(node.target, "tags", ())
        and not _does_nothing(node)
    )


def random_ops_of_onnx(model: ModelProto) -> tuple[str, ...]:
    """Name those of an ONNX model, functions and inner graphs included."""
    return tuple(
        f"{node.op_type} ({node.name or node.output[0]})"
        for outer in (model.graph, *model.functions)
        for graph in all_graphs(outer)
        for node in graph.node
        if node.op_type in _ONNX
    )


def _does_nothing(node: Any) -> bool:
    """Whether it is a dropout that is switched off, as eval mode leaves it."""
    return "dropout" in str(node.target) and True not in node.args[2:3]


def _of_torchscript(graph: Any) -> Iterator[str]:
    for node in graph.nodes():
        for block in node.blocks():
            yield from _of_torchscript(block)
        name = node.kind().removeprefix("aten::")
        overloads = getattr(torch.ops.aten, name, None) if node.kind() != name else None
        if overloads is None or not _is_random(overloads):
            continue
        train = list(node.inputs())[2:3] if "dropout" in name else []
        if not train or train[0].toIValue() is not False:
            yield node.kind()


def _is_random(packet: Any) -> bool:
    return any(
        torch.Tag.nondeterministic_seeded in getattr(packet, overload).tags
        for overload in packet.overloads()
    )
