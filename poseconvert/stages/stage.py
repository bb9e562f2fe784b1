"""The pipeline: every stage in the order of the chain, what it reads, makes and may drift.

    MODEL -> model.onnx -> model.simplified.onnx -> model.mlpackage (-> model.compressed.mlpackage)

A stage is carried out by the function of its name, in the module of its name beside this one: as a
``Work``, which refuses what it cannot take, makes, refuses what is not what it says, and only then
writes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:  # doctor reads the names where no library is installed
    from poseconvert import fields
    from poseconvert.drift import Tolerance

Given = TypeVar("Given")
Made = TypeVar("Made")

MODEL = "MODEL"
ONNX, SIMPLIFIED, PACKAGE = "model.onnx", "model.simplified.onnx", "model.mlpackage"
COMPRESSED = "model.compressed.mlpackage"

#: What stands for the stage of the artifact that a chain begins with: none made it.
SOURCE: fields.Stage = "source"
#: The row in which the last artifact is judged by the first.
END_TO_END = "end_to_end"


@dataclass(frozen=True, slots=True)
class Stage:
    """One step that makes one artifact from one artifact.

    Attributes
    ----------
    name : target first, as manifests, JSON and ``--tolerance`` call it.
    title : what it does, as reports call it.
    reads, makes : file names in a conversion; MODEL may be any file.
    format : of what it makes.
    at_size : what its rows begin with at a size beside the default one; empty where the
        artifact has one size, or is the same at all.
    """

    name: fields.Stage
    title: str
    reads: str
    makes: str
    format: fields.Format
    at_size: str = ""

    def tolerance(self, precision: fields.Precision) -> Tolerance:
        """Return what it may drift in a chain whose package has this precision."""
        from poseconvert.drift import TOLERANCES

        return TOLERANCES.get(self.name) or TOLERANCES[f"{self.name}/{precision}"]


ONNX_FROM_TORCH = Stage("onnx_from_torch", "PyTorch -> ONNX", MODEL, ONNX, "onnx")
SIMPLIFIED_FROM_ONNX = Stage(
    "simplified_from_onnx", "ONNX -> simplified ONNX", ONNX, SIMPLIFIED, "onnx"
)
COREML_FROM_ONNX = Stage(
    "coreml_from_onnx", "ONNX -> Core ML", SIMPLIFIED, PACKAGE, "mlpackage", "coreml_at"
)
COMPRESSED_FROM_COREML = Stage(
    "compressed_from_coreml",
    "Core ML -> compressed",
    PACKAGE,
    COMPRESSED,
    "mlpackage",
    "compressed_at",
)
#: All of them, in order; the last one only where it is asked for.
STAGES = (ONNX_FROM_TORCH, SIMPLIFIED_FROM_ONNX, COREML_FROM_ONNX, COMPRESSED_FROM_COREML)


def stage_title(name: str) -> str:
    """Return what reports call a row of the stage table; a name that no stage has, as it is."""
    if name == END_TO_END:
        return "end to end"
    for stage in STAGES:
        if name == stage.name:
            return stage.title
        if stage.at_size and name.startswith(f"{stage.at_size}_"):
            return f"{stage.title}, {name.removeprefix(f'{stage.at_size}_')}"
    return name


class Work(ABC, Generic[Given, Made]):
    """One stage at work: requires, run, ensures, write. Each step raises ``StageError``."""

    @abstractmethod
    def requires(self) -> Given:
        """Read what the stage takes, and refuse what it cannot take."""

    @abstractmethod
    def run(self, given: Given) -> Made:
        """Make the artifact, in memory."""

    @abstractmethod
    def ensures(self, given: Given, made: Made) -> None:
        """Refuse an artifact with other inputs or outputs than were promised."""

    @abstractmethod
    def write(self, made: Made, path: Path) -> None:
        """Write the artifact, the same bytes for the same input."""

    def to(self, path: Path) -> Made:
        """Carry the stage out into ``path``; return what was made."""
        given = self.requires()
        made = self.run(given)
        self.ensures(given, made)
        self.write(made, path)
        return made
