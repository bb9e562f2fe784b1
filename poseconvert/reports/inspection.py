"""An inspection as a terminal table or as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from poseconvert.pipeline.inspect.inspect import Inspection

if TYPE_CHECKING:
    from rich.console import Console

_HAZARDS = 6
_RULES = 8
SCHEMA = "poseconvert.inspection.v1"


def inspection_json(inspection: Inspection) -> dict[str, Any]:
    """Return the inspection as strictly valid JSON values, ``schema`` first."""
    return {"schema": SCHEMA, **asdict(inspection), "path": str(inspection.path)}


def print_inspection(inspection: Inspection, console: Console) -> None:
    """Print facts, inputs and outputs, ops and hazards."""
    from rich.markup import escape
    from rich.table import Table

    def section(rows: dict[str, str]) -> None:
        table = Table.grid(padding=(0, 2))
        for label, text in rows.items():
            table.add_row(escape(label), escape(text))
        console.print(table)

    console.print(f"[bold]{escape(str(inspection.path))}[/bold]  {inspection.kind}")
    section(
        {
            **inspection.facts,
            **{f"input {name}": text for name, text in inspection.inputs.items()},
            **{f"output {name}": text for name, text in inspection.outputs.items()},
            **_costs(inspection),
        }
    )
    if inspection.ops:
        takes = "a route" if inspection.kind == "ONNX" else "executor"
        table = Table("op", "count", takes)
        for op in inspection.ops:
            table.add_row(escape(op.op), str(op.count), "yes" if op.supported else "NO")
        console.print(table)
    for hazard in inspection.hazards[:_HAZARDS]:
        console.print(f"hazard: {escape(hazard)}")
    if (more := len(inspection.hazards) - _HAZARDS) > 0:
        console.print(f"and {more} more, see --json")
    for rule in inspection.rules[:_RULES]:
        console.print(f"rule: {escape(rule)}")
    if (more := len(inspection.rules) - _RULES) > 0:
        console.print(f"and {more} more rules, see --json")
    if inspection.kind in ("Core ML package", "conversion") and not inspection.hazards:
        console.print("no hazard found in the files; parity is what convert and diff measure")


def _costs(inspection: Inspection) -> dict[str, str]:
    costs = {"weights": f"{inspection.weight_bytes / 1e6:.2f} MB"}
    if inspection.macs is not None:
        costs["multiply-accumulates"] = f"{inspection.macs / 1e6:,.1f} M"
    return costs
