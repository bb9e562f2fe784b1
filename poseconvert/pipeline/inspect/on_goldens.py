"""What a conversion's own goldens show of its package."""

from __future__ import annotations

from pathlib import Path

from poseconvert.conversion.manifest import Manifest
from poseconvert.conversion.promise import GOLDEN, package_of


def seen_on_goldens(folder: Path, manifest: Manifest) -> tuple[str, ...]:
    """Run the package on the conversion's goldens and list what float16 would make of it."""
    from poseconvert.conversion.golden import read_goldens
    from poseconvert.mil import find_seen_hazards, missing_ops, read_package
    from poseconvert.pipeline.chain.inputs import golden_inputs
    from poseconvert.runners.runner import leading

    package = read_package(folder / package_of(manifest))
    if missing_ops(package):
        return ()
    goldens = read_goldens(folder, sha256=manifest.goldens[GOLDEN])
    batch = golden_inputs(goldens, manifest.inputs).batch
    batch = manifest.interface.fed(batch) if manifest.interface else batch
    size = leading(getattr(one, "shape", ()) for one in package.inputs)
    seen = find_seen_hazards(package, [one.tensors for one in batch.runs(size)])
    return tuple(f"on the goldens, {hazard}" for hazard in seen)
