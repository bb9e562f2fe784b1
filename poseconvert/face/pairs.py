"""Artifacts that anybody made, compared with the first of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from poseconvert.conversion.atomic_write import scratch_folder
from poseconvert.errors import UsageError
from poseconvert.face.choices import AnyPath, silent
from poseconvert.face.pictures import Pictures, picture_files
from poseconvert.face.results import Diff

PerChannel = tuple[float, float, float]


def compare_artifacts(
    artifacts: Sequence[AnyPath],
    pictures: Pictures = (),
    *,
    match: Mapping[str, str] | None = None,
    decode: str | None = None,
    inputs: Mapping[str, tuple[int, ...]] | None = None,
    scale: PerChannel | None = None,
    bias: PerChannel | None = None,
    png: AnyPath | None = None,
    html: AnyPath | None = None,
    progress: Callable[[str], None] | None = None,
) -> Diff:
    """Run artifacts on the same pictures, else on patterns, and judge each by the first.

    Parameters
    ----------
    artifacts : ``.onnx``, ``.mlpackage``, TorchScript, ``.pt2``, checkpoints, conversion folders.
    pictures : paths, Pillow's images or (H, W, 3) uint8 arrays.
    match : a candidate's input or output by the reference's, where names and shapes do not say.
    decode : read joints too: a preset's name or a JSON file of specs.
    inputs : shapes by name, where no artifact says them.
    scale, bias : ``x * scale + bias`` on pictures for what takes tensors and does not scale them.
    png, html : write skeletons, or a report, here.
    progress : called with a short sentence as each step begins.

    Raises
    ------
    PoseconvertError : an artifact is refused, or they do not belong together.
    """
    from poseconvert.imaging.scaling import Scaling
    from poseconvert.pipeline.pair.pair import PairOptions, compare_artifacts

    paths = [Path(artifact) for artifact in artifacts]
    if len(paths) < 2:
        raise UsageError("compare: one artifact. Give two at least: the first is the reference.")
    if len({path.resolve() for path in paths}) < len(paths):
        raise UsageError("compare: one artifact is given twice. Give each once.")
    scaling = None
    if scale or bias:
        scaling = Scaling(scale or (1.0, 1.0, 1.0), bias or (0.0, 0.0, 0.0))
    options = PairOptions(match or {}, decode, inputs or {}, scaling)
    with scratch_folder(), picture_files(pictures) as files:
        found = Diff(compare_artifacts(paths, files, options=options, progress=progress or silent))
    if png:
        found.png(Path(png))
    if html:
        found.report(Path(html))
    return found
