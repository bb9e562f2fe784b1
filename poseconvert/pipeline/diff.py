"""Run every artifact of a conversion again, on pictures or on its goldens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from poseconvert.conversion.digest import digest
from poseconvert.conversion.golden import Goldens, read_goldens
from poseconvert.conversion.manifest import Manifest, edited_artifacts, read_manifest
from poseconvert.decoding import DecodeSpec, decode
from poseconvert.drift import Comparison
from poseconvert.errors import ConversionError
from poseconvert.imaging.preprocessing import Preprocessing
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.chain import (
    ChainResult,
    Evaluation,
    Link,
    Progress,
    evaluate,
    judge_chain,
)
from poseconvert.pipeline.inputs import Inputs, picture_inputs
from poseconvert.pipeline.links import ONNX, PACKAGE, onnx_links, package_links
from poseconvert.pipeline.measurement import Measurement
from poseconvert.pipeline.origin import Origin, read_origin
from poseconvert.runners.runner import Runner
from poseconvert.stages.coreml_options import Precision


def measure(
    folder: Path,
    *,
    pictures: Sequence[Path],
    model: Path | None,
    allow_edited: bool,
    progress: Progress,
) -> Measurement:
    """Measure the parity of every stage of the conversion in ``folder``.

    On goldens the reference is what PyTorch returned when they were made. On
    pictures PyTorch runs again where MODEL is at hand with the bytes that were
    converted; else ``onnx_from_torch`` is judged on the goldens alone.

    Parameters
    ----------
    pictures : what to run on; the goldens when there are none.
    model : where MODEL is now; None for where it was.
    allow_edited : run artifacts whose SHA-256 is not the manifest's; they are
        named in the result all the same.

    Raises
    ------
    ConversionError, PictureError : the folder or a picture cannot be read.
    """
    progress("checking the conversion")
    manifest = read_manifest(folder)
    edited = edited_artifacts(folder, manifest)
    refused = edited
    if allow_edited:
        refused = {name: why for name, why in edited.items() if not (folder / name).exists()}
        manifest = replace(manifest, notes=(*manifest.notes, *edited.values()))
    origin = _origin(folder, manifest, model) if pictures else None
    if pictures and _from_torch(manifest) and origin is None:
        note = (
            "MODEL is not at hand: on the pictures model.onnx is the reference, and"
            " onnx_from_torch is judged on the goldens alone; give --model"
        )
        manifest = replace(manifest, notes=(*manifest.notes, note))
    specs = tuple(DecodeSpec.from_dict(spec) for spec in manifest.decode)
    goldens = read_goldens(folder)
    golden_inputs = Inputs(goldens.names, goldens.inputs)
    inputs = _picture_inputs(folder, manifest, pictures) if pictures else golden_inputs

    def run(links: Sequence[Link], on: Inputs, *, floor: bool = False) -> list[Evaluation]:
        return evaluate(links, on, specs=specs, progress=progress, floor=floor)

    before: list[Evaluation] = []
    apart: tuple[Comparison, ...] = ()
    if not _from_torch(manifest):
        pass
    elif origin is not None:
        before = run([Link(origin.path.name, "source", origin.torch_runner)], inputs, floor=True)
    else:
        recorded = _recorded(manifest, goldens, specs)
        if pictures:
            first = run(_chain(folder, manifest, refused)[:1], golden_inputs)
            judged = judge_chain(
                [recorded, *first], golden_inputs, specs=specs, precision=manifest.precision
            )
            apart = judged.comparisons
        else:
            before = [recorded]
    chain = run(_chain(folder, manifest, refused), inputs, floor=not before)
    evaluations = [*before, *chain]
    result = judge_chain(evaluations, inputs, specs=specs, precision=manifest.precision)
    joined = ChainResult(result.evaluations, (*apart, *result.comparisons))
    return Measurement(folder, manifest, joined, inputs, tuple(edited) if allow_edited else ())


def _from_torch(manifest: Manifest) -> bool:
    return any(artifact.stage == "onnx_from_torch" for artifact in manifest.artifacts)


def _origin(folder: Path, manifest: Manifest, model: Path | None) -> Origin | None:
    """Read MODEL if it is where it was and what it was; one that is named must be."""
    path = model or folder / manifest.model.path
    if not _from_torch(manifest) or (model is None and not path.is_file()):
        return None
    if manifest.model.options.get("trust_pickle"):
        return None  # the trust was given to convert, not to whoever wrote this manifest
    if digest(path) != manifest.model.sha256:
        if model is None:
            return None
        raise ConversionError(
            f"{path}: is not the model that was converted (its SHA-256 differs)."
            " Leave --model away, or convert this one."
        )
    return read_origin(path, _model_options(manifest))


def _model_options(manifest: Manifest) -> ModelOptions:
    """Rebuild the options MODEL was read with; JSON has lists where they have tuples."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in manifest.model.options.items()
    }
    try:
        return ModelOptions(**{**values, "trust_pickle": False})
    except TypeError as error:
        raise ConversionError(f"manifest: model options malformed ({error}).") from error


def _picture_inputs(folder: Path, manifest: Manifest, pictures: Sequence[Path]) -> Inputs:
    if manifest.preprocessing is None:
        raise ConversionError(
            f"{folder}: its input {manifest.input_shape} is not a picture. Leave --image away to"
            " compare on the goldens."
        )
    return picture_inputs(pictures, Preprocessing.from_dict(manifest.preprocessing))


def _chain(folder: Path, manifest: Manifest, refused: Mapping[str, str]) -> list[Link]:
    """List the folder's own artifacts, the first one judged if PyTorch came before it."""
    made = "onnx_from_torch" if _from_torch(manifest) else "source"
    graph = Origin(
        path=folder / ONNX,
        options=_model_options(manifest),
        architecture=manifest.model.architecture,
        input_name=manifest.input_name,
        input_shape=manifest.input_shape,
    )
    normalize = None if made == "onnx_from_torch" else graph.normalize
    precision: Precision = "fp32" if manifest.precision == "fp32" else "fp16"
    return [
        *onnx_links(folder, made=made, normalize=normalize, refused=refused),
        *package_links(folder, precision=precision, refused=refused.get(PACKAGE, "")),
    ]


def _recorded(manifest: Manifest, goldens: Goldens, specs: Sequence[DecodeSpec]) -> Evaluation:
    """Return what PyTorch said when the goldens were made, as if it had run now."""

    def absent() -> Runner:
        raise ConversionError("recorded outputs cannot be run again.")

    return Evaluation(
        Link(Path(manifest.model.path).name, "source", absent),
        f"{goldens.runner}, recorded",
        dict(goldens.outputs),
        tuple(decode(goldens.outputs, spec) for spec in specs),
        goldens.floor,
    )
