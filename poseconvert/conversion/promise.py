"""What a conversion must hold: the artifacts of the chain, their goldens, a row of every stage.

The one definition that every command reads a manifest by; a manifest does not choose.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from poseconvert.drift import EXECUTOR, Run, end_tolerance
from poseconvert.stages.stage import (
    COMPRESSED,
    COMPRESSED_FROM_COREML,
    END_TO_END,
    ONNX,
    ONNX_FROM_TORCH,
    PACKAGE,
    SOURCE,
    STAGES,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poseconvert.conversion.manifest import Manifest
    from poseconvert.drift import Tolerance
    from poseconvert.fields import Format, Stage

_MAX_ELEMENTS = 1 << 28
_T = TypeVar("_T", bound=Hashable)
GOLDEN = "golden/golden.json"
# The reference executor's modes that must have run a package.
_MODES = {"fp16": ("fp16", "fp32"), "fp32": ("fp32",)}


@dataclass(frozen=True, slots=True)
class Row:
    """Comparisons that a conversion must have: of one artifact, by every runner.

    Attributes
    ----------
    stage : the stage judged.
    reference : file names that may have been its reference.
    candidate : file name of the artifact.
    runs : those that must be among what ran.
    outputs : names of outputs, all of which were compared.
    tolerance : what it may drift.
    size : such as 448x448, where it is not the default one.
    """

    stage: str
    reference: tuple[str, ...]
    candidate: str
    runs: tuple[Run, ...]
    outputs: Mapping[str, tuple[int, ...]]
    tolerance: Tolerance
    size: str = ""


def from_torch(manifest: Manifest) -> bool:
    """Whether MODEL was no ONNX file, so that PyTorch is the reference."""
    return manifest.model.architecture != "onnx"


def package_of(manifest: Manifest) -> str:
    """Name the package an app ships: the compressed one where there is one."""
    return COMPRESSED if manifest.compress else PACKAGE


def chain(*, torch: bool, compressed: bool) -> tuple[tuple[str, Format, Stage], ...]:
    """List name, format and stage of each artifact of a conversion, in the order they are made."""
    made = STAGES if compressed else STAGES[:-1]
    return tuple(
        (one.makes, one.format, one.name if torch or one is not ONNX_FROM_TORCH else SOURCE)
        for one in made
    )


def golden_files(sizes: Iterable[str]) -> tuple[str, ...]:
    """Name every ``golden.json`` of a conversion with these other sizes, such as 448x448."""
    return (GOLDEN, *(f"sizes/{size}/{GOLDEN}" for size in sizes))


def rows(manifest: Manifest) -> tuple[Row, ...]:
    """List the comparisons that a conversion must have."""
    torch, outputs = from_torch(manifest), manifest.outputs
    made = chain(torch=torch, compressed=manifest.compress is not None)
    model = PurePosixPath(manifest.model.path).name
    precision = manifest.precision
    found = []
    before = model
    for stage, (name, form, by) in zip(STAGES, made, strict=False):
        if by != SOURCE:
            runs = _executed(name, precision) if form == "mlpackage" else ()
            found.append(Row(by, (before,), name, runs, outputs, stage.tolerance(precision)))
        before = name
    for stage in STAGES[: len(made)]:
        tolerance = end_tolerance(precision, compressed=stage is COMPRESSED_FROM_COREML)
        for size in manifest.sizes if stage.at_size else ():
            at, runs = f"{stage.at_size}_{size.name}", _executed(stage.makes, precision, size.name)
            found.append(Row(at, (model,), stage.makes, runs, size.outputs, tolerance, size.name))
    # Where MODEL was not at hand for new pictures, model.onnx is the first artifact.
    tolerance = end_tolerance(precision, compressed=manifest.compress is not None)
    return (*found, Row(END_TO_END, (model, ONNX), made[-1][0], (), outputs, tolerance))


def _executed(artifact: str, precision: str, size: str = "") -> tuple[Run, ...]:
    return tuple(Run(artifact, EXECUTOR, mode, size) for mode in _MODES[precision])


def broken_promise(manifest: Manifest) -> str:
    """Say what a manifest holds more, less or otherwise than its chain; empty where nothing."""
    stages = [(row.stage, row.run, row.parity) for row in manifest.parity]
    return (
        _broken_chain(manifest)
        or _broken_names(manifest)
        or _broken_shapes(manifest)
        or _broken_texts(manifest)
        or broken_rows(manifest, stages)
        or _broken_verdict(manifest)
    )


def _broken_chain(manifest: Manifest) -> str:
    """Say which artifact is not what the chain makes of MODEL."""
    torch, model = from_torch(manifest), PurePosixPath(manifest.model.path)
    if torch == (model.suffix == ".onnx"):
        kind = manifest.model.architecture
        return f"MODEL {model.name} is not a file of a network of kind {kind}"
    wanted = chain(torch=torch, compressed=manifest.compress is not None)
    made = tuple((one.name, one.format, one.stage) for one in manifest.artifacts)
    for there, due in zip([*made, *[None] * len(wanted)], wanted, strict=False):
        if there != due:
            shown = " ".join(there) if there else "missing"
            return f"artifact {shown}, where the chain has {' '.join(due)}"
    extra = made[len(wanted) :]
    return f"artifact {extra[0][0]} is not one of the chain" if extra else ""


def _broken_names(manifest: Manifest) -> str:
    """Say which goldens are not those of its sizes, or what is said of no input."""
    goldens = golden_files(size.name for size in manifest.sizes)
    if other := sorted({*goldens} ^ {*manifest.goldens}) or _twice(goldens):
        return f"goldens: {other[0]} is missing, twice, or of no size that the package takes"
    for what, names in (("images", manifest.images), ("preprocessing", manifest.preprocessing)):
        if other := [name for name in names if name not in manifest.inputs]:
            return f"{what}: {other[0]} is not an input"
    return _broken_interface(manifest)


def _broken_interface(manifest: Manifest) -> str:
    """Say what an adopted package is not fed, does not answer, or cannot be as well."""
    interface = manifest.interface
    if interface is None:
        return ""
    answered = sorted(one.reference for one in interface.outputs)
    if {*interface.inputs} != {*manifest.inputs} or answered != sorted(manifest.outputs):
        return "interface: is not of the inputs and outputs"
    if manifest.compress or manifest.sizes:
        return "interface: an adopted package has one size and no other beside it"
    return ""


def _broken_texts(manifest: Manifest) -> str:
    """Say which row is shown as another run than it is."""
    other = next((row for row in manifest.parity if row.candidate != str(row.run)), None)
    return f"parity: {other.candidate} is shown for {other.run}" if other else ""


def broken_rows(manifest: Manifest, found: Sequence[tuple[str, Run, str]]) -> str:
    """Say which comparison is missing or too many; empty where all are there.

    Parameters
    ----------
    found : stage, candidate and verdict of each comparison.
    """
    left = list(found)
    for row in rows(manifest):
        mine = [
            one
            for one in left
            if one[0] == row.stage and one[1].not_run == Run(row.candidate, size=row.size)
        ]
        if not mine:
            return f"nothing says how {row.candidate} did at {row.stage}"
        ran = [run for _, run, parity in mine if parity != "not run"]
        missing = [run for run in row.runs if run not in ran]
        if len(ran) == len(mine) and missing:
            return f"nothing says how {row.candidate} did at {row.stage} on {missing[0].label}"
        if twice := _twice(ran):
            return f"{row.stage} was judged twice on {twice[0].label}"
        left = [one for one in left if one not in mine]
    return f"{left[0][0]} of {left[0][1]} is not a comparison of the chain" if left else ""


def _broken_shapes(manifest: Manifest) -> str:
    """Say which shape is larger than any network's, or is not that of its pictures."""
    shapes = [manifest.inputs, manifest.outputs, *(size.outputs for size in manifest.sizes)]
    for name, shape in (one for each in shapes for one in each.items()):
        if math.prod(shape) > _MAX_ELEMENTS:
            return f"{name} {shape} has more than {_MAX_ELEMENTS} values"
    for name, picture in manifest.preprocessing.items():
        if manifest.inputs[name][2:] != (picture.height, picture.width):
            return f"{name} {manifest.inputs[name]} is not a picture of its preprocessing"
    return ""


def _broken_verdict(manifest: Manifest) -> str:
    parities = {row.parity for row in manifest.parity}
    held = parities == {"held"} and not manifest.rules.block
    follows = "broken" if "broken" in parities else "held" if held else "not run"
    if manifest.verdict == follows:
        return ""
    return f"its verdict is {manifest.verdict}, its comparisons and rules make it {follows}"


def _twice(names: Sequence[_T]) -> list[_T]:
    return [name for name, count in Counter(names).items() if count > 1]
