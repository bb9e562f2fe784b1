"""What every reader of a folder needs: the folder, a bounded file, pictures that stay inside."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath

from PIL import Image

from poseconvert.errors import DatasetError
from poseconvert.imaging.picture import read_picture

BOX_MARGIN = 0.25
"""Boxes are this share longer than the person: joints end before hands, feet and hair do.

Source: microsoft/human-pose-estimation.pytorch:lib/dataset/coco.py, ``scale * 1.25``.
"""

MAX_FILE_BYTES = 1 << 30

_ORIENTATION = 0x0112
_UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""Inverse of what Pillow's ``exif_transpose`` does for each orientation."""


def shown(value: object) -> str:
    """Return ``value`` from a file as a message may show it: one line, 60 characters at most."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def dataset_folder(folder: Path) -> Path:
    """Return ``folder``.

    Raises
    ------
    DatasetError : it does not exist or is no folder.
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
    DatasetError : it cannot be read, is empty, or is larger than ``MAX_FILE_BYTES``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror}). Check it.") from error
    if not data:
        raise DatasetError(f"{path}: is empty (0 bytes). Copy or download it again.")
    if len(data) > MAX_FILE_BYTES:
        raise DatasetError(
            f"{path}: larger than {MAX_FILE_BYTES} bytes, as no known dataset is. Check the file."
        )
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
            f"{where}: picture name {shown(name)} is no file name. Correct the file."
        )
    for path in (PurePosixPath(name), PureWindowsPath(name)):
        if path.anchor or ".." in path.parts:
            raise DatasetError(
                f"{where}: picture {shown(name)} leads out of {folder}. Do not trust this file."
            )
    return partial(_as_stored, folder / name)


def _as_stored(path: Path) -> Image.Image:
    """Read ``path``, with the turn that its EXIF orientation made undone."""
    upright = read_picture(path)
    with Image.open(path) as image:
        orientation = image.getexif().get(_ORIENTATION, 1)
    undo = _UNDO.get(orientation)
    return upright if undo is None else upright.transpose(undo)


def left_out(count: int, *, why: str) -> tuple[str, ...]:
    """Return the note that ``count`` people were left out; none where count is 0."""
    if count == 0:
        return ()
    return (f"{count} {'person' if count == 1 else 'people'} left out: {why}",)
