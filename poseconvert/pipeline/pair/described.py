"""Artifacts that were compared, described as a conversion is: decode specs and manifest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from poseconvert.conversion.manifest import Manifest, ModelRecord
from poseconvert.conversion.sha256 import digest
from poseconvert.decoding import DecodeSpec, chosen_specs, offer
from poseconvert.drift import Comparison
from poseconvert.pipeline.chain.decoders import check_decoders
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.convert.manifest_fields import library_versions, verdict_fields
from poseconvert.pipeline.pair.artifact import Artifact, Shapes


def heads_of(
    artifacts: Sequence[Artifact], decode: str | None, shapes: Shapes
) -> tuple[DecodeSpec, ...]:
    """Take the decode specs that were asked for, else those that came with an artifact."""
    if decode is None:
        specs = next((one.decode for one in artifacts if one.decode), ())
        if specs and all(name in shapes for spec in specs for name in spec.reads):
            return specs
        decode = next((one.preset for one in artifacts if one.preset), None)
    if decode is None:
        return ()
    found = chosen_specs(decode, input_size=_picture(artifacts[0]), shapes=shapes)
    check_decoders(found, shapes, where=decode)
    return found


def decoders_offered(
    artifact: Artifact, heads: Sequence[DecodeSpec], shapes: Shapes
) -> tuple[str, ...]:
    """Say which presets fit outputs that no decoder was named for."""
    return () if heads else (offer(shapes, _picture(artifact)),)


def _picture(artifact: Artifact) -> tuple[int, int] | None:
    """Return (H, W) of the first picture that an artifact takes."""
    shapes = [one.shape for one in artifact.inputs if one.picture]
    return (shapes[0][2], shapes[0][3]) if shapes else None


def manifest_of(
    reference: Artifact,
    last: Artifact,
    shapes: Shapes,
    heads: tuple[DecodeSpec, ...],
    notes: tuple[str, ...],
    inputs: Inputs,
    comparisons: Sequence[Comparison],
) -> Manifest:
    """Say what was compared, in the words of a conversion: no folder of ours holds it."""
    path = reference.path
    return Manifest(
        created_utc=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=library_versions(),
        model=ModelRecord(path.name, digest(path), path.suffix.lstrip(".") or "folder", {}, {}),
        notes=notes,
        inputs={one.name: one.shape for one in reference.inputs},
        images=tuple(one.name for one in last.inputs if one.image),
        outputs=shapes,
        preprocessing={},
        decode=heads,
        precision=last.precision,
        keep_fp32=(),
        target="iOS16",
        artifacts=(),
        goldens={},
        **verdict_fields(comparisons),
    )
