"""What kind of Core ML package to make, and the routes that can make one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from poseconvert import fields

Precision = fields.Precision
InputKind = Literal["image", "tensor"]
Target = fields.Target
Route = fields.Route

# In the order they are tried.
ROUTES: tuple[Route, ...] = get_args(Route)
# The routes whose programs know weights by their names in the graph.
KEEPS_OPS = frozenset[Route]({"onnx2coreml", "onnxsim"})


@dataclass(frozen=True, slots=True)
class Way:
    """One attempt: a route, from the graph as it is or in the simplest ops.

    Attributes
    ----------
    route : who makes the package.
    expanded : first replace every op that the ONNX standard defines by simpler ones;
        the ops a route lacks are replaced in any case.
    """

    route: Route
    expanded: bool = False

    def __str__(self) -> str:
        return f"{self.route}, functions expanded" if self.expanded else self.route


@dataclass(frozen=True, slots=True)
class CoreMLOptions:
    """What kind of package to make.

    Attributes
    ----------
    precision : ``fp16`` (the Neural Engine needs it) or ``fp32``.
    target : oldest iOS. iOS 16 is the last an A11 phone runs.
    images : names of the inputs that take camera frames (RGB); the others take float32.
    keep_fp32 : names of weights whose ops stay float32 in a float16 package; of an op
        without weights, the name of the value it gives.
    sizes : every (H, W) that its picture may have, the graph's own first; empty where that
        is the only one.
    """

    precision: Precision = "fp16"
    target: Target = "iOS16"
    images: tuple[str, ...] = ()
    keep_fp32: tuple[str, ...] = ()
    sizes: tuple[tuple[int, int], ...] = ()
