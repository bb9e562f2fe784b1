"""The ops of a graph that can be kept in float32, and which of them float16 hurts most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from onnx import TensorProto

from poseconvert.errors import KeepError
from poseconvert.graph.cost import macs_by_value
from poseconvert.graph.reader import read_onnx
from poseconvert.graph.values import open_graph
from poseconvert.mil import Package
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.float16.activation_noise import rounding_noises
from poseconvert.pipeline.float16.weight_noise import sensitivities, weighted_ops
from poseconvert.pipeline.localise.onnx_ops import open_onnx
from poseconvert.pipeline.localise.package_values import match_package
from poseconvert.runners.runner import Batch
from poseconvert.stages.stage import SIMPLIFIED

# In float16 a sigmoid has six values above a logit of 6, so that different peaks become equal.
_PLATEAUS = {"HardSigmoid", "Sigmoid", "Softmax"}


@dataclass(frozen=True, slots=True)
class Candidates:
    """Ops that can be kept in float32.

    Attributes
    ----------
    names : in graph order: of an op's weight, or of what it gives where it has none.
    endings : of those, activations without weights that give a heatmap.
    price : multiply-accumulates by name; 0 of ops without weights, or without a fixed shape.
    values : name by the value that an op gives.
    """

    names: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    price: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


def candidates(
    conversion: ConversionFolder, make: Callable[[tuple[str, ...]], Package]
) -> Candidates:
    """List the ops that the conversion's route can keep in float32.

    Parameters
    ----------
    make : makes the package that keeps some names.
    """
    model = read_onnx(conversion.folder / SIMPLIFIED)
    weights = {value: tensors[0] for value, tensors in weighted_ops(model)}
    graph = open_graph(model)
    ops = [op for op in graph.ops if graph.types.get(op.gives[0]) == TensorProto.FLOAT]
    values = {op.gives[0]: weights.get(op.gives[0], op.gives[0]) for op in ops}
    names = tuple(dict.fromkeys(values.values()))
    try:
        make(names)
    except KeepError as error:  # the route calls them otherwise, or has folded them away
        names = tuple(name for name in names if name not in error.names)
    macs = macs_by_value(model)
    price = dict.fromkeys(names, 0)
    for value, name in values.items():
        if name in price:
            price[name] += macs.get(value) or 0
    heatmaps = {spec.heatmap for spec in conversion.specs}
    ends = {op.gives[0] for op in ops if op.type in _PLATEAUS} & heatmaps
    endings = tuple(name for name in names if name in ends)
    return Candidates(names, endings, price, {v: n for v, n in values.items() if n in price})


def ranked(package: Package, listed: Candidates, graph: Path, batch: Batch) -> tuple[str, ...]:
    """Order the candidates that are not endings by what float16 does to each alone.

    That is the noise of its rounded weights, and the noise of its rounded sums and result.

    Parameters
    ----------
    package : with all ops in float16, made from ``graph``.
    batch : (N, ...) float32, what they are measured on.
    """
    matches = match_package(package, open_onnx(graph), batch[:1])
    values = {
        value: listed.values[match.reference]
        for value, match in matches.items()
        if match.reference in listed.values
    }
    noise = rounding_noises(package, values, batch)
    for one in sensitivities(graph, batch):
        noise[one.weight] = noise.get(one.weight, 0.0) + one.noise
    own = (name for name in listed.names if name not in listed.endings)
    return tuple(sorted(own, key=lambda name: (-noise.get(name, 0.0), name)))
