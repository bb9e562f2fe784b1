"""What was written for phones and apps, in lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from poseconvert.conversion.manifest import Manifest
from poseconvert.devices.swift_package import MODULE, PoseModel


def bundle_lines(plan: Mapping[str, Any], manifests: Sequence[Manifest], folder: Path) -> list[str]:
    """Say what a phone was given, what stands against it, and how long it takes."""
    units, settings = plan["compute_units"], plan["settings"]
    lines = []
    for model, manifest in zip(plan["models"], manifests, strict=True):
        name = model["name"]
        lines.append(
            f"{name}: specification version {model['spec_version']}, {model['precision']},"
            f" {settings['runs']} runs on each of {', '.join(units)}"
        )
        if manifest.sizes:
            lines.append(f"{name}: measured at its default size only, of {len(manifest.sizes) + 1}")
        if compress := manifest.compress:
            lines.append(f"{name}: with its {compress.compression} weights")
        if model["parity"] != "held":
            lines.append(f"{name}: parity {model['parity']}, taken with --allow-broken")
        if model["precision"] == "fp32":
            lines.append(
                f"{name}: float32, which the Neural Engine never runs;"
                " for its effect convert with --precision fp16"
            )
    each = 2 * settings["rest_s"] + settings["burst_s"] + settings["sustained_s"]
    minutes = len(plan["models"]) * len(units) * settings["runs"] * each / 60
    return [*lines, f"wrote {folder}; a phone needs about {minutes:.0f} minutes for all of it"]


def package_lines(models: Sequence[PoseModel], folder: Path) -> list[str]:
    """Say what a Swift package holds, and how an app uses it."""
    lines = [
        f"{model.name}: parity {model.parity}, taken with --allow-broken"
        for model in models
        if model.parity != "held"
    ]
    return [
        *lines,
        f"wrote {folder}, a Swift package: import {MODULE},"
        f' then try await PoseModel.load("{models[0].name}")',
    ]
