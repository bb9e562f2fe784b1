"""Rules on slices, indices, sorting and what makes numbers."""

from __future__ import annotations

from poseconvert.mil.analysis.rules.rule import Rule, on
from poseconvert.mil.analysis.rules.seen import Site

_SCATTERS = ("scatter", "scatter_along_axis", "scatter_nd")
_ALONG = {"scatter": "axis", "scatter_along_axis": "axis"}


@on("slice_by_index")
def _squeezed_stride(site: Site) -> str:
    strided = any(step > 1 for step in site.numbers("stride"))
    return "squeeze_mask with a stride" if strided and site.flag("squeeze_mask") else ""


@on("slice_by_index")
def _backwards(site: Site) -> str:
    return "a stride below 0" if any(step < 0 for step in site.numbers("stride")) else ""


@on(*_SCATTERS)
def _outside(site: Site) -> str:
    indices, shape = site.numbers("indices"), site.shape("data")
    if site.seen.package.program.main.opset != "CoreML8" or not indices:
        return ""
    axis = int((site.numbers("axis") or [0])[0])
    sizes = [shape[axis]] if site.operation.type in _ALONG and shape else list(shape)
    most = min((size for size in sizes if size is not None), default=None)
    outside = min(indices) < 0 or (most is not None and max(indices) >= most)
    return "indices below 0 or beyond the tensor" if outside else ""


@on("reduce_argmax", "reduce_argmin", "topk", "argsort")
def _ties(site: Site) -> str:
    return "which of equal values it takes" if site.operation.outputs else ""


@on("range_1d")
def _small_steps(site: Site) -> str:
    steps = site.numbers("step")
    return f"steps of {steps[0]:g}" if steps and 0 < abs(steps[0]) < 1e-3 else ""


@on("random_uniform")
def _upper_bound(site: Site) -> str:
    return "its upper bound may come out" if site.operation.outputs else ""


@on("gru")
def _gru_batch(site: Site) -> str:
    shape = site.shape("x")
    batch = shape[1] if len(shape) > 2 else None
    return f"batch of {batch}" if batch is not None and batch > 1 else ""


RULES = (
    Rule(
        id="PC090",
        kind="risky",
        title="slice with both a stride and `squeeze_mask`",
        otherwise='Apple\'s own test is left out: "MLProgram does not apply squeeze_mask".',
        cure="Slice, then squeeze.",
        source="coremltools 9.0, mil/ops/tests/iOS14/test_tensor_transformation.py,"
        " rdar://103365766",
        evidence="Apple's test",
        check=_squeezed_stride,
    ),
    Rule(
        id="PC091",
        kind="risky",
        title="slice with a stride below 0",
        otherwise="Apple's own test of a single element is marked as failing.",
        cure="Use reverse.",
        source="coremltools 9.0, mil/ops/tests/iOS14/test_tensor_transformation.py,"
        " rdar://99664032",
        evidence="Apple's test",
        check=_backwards,
    ),
    Rule(
        id="PC092",
        kind="risky",
        title="scatter with indices outside, for iOS 18",
        otherwise='Apple\'s own test is marked as failing: "unexpected behavior than iOS17".',
        cure="Keep indices inside.",
        source="coremltools 9.0, mil/ops/tests/iOS17/test_scatter_gather.py, rdar://128089254",
        evidence="Apple's test",
        check=_outside,
        since="CoreML8",
    ),
    Rule(
        id="PC093",
        kind="risky",
        title="largest or smallest element by index",
        otherwise="Of equal values Core ML may return any; in float16 more values are equal.",
        cure="Give out the values, and look for the peak in the app.",
        source="webmachinelearning/webnn#652",
        evidence="document",
        check=_ties,
    ),
    Rule(
        id="PC094",
        kind="risky",
        title="`range_1d` with steps below 0.001",
        otherwise="Apple's own test is marked as failing: \"range_1d has numerical issue when the"
        ' step is small".',
        cure="Store the numbers.",
        source="coremltools 9.0, mil/frontend/torch/test/test_torch_ops.py, rdar://88998831",
        evidence="Apple's test",
        check=_small_steps,
    ),
    Rule(
        id="PC095",
        kind="risky",
        title="`random_uniform`",
        otherwise="Core ML's numbers reach the upper bound: 0 to 100 where PyTorch gives 0 to 99.",
        cure="Make random numbers in the app.",
        source="apple/coremltools#2568",
        evidence="Core ML result",
        check=_upper_bound,
    ),
    Rule(
        id="PC096",
        kind="risky",
        title="`gru` of a batch",
        otherwise="Apple's own test leaves it out: \"incorrect output (always 0) for second batch"
        ' onwards".',
        cure="Run it once for each.",
        source="coremltools 9.0, mil/ops/tests/iOS14/test_recurrent.py, rdar://59644603",
        evidence="Apple's test",
        check=_gru_batch,
    ),
)
