"""The dataset a user names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from poseconvert.datasets.dataset import Dataset
from poseconvert.errors import DatasetError

DEFAULT_FIGURES = 500
NAMES = ("synthetic", "coco", "mpii", "lsp", "lspet")


def open_dataset(name: str, folder: Path | None, *, count: int | None) -> Dataset:
    """Return the dataset called ``name``; pictures are read when they are asked for.

    Parameters
    ----------
    name : one of ``NAMES``.
    folder : where the dataset lies; ``synthetic`` needs none.
    count : how many people, the first of the dataset; None for all (synthetic: 500).

    Raises
    ------
    DatasetError : no such name, a count below 1, no folder, a folder without that dataset, or a
        dataset without people.
    """
    if name not in NAMES:
        raise DatasetError(f"dataset {name!r}: not known. Use one of {', '.join(NAMES)}.")
    if count is not None and count < 1:
        raise DatasetError(f"dataset {name!r}: {count} people were asked for. Ask for 1 or more.")
    if name == "synthetic":
        from poseconvert.datasets.synthetic import synthetic

        return synthetic(DEFAULT_FIGURES if count is None else count)
    if folder is None:
        raise DatasetError(f"dataset {name!r}: where is it? Name its folder with --data DIR.")
    try:
        whole = _reader(name)(folder)
    except OSError as error:
        raise DatasetError(f"{folder}: cannot be read ({error}). Check its permissions.") from error
    if not whole.people:
        why = "; ".join(whole.notes) or "nobody has annotated joints"
        raise DatasetError(f"{folder}: no people to evaluate on ({why}). Check the dataset.")
    return Dataset(whole.name, whole.skeleton, whole.people[:count], whole.notes)


def _reader(name: str) -> Callable[[Path], Dataset]:
    """Return the reader of ``name``; readers are loaded when they are needed."""
    if name == "coco":
        from poseconvert.datasets.coco import coco

        return coco
    if name == "mpii":
        from poseconvert.datasets.mpii import mpii

        return mpii
    from poseconvert.datasets.lsp import lsp, lspet

    return {"lsp": lsp, "lspet": lspet}[name]
