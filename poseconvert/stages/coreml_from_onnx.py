"""Simplified ONNX to a Core ML package, by one of three routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onnx import ModelProto

from poseconvert.errors import RouteError, StageError
from poseconvert.graph.functions import functions_of
from poseconvert.stages.coreml_by_onnx2coreml import by_onnx2coreml, lacking_in_onnx2coreml
from poseconvert.stages.coreml_by_onnxsim import by_onnxsim, lacking_in_onnxsim
from poseconvert.stages.coreml_options import CoreMLOptions, Route, Way
from poseconvert.stages.coreml_package import (
    check_interface,
    package_inputs,
    quiet_coremltools,
    settle,
)
from poseconvert.stages.coreml_rewrites import rewritten
from poseconvert.stages.stage import Work

if TYPE_CHECKING:
    from poseconvert.network.source import Source

_REASON = 200


def coreml_from_onnx(
    model: ModelProto,
    path: Path,
    *,
    options: CoreMLOptions,
    way: Way,
    network: Source | None = None,
) -> None:
    """Convert a simplified graph, which stays as it is, to an ``.mlpackage`` at ``path``.

    Parameters
    ----------
    network : what the graph was exported from; only the route ``torch`` needs it.

    Raises
    ------
    StageError : the graph's inputs fit no package.
    RouteError : this route lacks an op, fails, or its package does not come out
        with the names, shapes and types of the graph.
    """
    with quiet_coremltools():
        _CoremlFromOnnx(model, options, way, network).to(path)


@dataclass(frozen=True, slots=True)
class _CoremlFromOnnx(Work[tuple[ModelProto, list[Any]], Any]):
    model: ModelProto
    options: CoreMLOptions
    way: Way
    network: Source | None

    def requires(self) -> tuple[ModelProto, list[Any]]:
        return self.model, package_inputs(self.model, self.options)

    def run(self, given: tuple[ModelProto, list[Any]]) -> Any:
        with self._explained():
            return _package(*given, self.options, self.way, self.network)

    def ensures(self, given: tuple[ModelProto, list[Any]], made: Any) -> None:
        with self._explained():
            check_interface(made.get_spec(), given[0], sized=bool(self.options.sizes))

    def write(self, made: Any, path: Path) -> None:
        with self._explained():
            made.save(str(path))
        settle(path)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except StageError:
            raise
        except Exception as error:  # all routes raise their own and Python's types
            cure = "; one --size may convert" if self.options.sizes else ""
            raise RouteError(f"fails: {_reason(error)}{cure}") from error


def ways_of(model: ModelProto, routes: Sequence[Route]) -> tuple[Way, ...]:
    """List the ways for a graph: the routes, then those from simpler ops."""
    simpler = bool(functions_of(model))
    again = [Way(route, expanded=True) for route in routes if simpler and route in _BY_GRAPH]
    return (*map(Way, routes), *again)


def _package(
    model: ModelProto,
    kinds: Sequence[Any],
    options: CoreMLOptions,
    way: Way,
    network: Source | None,
) -> Any:
    if way.route == "torch":
        if network is None:
            raise RouteError("needs the PyTorch source, and MODEL is an ONNX file")
        from poseconvert.stages.coreml_by_torch import by_torch

        return by_torch(network, model, kinds, options)
    by, _ = _BY_GRAPH[way.route]
    return by(seen_by(way, model), kinds, options)


def seen_by(way: Way, model: ModelProto) -> ModelProto:
    """Return a graph as the converter of a way from graphs gets it.

    Raises
    ------
    RouteError : the route lacks an op.
    """
    _, lacking = _BY_GRAPH[way.route]
    model = rewritten(model, lacking, expand_all=way.expanded)
    if missing := sorted(lacking(model)):
        raise RouteError(f"lacks {', '.join(missing)}")
    return model


_BY_GRAPH: dict[
    str,
    tuple[
        Callable[[ModelProto, Sequence[Any], CoreMLOptions], Any], Callable[[ModelProto], set[str]]
    ],
] = {
    "onnx2coreml": (by_onnx2coreml, lacking_in_onnx2coreml),
    "onnxsim": (by_onnxsim, lacking_in_onnxsim),
}


def unsupported_ops(model: ModelProto) -> set[str]:
    """Return the op types that no route from a graph has a conversion for."""
    with quiet_coremltools():
        missing = lacking_in_onnx2coreml(model)
        return missing & lacking_in_onnxsim(model) if missing else missing


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:4])[:_REASON] or type(error).__name__
