"""What form a Core ML model has, and what loads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poseconvert.mil import Package

# Specification version to the oldest iOS and the oldest phone that loads it.
_OLDEST = {
    1: ("iOS 11", "iPhone 5s (A7)"),
    2: ("iOS 11.2", "iPhone 5s (A7)"),
    3: ("iOS 12", "iPhone 5s (A7)"),
    4: ("iOS 13", "iPhone 6s (A9)"),
    5: ("iOS 14", "iPhone 6s (A9)"),
    6: ("iOS 15", "iPhone 6s (A9)"),
    7: ("iOS 16", "iPhone 8 (A11)"),
    8: ("iOS 17", "iPhone XS, XR (A12)"),
    9: ("iOS 18", "iPhone XS, XR (A12)"),
}


def oldest_for(spec_version: int) -> tuple[str, str]:
    """Give the oldest iOS and the oldest phone that load a specification version."""
    return _OLDEST.get(spec_version, ("newer than iOS 18", "unknown"))


def form_of(package: Package) -> dict[str, str]:
    """Say what the model is: a program of an opset, or what was lowered to one."""
    if package.format == "ML Program":
        functions = package.program.functions
        several = {"functions": ", ".join(sorted(functions))} if len(functions) > 1 else {}
        chosen = {"function": package.program.chosen} if several else {}
        return {"opset": package.program.main.opset, **several, **chosen}
    words = {
        "NeuralNetwork": "NeuralNetwork; its layers are shown as the ops they become",
        "pipeline": "pipeline; its models are shown as one program",
        "other": "a model of one step, shown as the ops it becomes",
    }
    return {"format": words[package.format]}
