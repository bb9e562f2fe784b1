"""Drift of named outputs, each judged by a tolerance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.drift.floor import Floor
from poseconvert.drift.parts import PartDrift, part_drifts
from poseconvert.drift.tensors import TensorDrift, tensor_drift
from poseconvert.drift.tolerances import Tolerance
from poseconvert.drift.yardstick import Yardstick


@dataclass(frozen=True, slots=True)
class OutputDrift:
    """Drift of one named output.

    Attributes
    ----------
    drift : over all inputs together; None where it could not be measured.
    reason : why it breaks the tolerance; empty when it does not.
    floor, floor_source : see :class:`Floor`; 0 and empty where it was not measured.
    parts : parts of it on one input each, which decide.
    """

    output: str
    drift: TensorDrift | None
    reason: str
    floor: float = 0.0
    floor_source: str = ""
    parts: tuple[PartDrift, ...] = ()

    def decides(self, tolerance: Tolerance) -> PartDrift | None:
        """Return the part that is furthest outside a tolerance, or nearest to it."""
        return max(self._measured, key=lambda part: part.excess(tolerance), default=None)

    def excess(self, tolerance: Tolerance) -> float:
        """Return drift over what is allowed; above 1 is broken."""
        found = self.decides(tolerance)
        if found is None or self.drift is None or self.drift.non_finite:
            return math.inf
        return found.excess(tolerance)

    def allowed(self, tolerance: Tolerance) -> float | None:
        """Return the allowed relative drift of the part that decides, None without a limit."""
        found = self.decides(tolerance)
        return tolerance.relative if found is None else _allowed_relative(found, tolerance)

    @property
    def would_pass(self) -> dict[str, float]:
        """Tolerances it passes, to two digits or whole dB; those that none could pass are left out.

        Those in dB are left out of identical outputs as well: they pass any.
        """
        if self.drift is None or self.drift.non_finite:
            return {}
        relative = max(part.relative for part in self._measured)
        found = {"relative": float(f"{relative * 1.05:.1e}")}
        for name, whole in (("psnr_db", True), ("channel_db", False)):
            kinds = [one.db for one in self._measured if (one.kind == "output") is whole]
            if kinds and math.isfinite(least := min(kinds)):
                found[name] = float(math.floor(least))
        return {name: value for name, value in found.items() if math.isfinite(value)}

    @property
    def _measured(self) -> tuple[PartDrift, ...]:
        """The parts; where none was recorded, all of it over all inputs."""
        if self.parts or self.drift is None:
            return self.parts
        return (_pooled(self.drift, self.floor),)


def _pooled(drift: TensorDrift, floor: float) -> PartDrift:
    return PartDrift(
        kind="output",
        part=0,
        label="",
        input_name="",
        max_abs=drift.max_abs,
        rms=math.nan,
        relative=drift.relative,
        db=drift.psnr_db,
        floor=floor if math.isfinite(floor) else 0.0,  # inf would allow anything
        rounding=0.0,
        worst=drift.worst,
        reference=drift.reference,
        candidate=drift.candidate,
    )


def _allowed_relative(part: PartDrift, tolerance: Tolerance) -> float | None:
    return tolerance.allowed_relative(part.kind, part.floor)


def compare_outputs(
    reference: Mapping[str, NDArray[Any]],
    candidate: Mapping[str, NDArray[Any]],
    *,
    tolerance: Tolerance,
    floor: Mapping[str, Floor] | None = None,
    yardsticks: Mapping[str, Yardstick] | None = None,
    inputs: Sequence[str] = (),
) -> tuple[OutputDrift, ...]:
    """Compare every output by name; a missing, extra, empty or misshapen one is a reason.

    Parameters
    ----------
    floor : noise floor of each output, where it was measured.
    yardsticks : what the parts of each output are measured against; without one, a part is
        measured against its own spread on each input.
    inputs : what each row of the arrays was made of.
    """
    drifts = []
    for name in [*reference, *(name for name in candidate if name not in reference)]:
        if name not in candidate or name not in reference:
            side = "candidate" if name not in candidate else "reference"
            drifts.append(OutputDrift(name, None, f"{name}: missing in the {side}"))
            continue
        expected, got = reference[name], candidate[name]
        if expected.shape != got.shape:
            text = f"{name}: shape {got.shape}, the reference has {expected.shape}"
            drifts.append(OutputDrift(name, None, text))
        elif not expected.size:
            drifts.append(OutputDrift(name, None, f"{name}: empty, nothing was compared"))
        else:
            known = (floor or {}).get(name, Floor(0.0, ""))
            yardstick = (yardsticks or {}).get(name, Yardstick())
            measured = _measure(name, expected, got, known, yardstick, inputs)
            drifts.append(rejudged_output(measured, tolerance))
    return tuple(drifts)


def _measure(
    name: str,
    expected: NDArray[Any],
    got: NDArray[Any],
    floor: Floor,
    yardstick: Yardstick,
    inputs: Sequence[str],
) -> OutputDrift:
    drift = tensor_drift(expected, got)
    parts: tuple[PartDrift, ...] = ()
    if not drift.non_finite and expected.ndim:
        noise = floor.relative if math.isfinite(floor.relative) else 0.0
        parts = part_drifts(expected, got, yardstick, inputs=inputs, floor=noise)
    return OutputDrift(name, drift, "", floor.relative, floor.source, parts)


def rejudged_output(measured: OutputDrift, tolerance: Tolerance) -> OutputDrift:
    """Judge a measured output by a tolerance; one that could not be measured keeps its reason."""
    if measured.drift is None:
        return measured
    return replace(measured, reason=_tensor_reason(measured, measured.drift, tolerance))


def _tensor_reason(measured: OutputDrift, drift: TensorDrift, tolerance: Tolerance) -> str:
    name = measured.output
    if drift.non_finite:
        sides = (("reference", drift.only_reference), ("candidate", drift.only_candidate))
        alone = ", ".join(f"{count} in the {side} alone" for side, count in sides if count)
        text = f"{name}: {drift.non_finite} of {drift.elements} values are NaN or Inf"
        return f"{text} ({alone})" if alone else text
    part = measured.decides(tolerance)
    assert part is not None
    if part.excess(tolerance) <= 1:
        return ""
    return f"{name}: {_part_name(part)}{_excess_text(part, measured.would_pass, tolerance)}"


def _part_name(part: PartDrift) -> str:
    return "" if part.kind == "output" else f"{part.label} on {part.input_name}: "


def _excess_text(part: PartDrift, passing: Mapping[str, float], tolerance: Tolerance) -> str:
    """Say by how much a part is outside, where, and what would have passed."""
    where = (
        f"worst at {list(part.worst)}: reference {part.reference:.6g},"
        f" candidate {part.candidate:.6g}"
    )
    if math.isinf(part.relative) and part.reference != 0:
        return f"whole numbers, and {part.max_abs:.3g} off: another answer; {where}"
    flat = "; the candidate does not vary where the reference does" if part.flat else ""
    allowed = _allowed_relative(part, tolerance)
    if allowed is not None and not part.relative <= allowed:
        whose = "the range" if part.kind == "output" else "its range"
        return (
            f"drift {part.relative:.2g} of {whose}, allowed {allowed:.1e}; {where}{flat}; would"
            f" pass with {passing.get('relative', math.inf):.1e}"
        )
    least = tolerance.allowed_db(part.kind, part.rounding)
    if not math.isfinite(part.db):
        return f"the reference is zero everywhere, the candidate is not; {where}"
    what, field = (
        ("PSNR", "psnr_db") if part.kind == "output" else ("spread over drift", "channel_db")
    )
    return (
        f"{what} {part.db:.1f} dB, at least {least:.0f} dB wanted; {where}{flat}; would pass with"
        f" {passing.get(field, -math.inf):.0f} dB"
    )


def max_drift(outputs: Sequence[OutputDrift], name: str) -> float:
    """Largest absolute drift of one output, inf where it was not measured."""
    for output in outputs:
        if output.output == name and output.drift is not None:
            return output.drift.max_abs if np.isfinite(output.drift.max_abs) else math.inf
    return math.inf
