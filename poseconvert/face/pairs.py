"""Artifacts that anybody made, compared with the first of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poseconvert.conversion.atomic_write import scratch_folder
from poseconvert.errors import UsageError
from poseconvert.face.choices import AnyPath, silent
from poseconvert.face.pictures import Pictures, picture_files
from poseconvert.face.results import Diff
from poseconvert.face.shown import Shown

if TYPE_CHECKING:
    from poseconvert.imaging.scaling import Scaling
    from poseconvert.pipeline.pair.side_by_side import SideBySide as _SideBySide
    from poseconvert.reports.notebook import Card

PerChannel = tuple[float, float, float]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SideBySide(Shown):
    """Two networks on the same pictures, in joints.

    Attributes
    ----------
    record : what each sees, and which joints they have in common.
    """

    record: _SideBySide

    @property
    def summary(self) -> str:
        """How far they are apart, in one sentence; no verdict."""
        from poseconvert.reports.side_by_side import summary

        return summary(self.record)

    def json(self) -> dict[str, Any]:
        """Return what ``--json`` prints, schema ``poseconvert.side-by-side.v1``."""
        from poseconvert.reports.side_by_side import side_by_side_json

        return side_by_side_json(self.record)

    def png(self, path: str | Path) -> Path:
        """Draw both skeletons on each picture, one beside the other.

        Raises
        ------
        OutputError : ``path`` cannot be written.
        """
        from poseconvert.conversion.atomic_write import file_at_once
        from poseconvert.reports.side_by_side import save_side_by_side

        with file_at_once(Path(path)) as partial:
            save_side_by_side(self.record, partial)
        return Path(path)

    def _card(self) -> Card:
        from poseconvert.reports.notebook import facts_card
        from poseconvert.reports.side_by_side import joint_rows

        facts = {row["first"]: f"{row['median_px']} px" for row in joint_rows(self.record)}
        return facts_card("side by side", self.summary, facts)


def side_by_side(
    artifacts: Sequence[AnyPath],
    pictures: Pictures,
    *,
    decode: Sequence[str],
    match: Mapping[str, str] | None = None,
    inputs: Mapping[str, tuple[int, ...]] | None = None,
    scale: PerChannel | None = None,
    bias: PerChannel | None = None,
    progress: Callable[[str], None] | None = None,
) -> SideBySide:
    """Run two networks that have only their task in common, and compare their joints.

    Parameters
    ----------
    artifacts : two, of any kind that :func:`compare_artifacts` takes.
    pictures : paths, Pillow's images or (H, W, 3) uint8 arrays.
    decode : one per artifact: a preset's name or a JSON file of specs.
    match : joints of the second by the first's, beside the parts of the body that both have.
    inputs : shapes by name, where an artifact does not say them.
    scale, bias : ``x * scale + bias`` on pictures for what takes tensors and does not scale them.
    progress : called with a short sentence as each step begins.

    Raises
    ------
    PoseconvertError : an artifact is refused, or they have no joint in common.
    """
    from poseconvert.pipeline.pair.side_by_side import SideOptions
    from poseconvert.pipeline.pair.side_by_side import side_by_side as run_both

    if len(artifacts) != 2 or len(decode) != 2:
        raise UsageError(
            f"side by side: {len(artifacts)} artifacts, {len(decode)} decoders. Give two of both,"
            " in one order."
        )
    options = SideOptions(decode, match or {}, inputs or {}, _scaling(scale, bias))
    with scratch_folder(), picture_files(pictures or "photo") as files:
        paths = [Path(artifact) for artifact in artifacts]
        return SideBySide(run_both(paths, files, options=options, progress=progress or silent))


def _scaling(scale: PerChannel | None, bias: PerChannel | None) -> Scaling | None:
    from poseconvert.imaging.scaling import Scaling

    if not (scale or bias):
        return None
    return Scaling(scale or (1.0, 1.0, 1.0), bias or (0.0, 0.0, 0.0))


def compare_artifacts(
    artifacts: Sequence[AnyPath],
    pictures: Pictures = (),
    *,
    match: Mapping[str, str] | None = None,
    decode: str | None = None,
    inputs: Mapping[str, tuple[int, ...]] | None = None,
    scale: PerChannel | None = None,
    bias: PerChannel | None = None,
    ops: bool = False,
    png: AnyPath | None = None,
    html: AnyPath | None = None,
    progress: Callable[[str], None] | None = None,
) -> Diff:
    """Run artifacts on the same pictures, else on our own, and judge each by the first.

    Parameters
    ----------
    artifacts : ``.onnx``, ``.mlpackage``, TorchScript, ``.pt2``, checkpoints, conversion folders.
    pictures : paths, Pillow's images or (H, W, 3) uint8 arrays.
    match : a candidate's input or output by the reference's, where names and shapes do not say.
    decode : read joints too: a preset's name or a JSON file of specs.
    inputs : shapes by name, where no artifact says them.
    scale, bias : ``x * scale + bias`` on pictures for what takes tensors and does not scale them.
    ops : compare every op too, of a network and one package made of it.
    png, html : write skeletons, or a report, here.
    progress : called with a short sentence as each step begins.

    Raises
    ------
    PoseconvertError : an artifact is refused, or they do not belong together.
    """
    from poseconvert.pipeline.pair.pair import PairOptions, compare_artifacts

    paths = [Path(artifact) for artifact in artifacts]
    if len(paths) < 2:
        raise UsageError("compare: one artifact. Give two at least: the first is the reference.")
    if len({path.resolve() for path in paths}) < len(paths):
        raise UsageError("compare: one artifact is given twice. Give each once.")
    options = PairOptions(match or {}, decode, inputs or {}, _scaling(scale, bias))
    said = progress or silent
    with scratch_folder() as scratch, picture_files(pictures) as files:
        if ops:
            from poseconvert.face.pair_ops import compared_by_ops

            found = compared_by_ops(paths, files, scratch, options=options, progress=said)
        else:
            found = Diff(compare_artifacts(paths, files, options=options, progress=said))
        if png:
            found.png(Path(png))
        if html:
            found.report(Path(html))
    return found
