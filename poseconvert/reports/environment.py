"""What a machine has and can run, as plain text for an issue or as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from poseconvert.pipeline.inspect.environment import Environment, Library

SCHEMA = "poseconvert.doctor.v1"
_WIDTH = 80


def environment_json(found: Environment) -> dict[str, Any]:
    """Return the environment as JSON values, ``schema`` first."""
    return {"schema": SCHEMA, **asdict(found), "problems": list(found.problems)}


def environment_text(found: Environment) -> str:
    """Return lines of at most 80 columns that can be pasted into an issue."""
    machine = [
        ("poseconvert", found.poseconvert),
        ("Python", f"{found.python}, {'tested' if found.python_tested else 'untested'}"),
        ("system", found.system),
        ("processor", f"{found.processor}, {found.cores} cores"),
        ("reference model", "found" if found.reference_model else "missing"),
    ]
    abilities = [
        (ability.name, f"{'yes' if ability.available else 'no':<4}{ability.why}")
        for ability in found.abilities
    ]
    parts = [
        _rows(machine),
        "Libraries (from their metadata, nothing was imported) and the range tested",
        _rows([(library.name, _library(library)) for library in found.libraries]),
        "What can run here",
        _rows(abilities),
        *_verdict(found.problems),
    ]
    return "\n".join(parts)


def _library(library: Library) -> str:
    tested = ", ".join(sorted(library.tested.split(","), reverse=True)) or "any version"
    version = library.version or "-"
    optional = "" if library.needed else ", optional"
    return f"{version:<12}{library.state:<10}{tested}{optional}"


def _rows(rows: Sequence[tuple[str, str]]) -> str:
    """Return one line a row, long ones wrapped below their second column."""
    left = max((len(label) for label, _ in rows), default=0) + 4
    return "\n".join(
        textwrap.fill(
            text,
            width=_WIDTH,
            initial_indent=f"  {label}".ljust(left),
            subsequent_indent=" " * left,
        )
        for label, text in rows
    )


def _verdict(problems: Sequence[str]) -> list[str]:
    if not problems:
        return ["everything needed is installed, in its tested range"]
    lines = [textwrap.fill(f"problem: {text}", _WIDTH, subsequent_indent="  ") for text in problems]
    return [*lines, "Install poseconvert again with pip: it brings what is wanted."]
