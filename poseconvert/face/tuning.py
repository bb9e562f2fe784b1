"""The fewest ops in float32, found and where asked for written."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from poseconvert.conversion.folder import refuse_foreign
from poseconvert.conversion.ours import made_at_once
from poseconvert.errors import UsageError, quoted
from poseconvert.face.pictures import Pictures, listed, named_files, picture_files
from poseconvert.face.results import Tuning
from poseconvert.pipeline.inputs import golden_inputs, picture_inputs
from poseconvert.pipeline.reopened import Reopened, reopen_whole
from poseconvert.pipeline.tune_options import convert_line
from poseconvert.pipeline.tuned import Tuned
from poseconvert.pipeline.tuned_folder import write_tuned
from poseconvert.reports.html import write_html
from poseconvert.reports.json import write_json
from poseconvert.reports.tune import kept_note


def tuned(
    folder: Path,
    pictures: Pictures,
    *,
    budget: float,
    output: Path | None,
    model: Path | None,
    progress: Callable[[str], None],
) -> Tuning:
    """Search for them; see :meth:`poseconvert.face.conversion.Conversion.tune`."""
    from poseconvert.pipeline.tune import tune

    if not (isinstance(budget, int | float) and 0 < budget < math.inf):
        raise UsageError(f"max_drift {quoted(budget)}: give a distance above 0 px, such as 0.5.")
    if output is not None:
        refuse_foreign(output)
    reopened = reopen_whole(folder)
    goldens = reopened.goldens()
    shown = listed(pictures)
    with picture_files(shown) as files:
        inputs = (
            picture_inputs(files, reopened.pictured)
            if files
            else golden_inputs(goldens, reopened.manifest.inputs)
        )
        found = tune(reopened, inputs, budget=budget, model=model, progress=progress)
        if found.answer is None:
            return Tuning(found)
        line = convert_line(reopened, found.answer.options, named_files(shown))
        if output is not None:
            _write(reopened, found, output, files, model, progress)
    return Tuning(found, line, output)


def _write(
    reopened: Reopened,
    found: Tuned,
    output: Path,
    pictures: Sequence[Path],
    model: Path | None,
    progress: Callable[[str], None],
) -> None:
    assert found.answer is not None
    with made_at_once(output) as partial:
        measurement = write_tuned(
            reopened,
            partial,
            target=output,
            options=found.answer.options,
            note=kept_note(found),
            pictures=pictures,
            model=model,
            progress=progress,
        )
        write_json(measurement, partial / "parity.json")
        write_html(measurement, partial / "report.html")
