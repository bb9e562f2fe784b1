"""What changed since an earlier evaluation, which must have been made on the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from poseconvert.budgets import EVALUATION_BYTES
from poseconvert.conversion.codec import shortened
from poseconvert.errors import ConversionError
from poseconvert.fields import Name
from poseconvert.files import followed, read_regular
from poseconvert.pipeline.evaluate.basis import Basis
from poseconvert.pipeline.evaluate.result import DatasetEvaluation

SCHEMA = "poseconvert.evaluation.v1"


@dataclass(frozen=True, slots=True)
class EarlierScore:
    """A metric as it was: its head, its name, its value; null: nothing was counted."""

    head: Name
    metric: Name
    value: float | None


@dataclass(frozen=True, slots=True)
class EarlierArtifact:
    """An artifact as it was scored."""

    artifact: Name
    scores: tuple[EarlierScore, ...]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is read of ``evaluate --json``; other fields are passed over."""

    schema: Name
    artifacts: tuple[EarlierArtifact, ...]
    basis: Basis | None = None


@dataclass(frozen=True, slots=True)
class Since:
    """One metric of one artifact, now and then.

    Attributes
    ----------
    artifact, label : what ran now.
    head, metric : as of ``Score``.
    value, earlier : now and then.
    """

    artifact: str
    label: str
    head: str
    metric: str
    value: float
    earlier: float

    @property
    def change(self) -> float:
        """The value minus the earlier one."""
        return self.value - self.earlier


def since(found: DatasetEvaluation, path: Path) -> tuple[Since, ...]:
    """Compare an evaluation with an earlier one, artifact by artifact.

    The first artifacts are compared whatever MODEL is called; of others those of one name, in
    their order.

    Raises
    ------
    ConversionError : the file is no evaluation, does not say what it stands on, or stands on
        another dataset, protocol or preprocessing; or nothing in it is comparable.
    """
    earlier = _read(path)
    if earlier.basis is None:
        raise ConversionError(
            f"{path}: does not say on what it was measured, so nothing is compared with it."
            " Evaluate that conversion again with this version."
        )
    if other := found.basis.differs(earlier.basis):
        raise ConversionError(
            f"{path}: was made on {other}. Evaluate both on the same; nothing was compared."
        )
    compared = tuple(_compared(found, earlier))
    if not compared:
        raise ConversionError(f"{path}: has no artifact and metric of this evaluation.")
    return compared


def _read(path: Path) -> Earlier:
    what = "Give what evaluate --json printed."
    try:
        data = read_regular(followed(path), limit=EVALUATION_BYTES.value)
    except OSError as error:
        raise ConversionError(f"{path}: cannot be read ({error.strerror}). {what}") from error
    try:
        earlier = msgspec.json.decode(data, type=Earlier)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise ConversionError(f"{path}: no evaluation ({shortened(error)}). {what}") from error
    if earlier.schema != SCHEMA:
        raise ConversionError(f"{path}: schema {shortened(earlier.schema)}, not {SCHEMA}. {what}")
    return earlier


def _compared(found: DatasetEvaluation, earlier: Earlier) -> Iterator[Since]:
    places = _places([each.artifact for each in earlier.artifacts])
    known = {
        (*place, score.head, score.metric): score.value
        for place, each in zip(places, earlier.artifacts, strict=True)
        for score in each.scores
    }
    for place, each in zip(
        _places([each.run.artifact for each in found.artifacts]), found.artifacts, strict=True
    ):
        for score in each.scores:
            before = known.get((*place, score.head, score.metric))
            if before is not None:
                run = each.run
                yield Since(run.artifact, run.label, score.head, score.metric, score.value, before)


def _places(names: Sequence[str]) -> list[tuple[str, int]]:
    """Name each artifact by its file and its turn, the first by nothing."""
    turns: Counter[str] = Counter()
    found = []
    for name in ("", *names[1:])[: len(names)]:
        found.append((name, turns[name]))
        turns[name] += 1
    return found
