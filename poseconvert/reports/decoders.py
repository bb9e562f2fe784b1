"""The decode presets on the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from poseconvert.decoding.catalogue import Preset
from poseconvert.reports.terminal import as_is, plain_table

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = "poseconvert.decoders.v1"


def decoders_json(presets: Sequence[Preset]) -> dict[str, Any]:
    """Return the presets as a JSON object."""
    return {"schema": SCHEMA, "presets": [asdict(one) for one in presets]}


def print_decoders(presets: Sequence[Preset], console: Console) -> None:
    """Print a table of presets: who uses each, and what outputs it expects."""
    table = plain_table(["preset", "people", "used by", "outputs"])
    for one in presets:
        people = "several" if one.people else "one"
        table.add_row(*(as_is(text) for text in (one.name, people, one.used_by, one.layout)))
    console.print(table)


def print_decoder(one: Preset, console: Console) -> None:
    """Print one preset in full."""
    for label, text in (
        ("preset", one.name),
        ("used by", one.used_by),
        ("outputs", one.layout),
        ("people", "several" if one.people else "one"),
        ("reading", one.reading),
        ("as in", one.source),
    ):
        console.print(as_is(f"{label:8} {text}"), soft_wrap=True)
