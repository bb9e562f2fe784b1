"""The one table of tolerances, each with its reason. No default lives anywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from poseconvert.fields import Size

# A float32 comparison may drift by this many times the reference's own noise floor,
# which is its answer to one unit in the last place at the input. Every layer rounds
# again, so a network of 50 layers may answer sqrt(50) = 7 times as much; 4.2 was seen.
FLOOR_FACTOR = 8.0
# Beyond this share of the range no noise floor excuses a drift: such a network is not
# reproducible in float32 at all, and parity is broken rather than held by courtesy.
FLOOR_LIMIT = 1e-3


#: The fields of a tolerance that limit.
Limit = Literal["relative", "psnr_db", "joint_px"]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Allowed drift of one comparison; every limit that is set must hold.

    ``relative`` is raised to ``FLOOR_FACTOR`` times the measured noise floor where that is more. A
    flip of a visible joint always breaks parity; flips of occluded joints are counted and shown,
    because two weak peaks of one height are a property of the picture, not of the conversion.

    Attributes
    ----------
    relative : Most drift, as a part of the output's range; null: no such limit.
    psnr_db : Least PSNR; null: no such limit.
    joint_px : Most displacement in pixels of the input of a joint that did not flip.
    reason : Why so much is allowed.
    """

    relative: Size | None
    psnr_db: float | None
    joint_px: Size
    reason: str

    @property
    def limits(self) -> tuple[float | None, float | None, float]:
        """The numbers alone."""
        return self.relative, self.psnr_db, self.joint_px


TOLERANCES = {
    "onnx_from_torch": Tolerance(
        1e-5,
        None,
        0.05,
        "same float32 arithmetic, another order of summation: 1.6e-6 to 4.6e-6 measured",
    ),
    "simplified_from_onnx": Tolerance(
        1e-6,
        None,
        0.05,
        "folding constants and batch norm re-rounds weights once in float32",
    ),
    "coreml_from_onnx/fp32": Tolerance(
        1e-5,
        None,
        0.05,
        "float32 weights and arithmetic, only the kernels differ",
    ),
    "coreml_from_onnx/fp16": Tolerance(
        None,
        55.0,
        0.5,
        "one rounding to 11 bits per op: 55 to 80 dB measured; half a pixel is below what an"
        " annotator can place",
    ),
    "compressed_from_coreml": Tolerance(
        None,
        40.0,
        0.5,
        "weights in 8 bits: 41 to 52 dB measured at the worst output; below 40 dB the median"
        " visible joint moved by 0.6 to 3.6 px. A joint may move as far as by float16",
    ),
    "end_to_end/fp32": Tolerance(
        3e-5, None, 0.05, "the sum of the three float32 stages' tolerances"
    ),
    "end_to_end/fp16": Tolerance(
        None, 55.0, 0.5, "the float16 stage dominates the float32 stages before it"
    ),
    "end_to_end/compressed": Tolerance(
        None, 40.0, 0.5, "the compressed weights dominate the stages before them"
    ),
}


def end_tolerance(precision: str, *, compressed: bool) -> Tolerance:
    """Return what the last artifact may drift from the first, at any size.

    Parameters
    ----------
    precision, compressed : of the package that is judged.
    """
    return TOLERANCES[f"end_to_end/{'compressed' if compressed else precision}"]


@dataclass(frozen=True, slots=True)
class OpTolerance:
    """Most drift of one op's value, relative to the reference value's range.

    Attributes
    ----------
    local : of the op alone, on the reference's inputs.
    accumulated : of all ops up to it.
    reason : why these numbers.
    """

    local: float
    accumulated: float
    reason: str


# They point at an op; the verdict is the stages' alone.
OP_TOLERANCES = {
    "simplified_from_onnx": OpTolerance(
        5e-5, 5e-4, "a folded op re-rounds its weights in float32: up to 1.2e-5 accumulated seen"
    ),
    "coreml_from_onnx/fp32": OpTolerance(
        5e-5,
        5e-4,
        "float32 weights and arithmetic, only the kernels differ: up to 6e-6 alone and 2.7e-5"
        " accumulated seen",
    ),
    "coreml_from_onnx/fp16 weights": OpTolerance(
        2e-3,
        0.2,
        "weights rounded to 11 bits: up to 3.4e-4 alone seen, so four roundings of the largest"
        " value fit; behind a clip, whose range is a part of its input's, 3.1e-2 accumulated",
    ),
    "coreml_from_onnx/fp16": OpTolerance(
        2e-3,
        0.2,
        "inputs and result rounded to 11 bits: up to 7.3e-4 alone seen; behind a clip, whose"
        " range is a part of its input's, 1.3e-1 accumulated with parity held",
    ),
}
