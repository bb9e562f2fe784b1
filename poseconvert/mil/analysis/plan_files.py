"""Compute plans as people have them: files of four tools, told apart by what they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from poseconvert.errors import PackageError, quoted
from poseconvert.files import read_regular
from poseconvert.json_text import parsed
from poseconvert.mil.analysis.compute_plan import (
    ComputePlan,
    Device,
    PlacedOps,
    only_other,
)
from poseconvert.mil.analysis.plan_texts import analytics_plan, executorch_plan

MAX_BYTES = 64 << 20
_MOST_OPS = 1_000_000
_HARNESS: Mapping[str, Device] = {
    "neuralEngine": "neural engine", "gpu": "gpu", "cpu": "cpu", "other": "not the neural engine",
}  # fmt: skip
_LABELS: Mapping[str, Device] = {
    "ANE": "neural engine", "GPU": "gpu", "CPU": "cpu", "UNKNOWN": "unknown",
}  # fmt: skip
_TAKEN = (
    "Give a plan-*.json of the iOS harness, a report of mlx2coreml, the output of ExecuTorch's"
    " coreml_compute_plan.py, or Core ML's analytics.mil."
)


def read_plan(path: Path) -> ComputePlan:
    """Read a compute plan.

    Raises
    ------
    PackageError : not readable, of no format that is known, or malformed.
    """
    try:
        data = read_regular(path, limit=MAX_BYTES)
    except OSError as error:
        raise PackageError(f"{path}: cannot be read ({error.strerror}). {_TAKEN}") from error
    try:
        plan = _json_plan(data) if data.lstrip()[:1] == b"{" else _text_plan(data)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PackageError(
            f"{path}: a malformed compute plan ({_said(error)}). {_TAKEN}"
        ) from error
    if plan is None:
        raise PackageError(f"{path}: no compute plan. {_TAKEN}")
    if not plan.totals:
        raise PackageError(f"{path}: a compute plan without a single op. Make it again.")
    return plan


def _said(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _text_plan(data: bytes) -> ComputePlan | None:
    text = data.decode("utf-8", errors="replace")
    return analytics_plan(text) or executorch_plan(text)


def _json_plan(data: bytes) -> ComputePlan | None:
    values = parsed(data)
    if str(values.get("schema", "")).startswith("poseconvert.ios-result."):
        return harness_plan(values)
    if str(values.get("schema_version", "")).startswith("mlx2coreml.run_report."):
        analysis = values.get("placement_analysis")
        if analysis is None:
            raise ValueError(f"placement was not analysed: {values.get('placement_error') or 'no'}")
        return _mlx2coreml(analysis)
    return _mlx2coreml(values) if "fallback_samples" in values else None


def harness_plan(values: Mapping[str, Any]) -> ComputePlan:
    """Read a result of ``poseconvert.ios-result.v1``: op by op, or counts alone from older apps.

    Raises
    ------
    ValueError, KeyError : it is of another kind, or malformed.
    """
    if values["kind"] != "plan":
        raise ValueError(f"a result of kind {quoted(values['kind'])}, kind plan is expected")
    device = values["device"]
    ops = []
    for one in values.get("placement", ())[:_MOST_OPS]:
        place, supported = _HARNESS[one["preferred"]], one["supported"]
        refused = place != "neural engine" and "neuralEngine" not in supported
        why = "the Neural Engine does not support it" if refused else ""
        ops.append(PlacedOps(_bare(one["op"]), str(one["output"]), 1, place, why))
    totals = Counter(one.device for one in ops) or {
        _HARNESS[name]: _count(count) for name, count in values.get("plan", {}).items()
    }
    units = values["compute_units"]["requested"]
    asked = f"{device['machine']}, iOS {device['os']}, {units}"
    simulated = ", SIMULATED" if values["simulated"] else ""
    return ComputePlan("the iOS harness", f"{asked}{simulated}", tuple(ops), dict(totals))


def _mlx2coreml(analysis: Mapping[str, Any]) -> ComputePlan:
    """Of mlx2coreml 0.1.1, ``analyze_compiled_model_placement``: what left, 100 ops by name.

    An op without a place, such as a constant, is counted there as one that left, on ``UNKNOWN``;
    constants fill the 100 samples, so that of the other ops often the types alone are known.
    """
    totals = {
        _LABELS.get(name, "not the neural engine"): _count(count)
        for name, count in analysis["preferred_device_counts"].items()
    }
    totals.pop("unknown", None)
    ops = []
    for one in analysis["fallback_samples"][:_MOST_OPS]:
        place = _LABELS.get(one["preferred_device"], "not the neural engine")
        if place == "unknown":
            continue
        refused = "ANE" not in one["supported_devices"]
        outputs = one["outputs"]
        ops.append(
            PlacedOps(
                _bare(one["operator"]),
                str(outputs[0]) if outputs else "",
                1,
                place,
                "the Neural Engine does not support it" if refused else "",
            )
        )
    ops += _unsampled(analysis["top_fallback_ops"], ops, only_other(totals))
    return ComputePlan("mlx2coreml", str(analysis["compute_units"]), tuple(ops), totals)


def _unsampled(
    types: Sequence[Any], sampled: Sequence[PlacedOps], device: Device
) -> Iterator[PlacedOps]:
    """Yield what left by type and was no sample."""
    known = Counter(one.op for one in sampled)
    for name, count in types[:_MOST_OPS]:
        op = _bare(name)
        if op.startswith("const"):
            continue
        if (more := _count(count) - known[op]) > 0:
            yield PlacedOps(op, "", more, device)


def _bare(op: str) -> str:
    """``ios17.conv`` is conv."""
    return str(op).rpartition(".")[2]


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _MOST_OPS:
        raise ValueError(f"{quoted(value)} is not a count")
    return value
