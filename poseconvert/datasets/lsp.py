"""Leeds Sports Pose and its extended training set: one person in each picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from poseconvert.datasets.dataset import Dataset, Person, box_around
from poseconvert.datasets.files import BOX_MARGIN, dataset_folder, first_file, left_out, picture_in
from poseconvert.datasets.matfile import read_mat
from poseconvert.decoding.skeleton import LSP_14
from poseconvert.errors import DatasetError

_JOINTS = len(LSP_14.joints)
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def lsp(folder: Path) -> Dataset:
    """Return the people of Leeds Sports Pose; the first 1000 are for training, the rest for tests.

    Parameters
    ----------
    folder
        Holds ``joints.mat`` (``joints``, 3 x 14 x N) and ``images/im0001.jpg`` and on.

    Returns
    -------
    Dataset
        Every joint is annotated; it is visible where the third row is **0**. No head size: PCKh
        is not defined on LSP. Coordinates are 1-based in the file and 0-based here.

    Raises
    ------
    DatasetError
        A file is missing, damaged, or of another shape.

    Notes
    -----
    The README says only "binary value specifying joint visibility", and public code that reads
    1 as visible exists. We follow readers by three groups that turn it round: 0 is visible, 1
    is occluded. Sources: akanazawa/hmr:src/datasets/lsp_to_tfrecords.py ("0 means visible 1 means
    invisible. But in LSP-ext ..."), shihenw/convolutional-pose-machines-release:training/genJSON.m
    and bearpaw/pytorch-pose:miscs/gen_lsp.m (``1 - joints(3,:,:)``). 1-based because the file is
    MATLAB's, as MPII's is; public code disagrees here too, and some leaves the pixel in.
    """
    path = _file(folder)
    table = _table(path, (3, _JOINTS), other="lspet").transpose(2, 1, 0)
    visible = ~_flags(path, table)
    known = np.ones_like(visible)
    return _dataset("lsp", path, table[:, :, :2], known=known, visible=visible, digits=4)


def lspet(folder: Path) -> Dataset:
    """Return the people of Leeds Sports Pose Extended Training.

    Parameters
    ----------
    folder
        Holds ``joints.mat`` (``joints``, 14 x 3 x N) and ``images/im00001.jpg`` and on.

    Returns
    -------
    Dataset
        A joint is annotated and visible where the third column is **1**; elsewhere its location
        means nothing and is NaN here. No head size: PCKh is not defined on LSP. Coordinates are
        1-based in the file and 0-based here. People with fewer joints than make a box are left
        out and counted in the notes.

    Raises
    ------
    DatasetError
        A file is missing, damaged, or of another shape.

    Notes
    -----
    Sources: akanazawa/hmr:src/datasets/lsp_to_tfrecords.py ("in LSP-ext, 0 means invis, 1 means
    visible"), LiamLYJ/pose_GAN:change_form.m, which leaves out the joints of 0.
    """
    path = _file(folder)
    table = _table(path, (_JOINTS, 3), other="lsp").transpose(2, 0, 1)
    visible = _flags(path, table)
    return _dataset("lspet", path, table[:, :, :2], known=visible, visible=visible, digits=5)


def _file(folder: Path) -> Path:
    return first_file((dataset_folder(folder) / "joints.mat",))


def _table(path: Path, shape: tuple[int, int], *, other: str) -> FloatArray:
    """Return the joints of the file in float64, of ``shape`` and N."""
    table = read_mat(path, ("joints",))["joints"]
    if not isinstance(table, np.ndarray) or table.ndim != 3 or table.dtype.kind not in "fiu":
        raise DatasetError(f'{path}: "joints" is not an array of three dimensions. Check the file.')
    if table.shape[:2] != shape:
        hint = f'That is "{other}"' if table.shape[:2] == shape[::-1] else "Check the file"
        raise DatasetError(
            f'{path}: "joints" is {table.shape}, not {shape[0]} x {shape[1]} x N. {hint}.'
        )
    return table.astype(np.float64)


def _flags(path: Path, table: FloatArray) -> BoolArray:
    """Return the third value of every joint of (N, 14, 3)."""
    odd = np.argwhere(~np.isin(table[:, :, 2], (0, 1)))
    if len(odd):
        person, joint = odd[0].tolist()
        raise DatasetError(
            f"{path}: person {person + 1}, {LSP_14.joints[joint]}: visibility"
            f" {table[person, joint, 2]} is neither 0 nor 1. Correct the file."
        )
    flags: BoolArray = table[:, :, 2] == 1
    return flags


def _dataset(
    name: str,
    path: Path,
    joints: FloatArray,
    *,
    known: BoolArray,
    visible: BoolArray,
    digits: int,
) -> Dataset:
    """Return the people of ``joints`` (N, 14, 2), 1-based, of which (N, 14) are known."""
    people: list[Person] = []
    for index, stored in enumerate(joints):
        ours = np.where(known[index, :, None], stored - 1, np.nan)
        picture = f"im{index + 1:0{digits}}.jpg"
        where = f"{path}: person {index + 1}"
        if not np.isfinite(ours[known[index]]).all():
            raise DatasetError(f"{where}: a joint is not a number. Correct the file.")
        if not _has_size(ours[known[index]]):
            continue
        people.append(
            Person(
                name=picture,
                picture=picture_in(path.parent / "images", picture, where=where),
                box=box_around(ours, margin=BOX_MARGIN),
                joints=ours,
                visible=visible[index],
            )
        )
    notes = left_out(len(joints) - len(people), why="box of no size")
    return Dataset(name, LSP_14, people, notes)


def _has_size(known: FloatArray) -> bool:
    return len(known) > 1 and bool((np.ptp(known, axis=0) > 0).all())
