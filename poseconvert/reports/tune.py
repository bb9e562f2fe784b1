"""What ``tune`` found on the terminal, and as JSON of schema ``poseconvert.tune.v1``.

Numbers that JSON cannot hold (infinity) are null; field by field::

    schema            "poseconvert.tune.v1"; changes when a field changes its meaning
    verdict           "held": a package was made, run and found within the budget; "broken": none
                      is; "not run": nothing was measured
    reason            why it is not held; "" if it is
    max_drift_px      the budget: most displacement of a visible joint, in input pixels
    inputs            names of what was run
    visible, hidden   joints of the reference, over all inputs
    ops               ops that can be kept in float32 one by one
    endings           of those, activations that end the graph and have no weights
    packages_made     how many were converted
    command           the command that makes the answer; "" without one
    before, answer    the package with all ops in float16, and the cheapest within the budget; null
                      without one
      precision       "fp16" or "fp32"
      keep_fp32       ops kept in float32: the name of the weight, or of the result of an op
                      without weights
      macs, macs_fp32 multiply-accumulates of one run, and those of ops in float32; null: unknown
      bytes           of the package
      cases           one per mode of the reference executor and input
        mode, input_name
        px            displacement of the visible joint that moved furthest, flipped or not; null
                      if it is on one side only, or the package does not run
        joint, head   that joint; "" if none is visible on either side
        visible, flips
                      joints visible on either side, and how many of them flipped
        hidden, hidden_px, hidden_flips
                      joints that neither side sees: they do not count
        reason        why the package did not run; "" if it did
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from poseconvert.drift import Parity
from poseconvert.drift.format import number
from poseconvert.mil.analysis.fp16_envelope import MODES
from poseconvert.pipeline.tune.budget import CaseDrift
from poseconvert.pipeline.tune.result import Measured, Tuned
from poseconvert.reports.json import strict
from poseconvert.reports.summary import counted, pixels
from poseconvert.reports.terminal import as_is, plain_table, print_list

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = "poseconvert.tune.v1"
_STYLES = {Parity.HELD: "bold green", Parity.BROKEN: "bold red", Parity.NOT_RUN: "bold yellow"}


def tuned_json(tuned: Tuned, command: str) -> str:
    """Return what was found as JSON text, in the order of the module's docstring."""
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "verdict": tuned.parity.value,
        "reason": tuned.reason,
        "max_drift_px": tuned.budget,
        "inputs": tuned.inputs.names,
        "visible": tuned.visible,
        "hidden": tuned.hidden,
        "ops": tuned.ops,
        "endings": tuned.endings,
        "packages_made": tuned.tried,
        "command": command,
        "before": _package(tuned.before),
        "answer": _package(tuned.answer),
    }
    return json.dumps(strict(record), indent=1, allow_nan=False)


def _package(measured: Measured | None) -> dict[str, Any] | None:
    if measured is None:
        return None
    return {
        "precision": measured.options.precision,
        "keep_fp32": measured.options.keep_fp32,
        "macs": measured.price.macs,
        "macs_fp32": measured.price.macs_fp32,
        "bytes": measured.price.nbytes,
        "cases": [_case(one) for one in measured.cases],
    }


def _case(one: CaseDrift) -> dict[str, Any]:
    values = asdict(one)
    case = values.pop("case")
    return {"mode": case["mode"], "input_name": case["input_name"], **values}


def print_tuned(tuned: Tuned, command: str, console: Console) -> None:
    """Print both packages mode by mode, what is kept, and the answer. Fits 80 columns."""
    shown = dict.fromkeys(one for one in (tuned.before, tuned.answer) if one is not None)
    if shown:
        table = plain_table(
            ["package\n  mode", "furthest visible joint\n  on"],
            right=["\nmoved px", "visible\nflips", "unsure px\nflips"],
        )
        for measured in shown:
            table.add_row(as_is(package_words(measured, tuned.ops)), "", "", "", "")
            for mode in MODES:
                table.add_row(*map(as_is, _mode_cells(measured, mode)))
            table.add_section()
        console.print(table)
    if tuned.answer is not None:
        print_list(console, "fp32", tuned.answer.options.keep_fp32)
        print_list(console, "cost", price_sentences(tuned))
        console.print(as_is(command), soft_wrap=True)  # to be copied as one line
    console.print(as_is(verdict_sentence(tuned), _STYLES[tuned.parity]))


def _mode_cells(measured: Measured, mode: str) -> tuple[str, ...]:
    cases = [one for one in measured.cases if one.case.mode == mode]
    worst = max(cases, key=lambda one: one.px)
    joint = f"{worst.joint} ({worst.head})\n  {worst.case.input_name}" if worst.joint else "none"
    return (
        f"  {mode}",
        worst.reason or joint,
        pixels(worst.px),
        f"{sum(one.flips for one in cases)} of {sum(one.visible for one in cases)}",
        f"{pixels(max(one.hidden_px for one in cases))}\n"
        f"{sum(one.hidden_flips for one in cases)} of {sum(one.hidden for one in cases)}",
    )


def package_words(measured: Measured, ops: int) -> str:
    """Name a package by what is in float32."""
    if measured.options.precision == "fp32":
        return "all in float32"
    kept = len(measured.options.keep_fp32)
    return f"{kept} of {counted(ops, 'op')} in float32" if kept else "all in float16"


def price_sentences(tuned: Tuned) -> Iterator[str]:
    """Say what the answer costs."""
    assert tuned.answer is not None
    price = tuned.answer.price
    if price.macs and price.macs_fp32 is not None:
        yield (
            f"{100 * price.macs_fp32 / price.macs:.1f} % of the multiply-accumulates in float32"
            f" ({price.macs_fp32 / 1e6:.1f} of {price.macs / 1e6:.1f} million)"
        )
    if tuned.before is not None:
        more = price.nbytes - tuned.before.price.nbytes
        yield f"{price.nbytes:,} bytes, {more:+,} against all in float16"
    if tuned.answer.options.precision == "fp32":
        yield "a float32 package does not use the Neural Engine"


def verdict_sentence(tuned: Tuned) -> str:
    """Say what was found and on what."""
    covered = (
        f"{counted(tuned.visible, 'visible joint')} on"
        f" {counted(len(tuned.inputs.names), 'input')},"
        f" {counted(tuned.hidden, 'unsure one')} not judged"
    )
    if tuned.answer is None:
        word = "not established" if tuned.before is None else "NOT held"
        return f"budget of {tuned.budget:g} px {word}: {tuned.reason}; {covered}"
    worst = tuned.answer.worst
    return (
        f"budget of {tuned.budget:g} px held with {package_words(tuned.answer, tuned.ops)}:"
        f" at most {number(worst.px)} px ({worst.case.mode} on {worst.case.input_name});"
        f" {covered}; {counted(tuned.tried, 'package')} made, all float16 modes of the reference"
        " executor"
    )


def kept_note(tuned: Tuned) -> str:
    """Say in the manifest why the package is what it is."""
    assert tuned.answer is not None
    kept: Sequence[str] = tuned.answer.options.keep_fp32
    names = f": {', '.join(kept)}" if kept else ""
    return (
        f"{package_words(tuned.answer, tuned.ops)}{names}; visible joints then move at most"
        f" {tuned.budget:g} px in every float16 mode of the reference executor"
    )
