"""One artifact of anybody's: what it wants, what it computes in, and what runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from poseconvert.conversion.golden import Goldens
from poseconvert.decoding import DecodeSpec
from poseconvert.imaging.scaling import Scaling
from poseconvert.imaging.wanted import Wanted
from poseconvert.runners.runner import Runner
from poseconvert.stages.coreml_options import Precision

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file or package, read and vetted.

    Attributes
    ----------
    path : where it lies.
    name : what it is called beside the others.
    inputs : what it wants.
    opens : loads a runner; two for a float16 package, which a phone may round or not.
    precision, compressed : what it computes in, and whether its weights are in fewer bits.
    takes_pixels : whether pictures are known to be taken in 0-255.
    preset : decode preset of a network known to us.
    decode : decode specs that came with it.
    recorded : outputs that something else gave, with the inputs they are of.
    """

    path: Path
    name: str
    inputs: tuple[Wanted, ...]
    opens: tuple[Callable[[], Runner], ...]
    precision: Precision = "fp32"
    compressed: bool = False
    takes_pixels: bool = False
    preset: str | None = None
    decode: tuple[DecodeSpec, ...] = ()
    recorded: Goldens | None = None

    @property
    def scaling(self) -> Scaling | None:
        """What its first ops do to a picture."""
        return next((one.inside for one in self.inputs if one.inside), None)
