"""What every reader of a folder needs: the folder, a bounded file, pictures that stay inside."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath

from PIL import Image

from poseconvert.budgets import DATASET_BYTES
from poseconvert.errors import DatasetError, quoted
from poseconvert.files import followed, read_regular
from poseconvert.imaging.picture import read_picture

BOX_MARGIN = 0.25
"""Boxes are this share longer than the person: joints end before hands, feet and hair do.

Source: microsoft/human-pose-estimation.pytorch:lib/dataset/coco.py, ``scale * 1.25``.
"""


def dataset_folder(folder: Path) -> Path:
    """Return ``folder``.

    Raises
    ------
    DatasetError : it does not exist or is not a folder.
    """
    if not folder.exists():
        raise DatasetError(f"{folder}: no such folder. Give the folder of the dataset.")
    if not folder.is_dir():
        raise DatasetError(f"{folder}: not a folder. Give the folder that holds this file.")
    return folder


def first_file(places: tuple[Path, ...]) -> Path:
    """Return the first of ``places`` that is a file.

    Raises
    ------
    DatasetError : none is; the text names the first.
    """
    for place in places:
        if place.is_file():
            return place
    raise DatasetError(f"{places[0]}: no such file. Give the folder the dataset was unpacked to.")


def bounded_bytes(path: Path) -> bytes:
    """Return what ``path`` holds.

    Raises
    ------
    DatasetError : it is not a file, cannot be read, is empty, or has over ``DATASET_BYTES``.
    """
    try:
        data = read_regular(followed(path), limit=DATASET_BYTES.value)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror}). Check it.") from error
    if not data:
        raise DatasetError(f"{path}: is empty (0 bytes). Copy or download it again.")
    return data


def picture_in(folder: Path, name: object, *, where: str) -> Callable[[], Image.Image]:
    """Return what opens the picture called ``name``, which a file of the dataset gave.

    Only the name is judged here; whether there is such a picture shows when it is opened. Pixels
    come as they are stored, whatever EXIF says is up, because the joints were annotated on those.

    Parameters
    ----------
    folder : where the pictures are.
    name : a path inside it.
    where : file and entry that gave the name, for the message.

    Raises
    ------
    DatasetError : not a printable string, or it leads out of the folder.

    Notes
    -----
    Source: microsoft/human-pose-estimation.pytorch:lib/dataset/JointsDataset.py reads COCO and
    MPII with ``IMREAD_IGNORE_ORIENTATION``.
    """
    if not isinstance(name, str) or not name or not name.isprintable():
        raise DatasetError(
            f"{where}: picture name {quoted(name)} is not a file name. Correct the file."
        )
    for path in (PurePosixPath(name), PureWindowsPath(name)):
        if path.anchor or ".." in path.parts:
            raise DatasetError(
                f"{where}: picture {quoted(name)} leads out of {folder}. Do not trust this file."
            )
    return partial(read_picture, folder / name, upright=False)


def left_out(count: int, *, why: str) -> tuple[str, ...]:
    """Return the note that ``count`` people were left out; none where count is 0."""
    if count == 0:
        return ()
    return (f"{count} {'person' if count == 1 else 'people'} left out: {why}",)
