"""An older Core ML model, made an ML Program, and judged by what it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from poseconvert.conversion.atomic_write import scratch_folder
from poseconvert.errors import OutputError
from poseconvert.face.choices import AnyPath, silent
from poseconvert.face.pairs import compare_artifacts
from poseconvert.face.pictures import Pictures
from poseconvert.face.results import Diff

if TYPE_CHECKING:
    from poseconvert.fields import Precision, Target


def upgrade(
    model: AnyPath,
    output: AnyPath,
    *,
    images: Pictures = (),
    precision: Literal["auto", "fp16", "fp32"] = "auto",
    target: Target = "iOS16",
    decode: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Diff:
    """Make an ML Program of an old Core ML model, and compare the two.

    Parameters
    ----------
    model : an ``.mlmodel``: a NeuralNetwork, a pipeline, or a model of one step.
    output : the ``.mlpackage`` to be made; it must not exist.
    images : pictures both are run on, else our own.
    precision : ``auto`` takes float16 where parity holds in it, else float32.
    target : the oldest iOS.
    decode : read joints too: a preset's name or a JSON file of specs.
    progress : called with a short sentence as each step begins.

    Returns
    -------
    Diff
        The new model judged by the old one; it is written whatever the verdict.

    Raises
    ------
    PoseconvertError : the model cannot be read or upgraded.
    """
    from poseconvert.mil import read_package
    from poseconvert.stages.coreml_options import CoreMLOptions
    from poseconvert.stages.upgraded_from_network import write_upgraded

    source, place = Path(model), Path(output)
    if place.exists() or place.suffix != ".mlpackage":
        raise OutputError(f"{place}: exists, or is no .mlpackage. Choose another with -o.")
    said = progress or silent
    tries: Sequence[Precision] = ("fp16", "fp32") if precision == "auto" else (precision,)
    said("reading the old model")
    package = read_package(source)
    with scratch_folder() as scratch:
        for mode in tries:
            made = scratch / mode / place.name
            made.parent.mkdir()
            said(f"upgrading in {mode}")
            write_upgraded(package, made, CoreMLOptions(precision=mode, target=target))
            found = compare_artifacts([source, made], images, decode=decode, progress=said)
            if found.held:
                break
        _put(made, place)
    return found


def _put(made: Path, place: Path) -> None:
    import shutil

    try:
        shutil.copytree(made, place)
    except OSError as error:
        shutil.rmtree(place, ignore_errors=True)
        raise OutputError(f"{place}: cannot be written ({error.strerror}).") from error
