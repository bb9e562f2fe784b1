"""``diff A B --ops``: where, between a network and a package of it, the drift begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from poseconvert.errors import UsageError
from poseconvert.face.results import Diff
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.adopt.adopt import AdoptOptions, adopt
from poseconvert.pipeline.chain.conversion import open_conversion
from poseconvert.pipeline.diagnose.diagnose import diagnose
from poseconvert.pipeline.localise.localise import localise
from poseconvert.pipeline.pair.pair import PairOptions


def compared_by_ops(
    paths: Sequence[Path],
    pictures: Sequence[Path],
    folder: Path,
    *,
    options: PairOptions,
    progress: Callable[[str], None],
) -> Diff:
    """Adopt the package into ``folder``, an empty one, and compare every op with the graph's.

    Raises
    ------
    UsageError : not a network and a package.
    PoseconvertError : one of them is refused, or they do not belong together.
    """
    if len(paths) != 2 or paths[1].suffix not in (".mlpackage", ".mlmodel") or paths[0].is_dir():
        raise UsageError(
            "ops: compares a package with the network it was made of. Give MODEL, then PACKAGE."
        )
    model, package = paths
    scale, bias = (options.scaling.scale, options.scaling.bias) if options.scaling else (None, None)
    asked = AdoptOptions(
        ModelOptions(scale=scale, bias=bias, inputs=options.inputs),
        match=options.match,
        decode=options.decode,
        pictures=pictures,
    )
    found = adopt(model, package, folder, target=folder, options=asked, progress=progress)
    conversion = open_conversion(folder)
    causes = diagnose(conversion, found, model=model, progress=progress)
    ops = localise(conversion, found.inputs, progress=progress)
    return Diff(replace(found, diagnoses=causes, ops=ops))
