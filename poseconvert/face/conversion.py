"""A conversion folder: what it holds, and everything that can be measured on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from poseconvert.conversion.promise import package_of
from poseconvert.face.choices import AnyPath, DatasetName, path_of, silent
from poseconvert.face.results import Diff, Evaluation, Tuning
from poseconvert.face.shown import Shown
from poseconvert.pipeline.chain.conversion import ConversionFolder, open_conversion
from poseconvert.reports.notebook import Card, conversion_card

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from poseconvert.conversion.manifest import Manifest
    from poseconvert.datasets.dataset import Dataset
    from poseconvert.face.array_results import Answer
    from poseconvert.face.pictures import Pictures
    from poseconvert.mil import Precision


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Conversion(Shown):
    """A conversion as it lies in its folder.

    Attributes
    ----------
    record : the folder's manifest, and which of its artifacts may run.
    measured : what ``convert`` measured just now; None where the folder was opened.
    """

    record: ConversionFolder
    measured: Diff | None = None

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.record.folder

    @property
    def manifest(self) -> Manifest:
        """Inputs, outputs, artifacts with SHA-256, tolerances, versions."""
        return self.record.manifest

    @property
    def package(self) -> Path:
        """The ``.mlpackage`` an app ships: the compressed one where there is one."""
        return self.folder / package_of(self.manifest)

    @property
    def verdict(self) -> str:
        """What ``convert`` found; ``not run`` where a file was changed since. See ``diff``."""
        return "not run" if self.record.edited else self.manifest.verdict

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to the model and the package, in sentences."""
        return self.manifest.notes

    def diff(
        self,
        pictures: Pictures = (),
        *,
        model: AnyPath | None = None,
        recorded: AnyPath | None = None,
        ops: bool = False,
        second_opinion: bool = False,
        bisect: AnyPath | None = None,
        png: AnyPath | None = None,
        html: AnyPath | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> Diff:
        """Run every artifact and compare: on pictures, else on the stored goldens.

        Parameters
        ----------
        pictures : paths, Pillow's images or (H, W, 3) uint8 arrays.
        model : where MODEL is, if it is not where it was converted.
        recorded : a folder of outputs that a phone or a Mac recorded.
        ops : compare every op of every graph too.
        second_opinion : ask Apple's Core AI interpreter what the graph means; it decides nothing.
        bisect : with ``ops``, write the smallest model that shows the first op's drift here.
        png, html : write skeletons, or a report, here.
        progress : called with a short sentence as each step begins.

        Raises
        ------
        PoseconvertError : the folder or all pictures are refused; one of several is left out.
        """
        from poseconvert.face.measuring import measured

        return measured(
            self.record,
            pictures,
            model=path_of(model),
            recorded=path_of(recorded),
            ops=ops,
            second_opinion=second_opinion,
            bisect=path_of(bisect),
            png=path_of(png),
            html=path_of(html),
            progress=progress or silent,
        )

    def recheck(self, tolerances: Mapping[str, float]) -> Diff:
        """Judge what ``convert`` recorded by other tolerances; nothing runs.

        Parameters
        ----------
        tolerances : such as ``{"coreml_from_onnx.psnr_db": 60}``; see the class ``Tolerance``.

        Raises
        ------
        UsageError : no such field, or a value below 0.
        ConversionError : nothing was recorded, or no such stage.
        """
        from poseconvert.face.rechecking import rechecked

        return rechecked(self.folder, tolerances)

    def run(
        self, picture: Pictures | Mapping[str, ArrayLike], *, precision: Precision | None = None
    ) -> Answer:
        """Run the package in the reference executor, which is neither Core ML nor a phone.

        Parameters
        ----------
        picture : one, or several; for other inputs arrays (N, ...) by name, where pictures are
            RGB in 0-255, NCHW.
        precision : a mode of the executor; by default what the package computes in.

        Raises
        ------
        PoseconvertError : the package was edited, or the inputs do not fit it.
        """
        from poseconvert.face.running import answer_of

        return answer_of(self.record, picture, precision=precision)

    def evaluate(
        self,
        dataset: DatasetName | Dataset = "synthetic",
        *,
        data: AnyPath | None = None,
        n: int | None = None,
        model: AnyPath | None = None,
        against: AnyPath | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> Evaluation:
        """Say what conversion costs: PCK, OKS-AP and MPJPE of every artifact.

        Parameters
        ----------
        dataset : ``synthetic``, ``coco``, ``mpii``, ``lsp``, ``lspet``, or people of your own.
        data : the dataset's folder; ``synthetic`` needs none.
        n : how many people; by default 500 synthetic ones, else all.
        model : where MODEL is, if it is not where it was converted.
        against : an earlier evaluation, as ``--json`` printed it, to say what changed since.
        progress : called with a short sentence as each step begins.

        Raises
        ------
        PoseconvertError : the dataset, the folder or the earlier evaluation is refused.
        """
        from poseconvert.datasets.reading import open_dataset
        from poseconvert.pipeline.evaluate.earlier import since
        from poseconvert.pipeline.evaluate.evaluate import evaluate_conversion

        if isinstance(dataset, str):
            dataset = open_dataset(dataset, path_of(data), count=n)
        told, place, earlier = progress or silent, path_of(model), path_of(against)
        found = evaluate_conversion(self.record, dataset, model=place, progress=told)
        return Evaluation(found, since(found, earlier) if earlier else ())

    def tune(
        self,
        pictures: Pictures = (),
        *,
        max_drift: float = 0.5,
        output: AnyPath | None = None,
        model: AnyPath | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> Tuning:
        """Find the fewest ops to keep in float32 so that joints stay within a budget.

        Parameters
        ----------
        pictures : what to measure on; by default the goldens.
        max_drift : how far a visible joint may move, in input pixels.
        output : write the tuned conversion here.
        model : where MODEL is, if it is not where it was converted.
        progress : called with a short sentence as each step begins.

        Raises
        ------
        PoseconvertError : the folder was edited or has no decode spec, or no package can be made.
        """
        from poseconvert.face.tuning import tuned

        return tuned(
            self.folder,
            pictures,
            budget=max_drift,
            output=path_of(output),
            model=path_of(model),
            progress=progress or silent,
        )

    def report(self, path: AnyPath) -> Path:
        """Write one HTML page: of what ``convert`` measured, else of the goldens run again.

        Raises
        ------
        PoseconvertError : the folder is refused, or ``path`` cannot be written.
        """
        return (self.measured or self.diff()).report(Path(path))

    def emit_tests(self, path: AnyPath) -> Path:
        """Write a pytest file that checks this conversion.

        Raises
        ------
        OutputError : ``path`` cannot be written, or holds something else.
        """
        from poseconvert.testing.emit import emit_tests

        emit_tests(self.folder, Path(path))
        return Path(path)

    def _card(self) -> Card:
        return conversion_card(self.verdict, self.record, self.package.name)


def open(folder: AnyPath, *, allow_edited: bool = False) -> Conversion:
    """Open a conversion folder; its artifacts are checked against their SHA-256.

    Parameters
    ----------
    allow_edited : let artifacts run that were changed after the conversion.

    Raises
    ------
    ConversionError : the folder cannot be read, is not a conversion, or its goldens were changed.
    """
    return Conversion(open_conversion(Path(folder), allow_edited=allow_edited))
