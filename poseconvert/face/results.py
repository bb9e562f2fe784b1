"""What the functions of the face return: records that show themselves, with all details inside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poseconvert.drift import Comparison, Parity
from poseconvert.face.shown import Shown
from poseconvert.reports.notebook import Card, facts_card
from poseconvert.reports.notebook import measurement_card as _measurement_card
from poseconvert.reports.summary import verdict_line

if TYPE_CHECKING:
    from poseconvert.pipeline.chain.measurement import Measurement
    from poseconvert.pipeline.evaluate.earlier import Since
    from poseconvert.pipeline.evaluate.evaluate import DatasetEvaluation
    from poseconvert.pipeline.tune.result import Tuned


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Diff(Shown):
    """Every artifact of a conversion on the same inputs.

    Attributes
    ----------
    record : everything that was measured.
    repro : what ``bisect`` wrote, in a sentence; empty where it was not asked for.
    """

    record: Measurement
    repro: str = ""

    @property
    def verdict(self) -> str:
        """``held``, ``broken`` or ``not run``, which is never a pass."""
        return self.record.parity.value

    @property
    def held(self) -> bool:
        """Whether parity held on every input."""
        return self.record.parity is Parity.HELD

    @property
    def summary(self) -> str:
        """The verdict in one sentence, with what was compared."""
        return verdict_line(self.record)

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """One per stage and runner, and the end against the beginning."""
        return self.record.result.comparisons

    def json(self) -> dict[str, Any]:
        """Return what ``--json`` prints, schema ``poseconvert.parity.v1``."""
        from poseconvert.reports.json import to_json

        return to_json(self.record)

    def report(self, path: str | Path) -> Path:
        """Write one self-contained HTML page.

        Raises
        ------
        OutputError : ``path`` cannot be written.
        """
        from poseconvert.conversion.atomic_write import file_at_once
        from poseconvert.reports.html import write_html

        with file_at_once(Path(path)) as partial:
            write_html(self.record, partial)
        return Path(path)

    def png(self, path: str | Path) -> Path:
        """Draw the skeletons of every artifact side by side.

        Raises
        ------
        OutputError : ``path`` cannot be written, or there is nothing to draw.
        """
        from poseconvert.conversion.atomic_write import file_at_once
        from poseconvert.reports.overlay import save_overlays

        with file_at_once(Path(path)) as partial:
            save_overlays(self.record, partial)
        return Path(path)

    def _card(self) -> Card:
        return _measurement_card(self.record)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Evaluation(Shown):
    """What conversion costs on a dataset.

    Attributes
    ----------
    record : the scores and movements of every artifact.
    since : every metric beside an earlier evaluation's, where one was given.
    """

    record: DatasetEvaluation
    since: tuple[Since, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every artifact ran."""
        return self.record.complete

    def json(self) -> dict[str, Any]:
        """Return what ``--json`` prints, schema ``poseconvert.evaluation.v1``."""
        from poseconvert.reports.evaluation import evaluation_json

        return _json(evaluation_json(self.record, self.since))

    def _card(self) -> Card:
        record = self.record
        rows = tuple(
            (
                each.run.artifact,
                each.run.label or each.reason,
                score.head,
                score.metric,
                f"{score.value:.4f}",
                f"{score.change:+.4f}",
            )
            for each in record.artifacts
            for score in each.scores
        )
        verdict = "complete" if record.complete else "incomplete"
        line = f"{len(record.artifacts)} artifacts on {record.people} people of {record.dataset}"
        headings = ("artifact", "runner", "head", "metric", "value", "change")
        return Card(verdict, line, headings, rows, record.notes)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Tuning(Shown):
    """The fewest ops in float32 within a budget.

    Attributes
    ----------
    record : what was asked, tried and found.
    command : the command line that makes the package; empty where no package is the answer.
    written : the conversion with that package; None where none was asked for or found.
    """

    record: Tuned
    command: str = ""
    written: Path | None = None

    @property
    def verdict(self) -> str:
        """``held`` where a package within the budget was made and run."""
        return self.record.parity.value

    @property
    def held(self) -> bool:
        """Whether a package within the budget was made and run."""
        return self.record.answer is not None

    @property
    def keep_fp32(self) -> tuple[str, ...]:
        """The ops to keep in float32, as ``convert`` takes them."""
        answer = self.record.answer
        return answer.options.keep_fp32 if answer else ()

    def json(self) -> dict[str, Any]:
        """Return what ``--json`` prints, schema ``poseconvert.tune.v1``."""
        from poseconvert.reports.tune import tuned_json

        return _json(tuned_json(self.record, self.command))

    def _card(self) -> Card:
        from poseconvert.reports.tune import verdict_sentence

        facts = {
            "budget": f"{self.record.budget:g} px",
            "packages made": self.record.tried,
            **{f"float32 op {n}": name for n, name in enumerate(self.keep_fp32, 1)},
        }
        notes = (self.command,) if self.command else ()
        return facts_card(self.verdict, verdict_sentence(self.record), facts, notes)


def _json(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found
