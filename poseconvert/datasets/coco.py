"""COCO keypoints: JSON annotations and the pictures they name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from poseconvert.datasets.dataset import Box, Dataset, Person
from poseconvert.datasets.files import (
    BOX_MARGIN,
    bounded_bytes,
    dataset_folder,
    left_out,
    picture_in,
)
from poseconvert.decoding.skeleton import COCO_17
from poseconvert.errors import DatasetError, quoted, shortened
from poseconvert.json_text import parsed

_PREFIX = "person_keypoints_"
_JOINTS = len(COCO_17.joints)
_PERSON = 1

Entry = Mapping[str, Any]
Openers = Mapping[int, tuple[str, Callable[[], Image.Image]]]


def coco(folder: Path) -> Dataset:
    """Return the people of COCO keypoints that have joints and are not a crowd.

    Parameters
    ----------
    folder
        Holds the file :func:`annotation_file` finds and the pictures, in a folder named as the
        rest of the file's name (``val2017``), in ``images``, or beside it.

    Returns
    -------
    Dataset
        Joints are NaN where v is 0 and visible where v is 2; locations are 0-indexed in the file
        too. A box is the annotated one, each side a quarter longer. People without a
        box that has a size are left out, and counted in the notes.

    Raises
    ------
    DatasetError
        There is no such file, or it is not what COCO describes; the text names file and entry.

    Notes
    -----
    Source: cocodataset/cocodataset.github.io:dataset/format-data.htm, "Keypoint Detection"; the
    choice of people is cocodataset/cocoapi:PythonAPI/pycocotools/cocoeval.py, ``_prepare``.
    """
    path = annotation_file(folder)
    content = _content(path)
    category = _person_category(path, content)
    openers = _openers(path, content, pictures=_pictures(folder, path))
    people: list[Person] = []
    seen: set[int] = set()
    without_box = 0
    for index, entry in enumerate(_entries(path, content, "annotations")):
        where = f"{path}: annotations[{index}]"
        number = _whole(entry, "id", where=where)
        if number in seen:
            raise DatasetError(f'{where}, "id": {number} is there twice. Correct the file.')
        seen.add(number)
        if not _evaluated(entry, category, where=where):
            continue
        person = _person(entry, number, openers, where=where)
        if person is None:
            without_box += 1
        else:
            people.append(person)
    return Dataset("coco", COCO_17, people, left_out(without_box, why="box of no size"))


def annotation_file(folder: Path) -> Path:
    """Return the annotation file of the dataset in ``folder``.

    ``annotations/person_keypoints_val2017.json`` where it is there, else the only
    ``person_keypoints_*.json`` in ``annotations`` or in ``folder``.

    Raises
    ------
    DatasetError
        No such folder, no such file, or several.
    """
    usual = dataset_folder(folder) / "annotations" / f"{_PREFIX}val2017.json"
    if usual.is_file():
        return usual
    places = (folder / "annotations", folder)
    found = [path for place in places for path in sorted(place.glob(f"{_PREFIX}*.json"))]
    if not found:
        raise DatasetError(
            f"{folder}: no annotations/{_PREFIX}*.json. Give the folder that holds annotations/."
        )
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise DatasetError(f"{folder}: several annotation files ({names}). Keep one of them.")
    return found[0]


def _pictures(folder: Path, annotations: Path) -> Path:
    named = folder / annotations.stem.removeprefix(_PREFIX)
    for place in (named, folder / "images"):
        if place.is_dir():
            return place
    return folder


def _content(path: Path) -> Entry:
    try:
        content = parsed(bounded_bytes(path))
    except ValueError as error:
        raise DatasetError(
            f"{path}: not JSON ({shortened(str(error), 120)}). Download it again."
        ) from error
    if not isinstance(content, dict):
        raise DatasetError(f"{path}: not an object with images and annotations. Check the file.")
    return content


def _entries(path: Path, content: Entry, key: str) -> list[Entry]:
    entries = content.get(key)
    if not isinstance(entries, list):
        raise DatasetError(f'{path}: "{key}" is not a list. Check that it is a COCO file.')
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise DatasetError(f"{path}: {key}[{index}] is not an object. Correct the file.")
    return entries


def _person_category(path: Path, content: Entry) -> int:
    if "categories" in content:
        for index, entry in enumerate(_entries(path, content, "categories")):
            if entry.get("name") == "person":
                return _whole(entry, "id", where=f"{path}: categories[{index}]")
    return _PERSON


def _openers(path: Path, content: Entry, *, pictures: Path) -> Openers:
    openers = {}
    for index, entry in enumerate(_entries(path, content, "images")):
        where = f"{path}: images[{index}]"
        number = _whole(entry, "id", where=where)
        if number in openers:
            raise DatasetError(f'{where}, "id": {number} is there twice. Correct the file.')
        name = entry.get("file_name")
        openers[number] = (str(name), picture_in(pictures, name, where=where))
    return openers


def _evaluated(entry: Entry, category: int, *, where: str) -> bool:
    crowd = entry.get("iscrowd", 0)
    if crowd not in (0, 1):
        raise DatasetError(f'{where}, "iscrowd": {quoted(crowd)} is neither 0 nor 1. Correct it.')
    return (
        _whole(entry, "category_id", where=where) == category
        and crowd == 0
        and _whole(entry, "num_keypoints", where=where) > 0
    )


def _person(entry: Entry, number: int, openers: Openers, *, where: str) -> Person | None:
    """Return the person; None where its box has no area."""
    joints, visible = _joints(entry, where=where)
    image = _whole(entry, "image_id", where=where)
    if image not in openers:
        raise DatasetError(f'{where}, "image_id": no image has id {image}. Correct the file.')
    area = entry.get("area", math.nan)
    if "area" in entry and not (_finite(area) and area >= 0):
        raise DatasetError(f'{where}, "area": {quoted(area)} is not an area. Correct the file.')
    box = _box(entry.get("bbox"))
    if box is None:
        return None
    name, picture = openers[image]
    return Person(
        name=f"{name}, annotation {number}",
        picture=picture,
        box=box,
        joints=joints,
        visible=visible,
        area=float(area),
    )


def _joints(entry: Entry, *, where: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return joints (17, 2), NaN where not labelled, and (17,) whether they are visible."""
    flat = entry.get("keypoints")
    if not isinstance(flat, list) or len(flat) != 3 * _JOINTS or not all(map(_finite, flat)):
        raise DatasetError(
            f'{where}, "keypoints": {quoted(flat)} is not {3 * _JOINTS} numbers. Correct the file.'
        )
    table = np.array(flat, np.float64).reshape(_JOINTS, 3)
    flags = table[:, 2]
    if not np.isin(flags, (0, 1, 2)).all() or not flags.any():
        raise DatasetError(
            f'{where}, "keypoints": flags {quoted(flags.tolist())} are not 0, 1 and 2, or all 0.'
            " Correct the file."
        )
    joints = np.where(flags[:, None] > 0, table[:, :2], np.nan)
    return joints, flags == 2


def _box(bbox: object) -> Box | None:
    if not isinstance(bbox, list) or len(bbox) != 4 or not all(map(_finite, bbox)):
        return None
    left, top, width, height = map(float, bbox)
    if width <= 0 or height <= 0:
        return None
    beside, above = width * BOX_MARGIN / 2, height * BOX_MARGIN / 2
    return left - beside, top - above, left + width + beside, top + height + above


def _finite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e9  # NaN is not, nor an integer that float() cannot hold


def _whole(entry: Entry, key: str, *, where: str) -> int:
    value = entry.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 1 << 63:
        raise DatasetError(
            f'{where}, "{key}": {quoted(value)} is not a whole number. Correct the file.'
        )
    return value
