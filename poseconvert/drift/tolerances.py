"""The one table of tolerances, each with its reason. No default lives anywhere else."""

from __future__ import annotations

import math
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

# A part of an output, such as a channel, drifts by a share of its own spread.
# A part that varies by less than this share of its magnitude says nothing but a constant: about
# eight units in the last place of float32. It is judged by its magnitude.
CONSTANT = 1e-6
# A part counts as no quieter than this share of the most active part of its output: 1/1024 is half
# a unit in the last place of float16, so what rounds beside it is louder than it is.
QUIET = 2.0**-10
# The standard deviation of a map of one joint (a Gaussian of 2 cells in 64x48), as a share of
# what its op can give: what a sigmoid that sees nobody is judged by.
OP_DEVIATION = 1 / 16
# A float32 value may be off by this many units in its last place whatever its spread is: one for
# each of the two sums, one for each of the two stores. A channel or value that hardly varies may be
# off by more: another order of summation, or a folded batch norm, moves it by its magnitude. A
# healthy package of coremltools was off by 20.
STORED_ULPS = {"output": 4, "channel": 32, "value": 32}
# Rounding the weights to float16 predicts what float16 does: 3.1 times as much was the most seen of
# any channel, over the reference models and ten families, on photographs and patterns. One value
# is one draw, on the side of the measurement too: 4.8 was seen.
ROUNDING_FACTORS = {"output": 4.0, "channel": 4.0, "value": 8.0}
# What float16 cannot store closer: half a unit in the last place of the result, and as much of the
# bias before it.
STORED_HALF = 2.0**-10
# Beyond these no float16 rounding excuses a drift, in dB below the peak of an output, the spread of
# a channel and what one value varied by: 40 dB is the tolerance of 8-bit weights, 20 dB a tenth of
# all a channel says, 10 dB a third (one value has no other values to average with).
ROUNDING_LIMITS = {"output": 40.0, "channel": 20.0, "value": 10.0}
# What convert measured and what is measured later of the same package differ by less than this, in
# dB: twice the drift is said. On the same inputs four times is broken, which is more than the ways
# to compute in float16 differ from each other (8 dB at most was seen).
FALL_SHOWN_DB, FALL_BROKEN_DB = 6.0, 12.0
# As FLOOR_LIMIT. A channel may span a tenth of its output and have all of its noise; one value
# varied over few inputs, which may by chance be near each other.
FLOOR_LIMITS = {"output": FLOOR_LIMIT, "channel": 10 * FLOOR_LIMIT, "value": 10 * FLOOR_LIMIT}


#: The fields of a tolerance that limit.
Limit = Literal["relative", "psnr_db", "channel_db", "joint_px"]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Allowed drift of one comparison; every limit that is set must hold.

    ``relative`` is raised to ``FLOOR_FACTOR`` times the measured noise floor where that is more. A
    flip of a visible joint always breaks parity; joints that the network is not sure of, and all
    on patterns, are counted and shown, because two weak peaks of one height are a property of the
    picture, not of the conversion.

    Attributes
    ----------
    relative : Most drift on any input, as a part of the range of the output, and of each channel;
        null: no such limit.
    psnr_db : Least PSNR on any input; null: no such limit.
    joint_px : Most displacement in pixels of the input of a visible joint that did not flip.
    reason : Why so much is allowed.
    channel_db : Least ratio of the spread of a channel to its rms drift, on any input; null: no
        such limit.
    follow_rounding : Limits in dB that are lowered to what rounding to float16 explains.
    """

    relative: Size | None
    psnr_db: float | None
    joint_px: Size
    reason: str
    channel_db: float | None = None
    follow_rounding: tuple[Literal["psnr_db", "channel_db"], ...] = ()

    @property
    def limits(self) -> tuple[float | None, float | None, float | None, float]:
        """The numbers alone."""
        return self.relative, self.psnr_db, self.channel_db, self.joint_px

    def allowed_relative(self, kind: str, floor: float) -> float | None:
        """Return the most relative drift of a part with this noise floor, None without a limit."""
        if self.relative is None:
            return None
        most = FLOOR_LIMIT if math.isinf(floor) else FLOOR_LIMITS[kind]
        raised = 0.0 if math.isnan(floor) else min(FLOOR_FACTOR * floor, most)
        return max(self.relative, raised)

    def allowed_db(self, kind: str, rounding: float) -> float | None:
        """Return the least dB of a part that rounding gives this share, None without a limit."""
        name: Literal["psnr_db", "channel_db"] = "psnr_db" if kind == "output" else "channel_db"
        limit = self.psnr_db if kind == "output" else self.channel_db
        if limit is None or name not in self.follow_rounding or not rounding > 0:
            return limit
        explained = (
            -20 * math.log10(ROUNDING_FACTORS[kind] * rounding) if rounding < math.inf else 0
        )
        return min(limit, max(explained, ROUNDING_LIMITS[kind]))


_BOTH: tuple[Literal["psnr_db", "channel_db"], ...] = ("psnr_db", "channel_db")

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
        " annotator can place; a channel may drift by a hundredth of its spread",
        channel_db=40.0,
        follow_rounding=_BOTH,
    ),
    "compressed_from_coreml": Tolerance(
        None,
        40.0,
        0.5,
        "weights in 8 bits: 41 to 52 dB measured at the worst output; below 40 dB the median"
        " visible joint moved by 0.6 to 3.6 px. A joint may move as far as by float16. A channel"
        " has 13 dB less than its output, as measured of float16 on the same networks",
        channel_db=14.0,
    ),
    "end_to_end/fp32": Tolerance(
        3e-5, None, 0.05, "the sum of the three float32 stages' tolerances"
    ),
    "end_to_end/fp16": Tolerance(
        None,
        55.0,
        0.5,
        "the float16 stage dominates the float32 stages before it",
        channel_db=40.0,
        follow_rounding=_BOTH,
    ),
    "end_to_end/compressed": Tolerance(
        None, 40.0, 0.5, "the compressed weights dominate the stages before them", 14.0
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
