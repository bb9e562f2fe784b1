"""Drift of named outputs, each judged by a tolerance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.drift.floor import Floor
from poseconvert.drift.tensors import TensorDrift, tensor_drift
from poseconvert.drift.tolerances import FLOOR_FACTOR, FLOOR_LIMIT, Tolerance


@dataclass(frozen=True, slots=True)
class OutputDrift:
    """Drift of one named output.

    Attributes
    ----------
    drift : None where it could not be measured.
    reason : why it breaks the tolerance; empty when it does not.
    floor, floor_source : see :class:`Floor`; 0 and empty where it was not measured.
    """

    output: str
    drift: TensorDrift | None
    reason: str
    floor: float = 0.0
    floor_source: str = ""

    def allowed(self, tolerance: Tolerance) -> float | None:
        """Return the allowed relative drift, None where the tolerance has none."""
        if tolerance.relative is None:
            return None
        floor = self.floor if math.isfinite(self.floor) else 0.0  # inf would allow anything
        return max(tolerance.relative, min(FLOOR_FACTOR * floor, FLOOR_LIMIT))

    @property
    def would_pass(self) -> dict[str, float]:
        """Tolerances it passes, to two digits or whole dB; those that none could pass are left out.

        ``psnr_db`` is left out of identical outputs as well: they pass any.
        """
        if self.drift is None or self.drift.non_finite:
            return {}
        found = {"relative": float(f"{self.drift.relative * 1.05:.1e}")}
        if math.isfinite(self.drift.psnr_db):
            found["psnr_db"] = float(math.floor(self.drift.psnr_db))
        return {name: value for name, value in found.items() if math.isfinite(value)}


def compare_outputs(
    reference: Mapping[str, NDArray[Any]],
    candidate: Mapping[str, NDArray[Any]],
    *,
    tolerance: Tolerance,
    floor: Mapping[str, Floor] | None = None,
) -> tuple[OutputDrift, ...]:
    """Compare every output by name; a missing, extra, empty or misshapen one is a reason.

    Parameters
    ----------
    floor : noise floor of each output, where it was measured.
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
            drift = tensor_drift(expected, got)
            measured = OutputDrift(name, drift, "", known.relative, known.source)
            drifts.append(rejudged_output(measured, tolerance))
    return tuple(drifts)


def rejudged_output(measured: OutputDrift, tolerance: Tolerance) -> OutputDrift:
    """Judge a measured output by a tolerance; one that could not be measured keeps its reason."""
    if measured.drift is None:
        return measured
    return replace(measured, reason=_tensor_reason(measured, measured.drift, tolerance))


def _tensor_reason(measured: OutputDrift, drift: TensorDrift, tolerance: Tolerance) -> str:
    name, allowed = measured.output, measured.allowed(tolerance)
    if drift.non_finite:
        sides = (("reference", drift.only_reference), ("candidate", drift.only_candidate))
        alone = ", ".join(f"{count} in the {side} alone" for side, count in sides if count)
        text = f"{name}: {drift.non_finite} of {drift.elements} values are NaN or Inf"
        return f"{text} ({alone})" if alone else text
    where = (
        f"worst at {list(drift.worst)}: reference {drift.reference:.6g},"
        f" candidate {drift.candidate:.6g}"
    )
    if allowed is not None and not drift.relative <= allowed:
        return (
            f"{name}: drift {drift.relative:.2g} of the range, allowed {allowed:.1e};"
            f" {where}; would pass with {measured.would_pass.get('relative', math.inf):.1e}"
        )
    if tolerance.psnr_db is not None and not drift.psnr_db >= tolerance.psnr_db:
        return (
            f"{name}: PSNR {drift.psnr_db:.1f} dB, at least {tolerance.psnr_db:.0f} dB wanted;"
            f" {where}; would pass with {measured.would_pass['psnr_db']:.0f} dB"
            if math.isfinite(drift.psnr_db)
            else f"{name}: the reference is zero everywhere, the candidate is not; {where}"
        )
    return ""


def max_drift(outputs: Sequence[OutputDrift], name: str) -> float:
    """Largest absolute drift of one output, inf where it was not measured."""
    for output in outputs:
        if output.output == name and output.drift is not None:
            return output.drift.max_abs if np.isfinite(output.drift.max_abs) else math.inf
    return math.inf
