"""Bring a graph to the ops a route has, where ops it lacks are made of simpler ones."""

from __future__ import annotations

from collections.abc import Callable

from onnx import ModelProto

from poseconvert.graph.decompose import plain
from poseconvert.graph.fold_constants import with_constants_folded
from poseconvert.graph.functions import functions_of, with_functions_expanded

_ROUNDS = 4  # a body may use functions: a loss its logarithm of softmax


def rewritten(
    model: ModelProto, lacking: Callable[[ModelProto], set[str]], *, expand_all: bool
) -> ModelProto:
    """Return ``model`` with equal nodes in place of those a route lacks.

    Parameters
    ----------
    lacking : the op types of a graph that the route has no conversion for.
    expand_all : replace every op the standard has a body for, also those the route
        has: its conversion of them may be the fault.
    """
    model = plain(model)
    for _ in range(_ROUNDS):
        wanted = functions_of(model) & (functions_of(model) if expand_all else lacking(model))
        if not wanted:
            break
        model = with_constants_folded(plain(with_functions_expanded(model, wanted)))
    return model
