"""Rules on what float16 does to single ops."""

from __future__ import annotations

from poseconvert.mil.analysis.rules.rule import Rule, on
from poseconvert.mil.analysis.rules.seen import Site


def _half(site: Site, parameter: str = "x") -> bool:
    return site.dtype(parameter) == "fp16"


@on("softplus")
def _softplus(site: Site) -> str:
    return "softplus in float16" if _half(site) else ""


@on("log")
def _log_softmax(site: Site) -> str:
    maker = site.maker("x")
    soft = maker is not None and maker.operation.type == "softmax"
    return "logarithm of a softmax in float16" if soft and _half(site) else ""


@on("cumsum", "reduce_sum")
def _sum_of_exp(site: Site) -> str:
    maker = site.maker("x")
    grows = maker is not None and maker.operation.type == "exp"
    return "sum of exponentials in float16" if grows and _half(site) else ""


@on("reduce_mean", "reduce_sum", "reduce_sum_square")
def _sum_of_squares(site: Site) -> str:
    if not _half(site):
        return ""
    maker = site.maker("x")
    squares = site.operation.type == "reduce_sum_square" or (
        maker is not None and maker.operation.type == "square"
    )
    return "sum of squares in float16" if squares else ""


@on("layer_norm")
def _layer_norm(site: Site) -> str:
    return "layer_norm in float16" if _half(site) else ""


@on("sqrt")
def _sqrt(site: Site) -> str:
    return "a square root in float16" if _half(site) else ""


@on("prelu")
def _prelu(site: Site) -> str:
    alpha = site.numbers("alpha")
    rank = len(site.shape("x"))
    differ = len(set(alpha)) > 1 and rank in (3, 5)
    return f"slopes that differ, at rank {rank}" if differ else ""


@on("non_maximum_suppression")
def _boxes(site: Site) -> str:
    return "boxes in float16" if _half(site, "boxes") else ""


RULES = (
    Rule(
        id="PC070",
        kind="risky",
        title="`softplus` (and Mish) in float16",
        otherwise="On the Neural Engine it is reported to drop to 0 above 10.4.",
        cure="Write it as max(x, 0) + log(1 + exp(-abs(x))), or keep it in float32.",
        source="apple/coremltools#2687, #2725",
        evidence="report",
        check=_softplus,
    ),
    Rule(
        id="PC071",
        kind="risky",
        title="logarithm of a softmax in float16",
        otherwise="Probabilities below 6e-5 round to 0, and their logarithm to minus infinity.",
        cure="Subtract the largest, then x - log(sum(exp(x))).",
        source="apple/coremltools#2728",
        evidence="report",
        check=_log_softmax,
    ),
    Rule(
        id="PC072",
        kind="risky",
        title="sum of exponentials in float16",
        otherwise="It overflows for inputs above 11.09, and the logarithm of it is infinite.",
        cure="Subtract the largest first.",
        source="apple/coremltools#2729",
        evidence="report",
        check=_sum_of_exp,
    ),
    Rule(
        id="PC073",
        kind="risky",
        title="sum of squares in float16",
        otherwise="An RMS norm is reported to overflow on the Neural Engine, even where PyTorch"
        " computes it in float32.",
        cure="Divide by the largest first, or keep it in float32.",
        source="pytorch/executorch#19523",
        evidence="report",
        check=_sum_of_squares,
    ),
    Rule(
        id="PC074",
        kind="risky",
        title="`layer_norm` in float16",
        otherwise="Apple's own test is marked as failing on the GPU, with numerical errors.",
        cure="Look at its drift on the phone; keep it in float32 where it matters.",
        source="coremltools 9.0, mil/ops/tests/iOS14/test_normalization.py, rdar://80662357",
        evidence="Apple's test",
        check=_layer_norm,
    ),
    Rule(
        id="PC075",
        kind="risky",
        title="square root in float16",
        otherwise='Apple\'s own test is left out on the GPU: "sqrt on GPU producing nan".',
        cure="Add a small number before it, or keep it in float32.",
        source="coremltools 9.0, mil/frontend/torch/test/test_torch_ops.py,"
        " test_elementwise_no_params",
        evidence="Apple's test",
        check=_sqrt,
    ),
    Rule(
        id="PC076",
        kind="risky",
        title="`prelu` with slopes that differ, at rank 3 or 5",
        otherwise="Apple's own test is marked as failing.",
        cure="Reshape to rank 4 around it.",
        source="coremltools 9.0, mil/ops/tests/iOS14/test_activation.py, rdar://91442339",
        evidence="Apple's test",
        check=_prelu,
    ),
    Rule(
        id="PC077",
        kind="risky",
        title="`non_maximum_suppression` in float16",
        otherwise="Apple's own tests are marked as failing on CPU and GPU.",
        cure="Suppress in the app.",
        source="coremltools 9.0, mil/ops/tests/iOS14/test_tensor_operation.py, rdar://80662705",
        evidence="Apple's test",
        check=_boxes,
    ),
)
