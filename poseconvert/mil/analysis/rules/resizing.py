"""Rules on resizing and sampling."""

from __future__ import annotations

from poseconvert.mil.analysis.rules.rule import Rule, on
from poseconvert.mil.analysis.rules.seen import Site


@on("upsample_nearest_neighbor")
def _fractional(site: Site) -> str:
    scales = site.numbers("scale_factor_height") + site.numbers("scale_factor_width")
    return next((f"scale {s:g} is not whole" for s in scales if s != int(s)), "")


@on("resize_bilinear")
def _rank_three(site: Site) -> str:
    return "its input has rank 3" if len(site.shape("x")) == 3 else ""


@on("crop_resize")
def _crop(site: Site) -> str:
    return f"crops a tensor of {list(site.shape('x'))}"


@on("resample")
def _half_coordinates(site: Site) -> str:
    return "its coordinates are float16" if site.dtype("coordinates") == "fp16" else ""


@on("resize", "resize_bilinear", "resize_nearest_neighbor")
def _nothing_to_resize(site: Site) -> str:
    return "an axis of its input has size 0" if 0 in site.shape("x") else ""


RULES = (
    Rule(
        id="PC030",
        kind="risky",
        title="nearest upsampling by a factor that is not whole",
        otherwise="Apple's own test is marked as failing on the GPU.",
        cure="Resize to a size instead.",
        source="coremltools 9.0, mil/ops/tests/iOS15/test_image_resizing.py, rdar://97398448",
        evidence="Apple's test",
        check=_fractional,
    ),
    Rule(
        id="PC031",
        kind="risky",
        title="`resize_bilinear` of rank 3",
        otherwise='Apple\'s own test is marked as crashing ("Seg fault").',
        cure="Add a batch axis before it.",
        source="coremltools 9.0, mil/ops/tests/iOS14/test_image_resizing.py, rdar://78343191",
        evidence="Apple's test",
        check=_rank_three,
    ),
    Rule(
        id="PC032",
        kind="risky",
        title="`crop_resize`",
        otherwise="Apple's own test is marked as failing on the GPU.",
        cure="Crop in the app.",
        source="coremltools 9.0, mil/ops/tests/iOS14/test_image_resizing.py, rdar://97398582",
        evidence="Apple's test",
        check=_crop,
    ),
    Rule(
        id="PC033",
        kind="risky",
        title="`resample` (grid_sample) with float16 coordinates",
        otherwise="Large differences from PyTorch are reported in float16.",
        cure="Keep the op that makes the grid in float32.",
        source="apple/coremltools#2068",
        evidence="report",
        check=_half_coordinates,
    ),
    Rule(
        id="PC034",
        kind="risky",
        title="resizing of an empty tensor",
        otherwise="Apple's own test is marked as failing: \"Backend failed when input shape has"
        ' 0".',
        cure="Leave the branch out.",
        source="coremltools 9.0, mil/ops/tests/iOS17/test_image_resizing.py, rdar://112418424",
        evidence="Apple's test",
        check=_nothing_to_resize,
    ),
)
