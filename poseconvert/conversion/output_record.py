"""What ``parity.json`` holds of an output, of what was planted in it, and of whose fault it is.

Numbers that JSON cannot hold (NaN, infinity) are null.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from poseconvert.fields import Count, Name, Positive, Size, Text

Share = Annotated[float, Meta(ge=0, le=1)]


@dataclass(frozen=True, slots=True)
class DriftRecord:
    """Drift of an output over all inputs together.

    Attributes
    ----------
    elements : Values compared.
    max_abs : Largest difference, in the output's unit; null: not finite.
    mean_abs : Mean difference.
    relative : max_abs over the reference's range.
    psnr_db : Null if identical.
    non_finite : Values that are NaN or infinite on either side.
    worst : Index of the largest difference.
    reference : The reference's value there.
    candidate : The candidate's value there.
    cosine : Between both as vectors; null where one of them is zero.
    ulp_max : Most float32 values from one to the other; next to zero they mean little.
    ulp_median : Their median.
    outliers : Share of values that differ by more than ten times mean_abs.
    histogram : Counts of differences as parts of the range: 0, below 1e-8, 1e-8 to 1e-7 and so
        on, last 1 and more.
    only_reference : Values that are NaN or infinite in the reference alone.
    only_candidate : Values that are so in the candidate alone.
    """

    elements: Positive
    max_abs: Size | None
    mean_abs: Size | None
    relative: Size | None
    psnr_db: float | None
    non_finite: Count
    worst: tuple[Count, ...]
    reference: float | None
    candidate: float | None
    cosine: float | None
    ulp_max: Size | None
    ulp_median: Size | None
    outliers: Share | None
    histogram: tuple[Count, ...]
    only_reference: Count
    only_candidate: Count


@dataclass(frozen=True, slots=True)
class PartRecord:
    """One part of an output on one input, which decides under some tolerance.

    Attributes
    ----------
    kind : output: all of it; a channel; or one value.
    part : Which one, from 0.
    label : What it is called; empty: all of the output.
    input_name : On which input.
    max_abs : Largest difference, in the output's unit.
    rms : Of the difference.
    relative : max_abs over the part's span; 0 where float32 could not store less.
    db : 20 log10(deviation / rms), of all of an output 20 log10(peak / rms); null if identical.
    floor : Float32 noise of the part, as a share of its span; null: not known.
    rounding : Rms that float16 weights give, as a share of the deviation or peak; null: not known.
    worst : Index of the largest difference, the input's place first.
    reference : The reference's value there.
    candidate : The candidate's value there.
    flat : Whether the candidate hardly varies where the reference does.
    """

    kind: Literal["output", "channel", "value"]
    part: Count
    label: Name
    input_name: Name
    max_abs: Size
    rms: Size
    relative: Size | None
    db: float | None
    floor: Size | None
    rounding: Size | None
    worst: tuple[Count, ...]
    reference: float | None
    candidate: float | None
    flat: bool


@dataclass(frozen=True, slots=True)
class OutputRecord:
    """One output.

    Attributes
    ----------
    output : Its name.
    identical : Whether every value was equal; false where drift is null.
    allowed : Allowed relative drift, raised by the noise floor; null: no such limit.
    floor : Noise floor: largest relative drift of the reference from itself when its arithmetic
        changes; 0: not measured.
    floor_source : What changed it most: 1 ulp (at every input), 1 thread, 2 threads, no oneDNN
        or float64; empty if it was not measured.
    would_pass : relative, psnr_db and channel_db that it passes; without what nothing could pass.
    reason : Why it breaks the tolerance; empty if it does not.
    drift : Null if it could not be measured.
    parts : Parts of it on one input each, which decide; empty if it could not be measured.
    """

    output: Name
    identical: bool
    allowed: Size | None
    floor: Size | None
    floor_source: Name
    would_pass: Mapping[Name, float | None]
    reason: Text
    drift: DriftRecord | None
    parts: tuple[PartRecord, ...] = ()

    def __post_init__(self) -> None:
        if self.drift is None and not self.reason:
            raise ValueError("an output without drift and without a reason")


@dataclass(frozen=True, slots=True)
class ControlRecord:
    """A change that was planted after a comparison held, to see whether it would have been seen.

    Attributes
    ----------
    planted : What was changed.
    where : In which output, channel or joint, and on which input.
    change : By which share; 0 where it has no size.
    seen : Whether the same comparison broke; null where it could not be planted.
    reason : Why it could not.
    quiet : Channels so quiet on every input that not even half of one would be seen.
    """

    planted: Literal["scaled channel", "shifted joint", "exchanged inputs"]
    where: Text
    change: Size
    seen: bool | None
    reason: Text
    quiet: Count = 0


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """Whether the conversion or float16 broke parity, as far as running it can tell.

    Attributes
    ----------
    word : One of three.
    evidence : What speaks for it.
    """

    word: Literal["conversion fault", "float16 rounding", "cannot tell"]
    evidence: Text
