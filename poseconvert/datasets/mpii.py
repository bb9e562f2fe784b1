"""MPII Human Pose: MATLAB annotations, several people in a picture, head boxes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from poseconvert.datasets.dataset import Box, Dataset, Person, box_around
from poseconvert.datasets.files import (
    BOX_MARGIN,
    dataset_folder,
    first_file,
    left_out,
    picture_in,
)
from poseconvert.datasets.matarray import Value
from poseconvert.datasets.matfile import read_mat
from poseconvert.decoding.skeleton import MPII_16
from poseconvert.errors import DatasetError, quoted

FILE = "mpii_human_pose_v1_u12_1.mat"
HEAD_SHARE = 0.6
"""0.8 * 0.75 of the head box's diagonal: what PCKh divides by.

Source: ``SC_BIAS`` in util_get_head_size.m of the official evalMPII.zip;
microsoft/human-pose-estimation.pytorch:lib/dataset/mpii.py has it as ``SC_BIAS`` too.
"""
_JOINTS = len(MPII_16.joints)
_SCALE_PIXELS = 200.0
_LOWER = 15.0

Entry = Mapping[str, Value]


def mpii(folder: Path) -> Dataset:
    """Return the people of MPII Human Pose that have joints, which only its training set has.

    Parameters
    ----------
    folder
        Holds ``images`` and ``mpii_human_pose_v1_u12_1.mat``, itself or in ``annotations`` or
        ``mpii_human_pose_v1_u12_1`` or ``mpii_human_pose_v1_u12_2``, as the archive has it.

    Returns
    -------
    Dataset
        Joints are NaN where there is no point of that id; of several, the last counts. They are
        visible unless ``is_visible`` is 0 or '0': empty or absent is visible. A box is square,
        250 ``scale`` wide around ``objpos`` moved down by 15 ``scale``, or holds the joints where
        those are missing. ``head`` is 0.6 of the head box's diagonal. Coordinates are 1-based
        in the file and 0-based here. People whose box has no size are left out and counted.

    Raises
    ------
    DatasetError
        A file is missing, damaged, or is not the MPII struct; the text names the entry.

    Notes
    -----
    Sources: shihenw/convolutional-pose-machines-release:training/genJSON.m (``is_visible``,
    repeated points); microsoft/human-pose-estimation.pytorch:lib/dataset/mpii.py (box, "MPII uses
    matlab format, index is based 1").
    """
    path = _file(folder)
    people: list[Person] = []
    without_box = 0
    for where, image, entry in _annotated(path):
        person = _person(entry, image, folder / "images", where=where, path=path)
        if person is None:
            without_box += 1
        else:
            people.append(person)
    return Dataset("mpii", MPII_16, people, left_out(without_box, why="box of no size"))


def _file(folder: Path) -> Path:
    archive = FILE.removesuffix(".mat")
    places = ("", "annotations", archive, f"{archive[:-1]}2")  # the zip is _2, the file in it _1
    return first_file(tuple(dataset_folder(folder) / place / FILE for place in places))


def _annotated(path: Path) -> Iterator[tuple[str, Value | None, Entry]]:
    """Yield (entry's name in the file, picture's name, annorect) of people with joints."""
    release = _structs(read_mat(path, ("RELEASE",))["RELEASE"], f"{path}: RELEASE")
    annolist = release[0].get("annolist") if release else None
    for i, picture in enumerate(_structs(annolist, f"{path}: RELEASE.annolist"), start=1):
        where = f"annolist({i})"
        image = _structs(picture.get("image"), f"{path}: {where}.image")
        rects = _structs(picture.get("annorect"), f"{path}: {where}.annorect")
        for j, entry in enumerate(rects, start=1):
            if _points(entry, where=f"{path}: {where}.annorect({j})"):
                yield f"{where}.annorect({j})", image[0].get("name") if image else "", entry


def _points(entry: Entry, *, where: str) -> list[Entry]:
    places = _structs(entry.get("annopoints"), f"{where}.annopoints")
    return _structs(places[0].get("point"), f"{where}.annopoints.point") if places else []


def _person(
    entry: Entry, image: Value | None, pictures: Path, *, where: str, path: Path
) -> Person | None:
    """Return the person; None where its box has no size."""
    entry_of = f"{path}: {where}"
    joints, visible = _joints(_points(entry, where=entry_of), where=entry_of)
    picture = picture_in(pictures, image, where=entry_of)
    box = _box(entry, joints, where=entry_of)
    if box is None:
        return None
    return Person(
        name=f"{image}, {where}",
        picture=picture,
        box=box,
        joints=joints,
        visible=visible,
        head=_head(entry, where=entry_of),
    )


def _joints(
    points: list[Entry], *, where: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return joints (16, 2), 0-based, NaN where not annotated, and (16,) whether visible."""
    joints = np.full((_JOINTS, 2), np.nan)
    visible = np.zeros(_JOINTS, bool)
    for k, point in enumerate(points, start=1):
        here = f"{where}.annopoints.point({k})"
        joint = _number(point, "id", where=here)
        if joint not in range(_JOINTS):
            raise DatasetError(f"{here}.id: {joint:g} is not one of 0 to 15. Correct the file.")
        joints[int(joint)] = _number(point, "x", where=here), _number(point, "y", where=here)
        visible[int(joint)] = _visible(point.get("is_visible"), where=here)
    return joints - 1, visible


def _visible(flag: Value | None, *, where: str) -> bool:
    if _is_empty(flag):
        return True
    if isinstance(flag, float | str) and flag in (0.0, 1.0, "0", "1"):
        return flag in (1.0, "1")
    raise DatasetError(f"{where}.is_visible: {quoted(flag)} is neither 0 nor 1. Correct the file.")


def _box(entry: Entry, joints: npt.NDArray[np.float64], *, where: str) -> Box | None:
    place, scale = _structs(entry.get("objpos"), f"{where}.objpos"), entry.get("scale")
    if place and not _is_empty(scale):
        size = _number(entry, "scale", where=where)
        x = _number(place[0], "x", where=f"{where}.objpos") - 1
        y = _number(place[0], "y", where=f"{where}.objpos") - 1 + _LOWER * size
        reach = _SCALE_PIXELS * size * (1 + BOX_MARGIN) / 2
        box = (x - reach, y - reach, x + reach, y + reach)
    else:
        box = box_around(joints, margin=BOX_MARGIN)
    return box if box[2] > box[0] and box[3] > box[1] else None


def _head(entry: Entry, *, where: str) -> float:
    corners = ("x1", "y1", "x2", "y2")
    if any(_is_empty(entry.get(corner)) for corner in corners):
        return math.nan
    x1, y1, x2, y2 = (_number(entry, corner, where=where) for corner in corners)
    diagonal = math.hypot(x2 - x1, y2 - y1)
    return HEAD_SHARE * diagonal if diagonal > 0 else math.nan


def _structs(value: Value | None, where: str) -> list[Entry]:
    """Return the elements of a struct array; empty where MATLAB has ``[]`` or no such field."""
    if _is_empty(value):
        return []
    if not isinstance(value, list):
        raise DatasetError(f"{where}: {quoted(value)} is not a struct. Is this MPII's file?")
    entries: list[Entry] = [item for item in value if isinstance(item, dict)]
    if len(entries) != len(value):
        raise DatasetError(f"{where}: a cell, not a struct. Is this MPII's file?")
    return entries


def _is_empty(value: Value | None) -> bool:
    if isinstance(value, np.ndarray):
        return value.size == 0
    return value is None or (isinstance(value, list | str) and not value)


def _number(entry: Entry, key: str, *, where: str) -> float:
    value = entry.get(key)
    if not isinstance(value, float) or not abs(value) < 1e9:
        raise DatasetError(f"{where}.{key}: {quoted(value)} is not a number. Correct the file.")
    return value
