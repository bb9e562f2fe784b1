"""What can be tested of a conversion, and why each test fails; nothing heavy before it runs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from poseconvert.fence.rehearsal import refused_in_a_child
from poseconvert.stages.stage import END_TO_END

if TYPE_CHECKING:
    from poseconvert.conversion.golden import Goldens
    from poseconvert.drift import Comparison
    from poseconvert.pipeline.chain.conversion import ConversionFolder
    from poseconvert.pipeline.chain.measurement import Measurement

HASHES = "hashes"


class Checks:
    """The tests of one conversion. Its chain runs once, on its goldens, when the first is asked.

    One that was not made here runs in a watched child before.

    Each method returns why its test fails, one sentence each: nothing when it passes. What did
    not run fails.

    Parameters
    ----------
    folder : the conversion.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def stages(self) -> tuple[str, ...]:
        """Every stage that must hold, ``end_to_end`` last.

        Raises
        ------
        ConversionError : the folder cannot be read as a conversion.
        """
        from poseconvert.pipeline.chain.sizes import stage_at

        made = dict.fromkeys(link.stage for link in self._conversion.chain() if link.tolerance)
        records = self._conversion.manifest.sizes
        sized = [stage_at(stage, record) for stage in made for record in records]
        return (*made, *filter(None, sized), END_TO_END)

    @cached_property
    def goldens(self) -> tuple[str, ...]:
        """``hashes``, and each output that is stored.

        Raises
        ------
        ConversionError : the folder cannot be read as a conversion.
        """
        return (HASHES, *self._conversion.manifest.outputs)

    @cached_property
    def joints(self) -> tuple[str, ...]:
        """Each joint of each head, such as ``2d-rHand``; none where there is no decode spec.

        Raises
        ------
        ConversionError, DecodeError : the folder cannot be read as a conversion.
        """
        from poseconvert.decoding import skeleton_named

        return tuple(
            f"{'3d' if spec.dims == 3 else '2d'}-{joint}"
            for spec in self._conversion.specs
            for joint in skeleton_named(spec.skeleton).joints
        )

    def stage(self, name: str) -> tuple[str, ...]:
        """Say why the parity of a stage is not held, on any runner."""
        rows = [row for row in self._comparisons if row.stage == name]
        if not rows:
            return (f"{name}: did not run",)
        return tuple(why for row in rows for why in _not_held(row))

    def golden(self, name: str) -> tuple[str, ...]:
        """Say how a fresh run differs from a stored output, or which file is not its hash's."""
        from poseconvert.drift import TOLERANCES, compare_outputs

        goldens = self._goldens  # read against their hashes, or refused
        if name == HASHES:
            return tuple(self._conversion.edited.values())
        tolerance = TOLERANCES[f"{END_TO_END}/{self._conversion.manifest.precision}"]
        stored = {name: goldens.outputs[name]}
        found = []
        for run in self._measurement.result.evaluations:
            if run.reason:
                found.append(f"{run.link.artifact} did not run: {run.reason}")
                continue
            fresh = {name: run.outputs[name]} if name in run.outputs else {}
            compared = compare_outputs(
                stored,
                fresh,
                tolerance=tolerance,
                floor=goldens.floor,
                yardsticks=goldens.yardsticks,
            )
            found += [f"{run.link.artifact}: {one.reason}" for one in compared if one.reason]
        return tuple(found)

    def joint(self, name: str) -> tuple[str, ...]:
        """Say on which inputs a joint, as named in ``joints``, flipped or moved too far."""
        from poseconvert.drift.comparison import joint_reasons

        head, _, joint = name.partition("-")
        found = []
        measured = 0
        for row in self._comparisons:
            mine = [one for one in row.joints if (one.head, one.joint) == (head, joint)]
            found += [f"{row.candidate}: {why}" for why in joint_reasons(mine, row.tolerance)]
            measured = len(mine)  # of the last row, which is end to end
        return tuple(found) if measured else (*found, f"{name}: was not measured end to end")

    @cached_property
    def _conversion(self) -> ConversionFolder:
        from poseconvert.pipeline.chain.conversion import open_conversion

        return open_conversion(self.folder)

    @cached_property
    def _goldens(self) -> Goldens:
        return self._conversion.goldens()

    @cached_property
    def _refusal(self) -> str:
        """Why its chain must not run here: found once, for all tests that ask."""
        from poseconvert.conversion.ours import is_ours

        return "" if is_ours(self.folder) else refused_in_a_child("diff", self.folder)

    @cached_property
    def _measurement(self) -> Measurement:
        from poseconvert.errors import ConversionError
        from poseconvert.pipeline.diff.diff import measure

        if self._refusal:
            raise ConversionError(self._refusal)
        return measure(self._conversion, pictures=(), model=None, progress=lambda step: None)

    @property
    def _comparisons(self) -> Sequence[Comparison]:
        return self._measurement.result.comparisons


def _not_held(row: Comparison) -> tuple[str, ...]:
    if row.parity.value == "held":
        return ()
    return tuple(f"{row.candidate} is {row.parity.value}: {why}" for why in row.reasons)
