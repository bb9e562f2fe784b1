"""A package that others made, in a conversion folder: what ``poseconvert adopt`` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from poseconvert.conversion.ours import made_at_once
from poseconvert.face.choices import AnyPath, FitChoice, channels_of, shapes_of, silent
from poseconvert.face.conversion import Conversion
from poseconvert.face.conversion import open as open_folder
from poseconvert.face.convert import finished
from poseconvert.face.pictures import Pictures, picture_files
from poseconvert.face.results import Diff
from poseconvert.mil.analysis.rules.table import rule_choice
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.adopt.adopt import AdoptOptions
from poseconvert.pipeline.adopt.adopt import adopt as run_stages


def adopt(
    model: AnyPath,
    package: AnyPath,
    out: AnyPath | None = None,
    *,
    images: Pictures = (),
    match: Mapping[str, str] | None = None,
    inputs: Mapping[str, Sequence[int]] | None = None,
    outputs: Sequence[str] = (),
    scale: float | Sequence[float] | None = None,
    bias: float | Sequence[float] | None = None,
    decode: AnyPath | None = None,
    fit: FitChoice = "letterbox",
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    progress: Callable[[str], None] | None = None,
) -> Conversion:
    """Put a package that others made of MODEL into a conversion folder, and measure its parity.

    The package is copied as it is; everything that works on a conversion works on the folder.

    Parameters
    ----------
    model : checkpoint, TorchScript, ``.pt2`` or ``.onnx``.
    package : an ``.mlpackage`` made of it by anything.
    out : the folder; by default the package's name with ``.poseconvert``, in the current folder.
    images : check parity on these pictures too.
    match : the package's input or output by MODEL's, where names, shapes and values do not say.
    inputs : shape of each input of an unknown network, by name.
    outputs : names for an unknown network's outputs.
    scale, bias : ``x * scale + bias`` on a picture in 0-255 for MODEL, and for a package that
        takes a tensor and does not scale it; by default what the package does inside.
    decode : decode preset, or a JSON file of decode specs.
    fit : how a picture is brought to the input size.
    select : ask only the rules on Core ML whose ids begin so; all where none is given.
    ignore : do not ask these; the verdict says so.
    progress : called with a short sentence as each step begins.

    Returns
    -------
    Conversion : the folder, with what was measured in ``.measured``.

    Raises
    ------
    PoseconvertError : one of them is refused, or they do not belong together; nothing was written.
    """
    options = AdoptOptions(
        model=ModelOptions(
            output_names=(outputs,) if isinstance(outputs, str) else tuple(outputs),
            scale=channels_of(scale, name="scale"),
            bias=channels_of(bias, name="bias"),
            inputs=shapes_of(inputs),
        ),
        match=match or {},
        decode=None if decode is None else str(decode),
        fit=fit,
        rules=rule_choice(select, ignore),
    )
    source, taken = Path(model), Path(package)
    folder = Path(f"{taken.stem}.poseconvert" if out is None else out)
    said = progress or silent
    with made_at_once(folder) as partial, picture_files(images) as files:
        asked = replace(options, pictures=tuple(files))
        measured = run_stages(source, taken, partial, target=folder, options=asked, progress=said)
        measured = finished(partial, source, measured, progress=said)
    return replace(open_folder(folder), measured=Diff(replace(measured, folder=folder)))
