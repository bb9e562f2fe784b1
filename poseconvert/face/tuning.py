"""The fewest ops in float32, found and where asked for written."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from poseconvert.conversion.atomic_write import refuse_foreign
from poseconvert.conversion.ours import made_at_once
from poseconvert.errors import UsageError, quoted
from poseconvert.face.pictures import Pictures, listed, named_files, picture_files
from poseconvert.face.results import Tuning
from poseconvert.pipeline.chain.conversion import ConversionFolder, open_whole_conversion
from poseconvert.pipeline.chain.how_made import convert_line
from poseconvert.pipeline.chain.inputs import golden_inputs, picture_inputs
from poseconvert.pipeline.tune.result import Tuned
from poseconvert.pipeline.tune.tuned_folder import write_tuned
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
    from poseconvert.pipeline.tune.tune import tune

    if not (isinstance(budget, int | float) and 0 < budget < math.inf):
        raise UsageError(f"max_drift {quoted(budget)}: give a distance above 0 px, such as 0.5.")
    if output is not None:
        refuse_foreign(output)
    conversion = open_whole_conversion(folder)
    goldens = conversion.goldens()
    shown = listed(pictures)
    with picture_files(shown) as files:
        inputs = (
            picture_inputs(files, conversion.pictured)
            if files
            else golden_inputs(goldens, conversion.manifest.inputs)
        )
        found = tune(conversion, inputs, budget=budget, model=model, progress=progress)
        if found.answer is None:
            return Tuning(found)
        line = convert_line(conversion, found.answer.options, named_files(shown))
        if output is not None:
            _write(conversion, found, output, files, model, progress)
    return Tuning(found, line, output)


def _write(
    conversion: ConversionFolder,
    found: Tuned,
    output: Path,
    pictures: Sequence[Path],
    model: Path | None,
    progress: Callable[[str], None],
) -> None:
    assert found.answer is not None
    with made_at_once(output) as partial:
        measurement = write_tuned(
            conversion,
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
