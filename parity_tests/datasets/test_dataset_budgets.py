"""Annotations that ask for too much, or are no file, end in one line: soon and in little memory."""

import json
import os
import struct
import zlib

import pytest


def element(kind, data):
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)


def mat(dims, data=b"", *, name=b"joints", kind=6, element_type=9):
    """A MAT file of one array that says it has ``dims``."""
    body = element(6, struct.pack("<II", kind, 0))
    body += element(5, struct.pack(f"<{len(dims)}i", *dims))
    body += element(1, name) + element(element_type, data)
    return head(element(14, body))


def head(content):
    return b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + content


def packed(size):
    """An array that unpacks to ``size`` bytes and more."""
    body = element(6, struct.pack("<II", 6, 0)) + element(5, struct.pack("<3i", 3, 14, 9))
    body += element(1, b"joints") + struct.pack("<II", 9, size)
    whole = struct.pack("<II", 14, len(body) + size) + body
    data = zlib.compressobj(9)
    content = data.compress(whole) + data.compress(bytes(1 << 20)) + data.flush()
    return head(struct.pack("<II", 15, len(content)) + content)


LARGE = 2**31 - 1
MATS = {
    "a product of 0": mat((LARGE, LARGE, 0)),
    "a product of 0 in front": mat((0, LARGE, LARGE)),
    "a product of 0 over many": mat((LARGE,) * 31 + (0,)),
    "a product just beyond 64 bits": mat((2**21, 2**21, 2**21, 0)),
    "a product that is 0 modulo 2**64": mat((2**16, 2**16, 2**16, 2**16), bytes(8)),
    "negative": mat((3, -14, -1), bytes(8)),
    "more than there is": mat((3, 14, 2**20), bytes(64)),
    "cells without end": mat((LARGE, LARGE), kind=1),
    "structs of nothing": mat((LARGE, 1), kind=2),
    "unpacks to 3 GB": packed(3 << 30),
    "unpacks to less than it says": packed(1 << 29),
    "text of 2**31 letters": mat((1, LARGE), b"ab", kind=4, element_type=16),
}

PERSON = {"id": 7, "image_id": 1, "category_id": 1, "iscrowd": 0, "num_keypoints": 1,
          "keypoints": [1, 2, 2] * 17, "bbox": [0, 0, 9, 9], "area": 81}  # fmt: skip


def listed(**changes):
    content = {"images": [{"id": 1, "file_name": "a.png"}], "annotations": [PERSON | changes]}
    return json.dumps(content).encode()


def digits(field, count):
    return listed(**{field: "XX"}).replace(b'"XX"', b"9" * count)


LISTS = {
    "nested 100,000 deep": b"[" * 100_000,
    "nested 100,000 deep, closed": b'{"images": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "objects nested deep": b'{"a":' * 100_000,
    "a number of 100,000 digits": digits("id", 100_000),
    "an id of 4,000 digits": digits("id", 4_000),
    "an id of 2**63": listed(id=2**63),
    "an id of -2**80": listed(id=-(2**80)),
    "an image of 4,000 digits": digits("image_id", 4_000),
    "an area of 4,000 digits": digits("area", 4_000),
    "an area that is not a number": listed(area=float("nan")),
    "an endless area": listed(area=float("inf")),
    "a joint that is not a number": listed(keypoints=[float("nan"), 2, 2] * 17),
    "a joint of 1e300": listed(keypoints=[1e300, 2, 2] * 17),
    "a joint of 4,000 digits": digits("keypoints", 4_000),
    "flags of text": listed(keypoints=[1, 2, "2"] * 17),
    "an id that is true": listed(id=True),
    "a text of 1 MB as id": listed(id="x" * (1 << 20)),
    "keypoints of 100,000 numbers": listed(keypoints=[1] * 100_000),
    "a picture of 1 MB": json.dumps(
        {"images": [{"id": 1, "file_name": "../" + "x" * (1 << 20)}], "annotations": []}
    ).encode(),
    "a picture that is not UTF-8": listed().replace(b"a.png", b"\\udcff.png"),
    "no UTF-8": listed().replace(b"a.png", b"\xff.png"),
    "many empty lists": b'{"images": [' + b"[]," * 10**6 + b"[]]}",
}


def refused(said, folder):
    assert said.startswith(f"DatasetError: {folder}"), said
    assert said.endswith("."), said
    assert "\n" not in said
    assert len(said) < len(str(folder)) + 400


@pytest.mark.parametrize("name", MATS)
def test_a_mat_file_that_claims_too_much_is_one_line(limited, tmp_path, name):
    folder = tmp_path / "lsp-data"
    folder.mkdir()
    (folder / "joints.mat").write_bytes(MATS[name])
    refused(limited("dataset", folder), folder)


@pytest.mark.parametrize("name", LISTS)
def test_a_coco_file_of_odd_numbers_is_one_line(limited, tmp_path, name):
    folder = tmp_path / "coco-data"
    folder.mkdir()
    (folder / "person_keypoints_a.json").write_bytes(LISTS[name])
    refused(limited("dataset", folder), folder)


@pytest.mark.parametrize("dataset", ["lsp", "mpii", "coco"])
@pytest.mark.parametrize("kind", ["pipe", "device", "link to itself", "sparse", "folder", "empty"])
def test_annotations_that_are_no_file_are_one_line_and_nothing_waits(
    limited, tmp_path, dataset, kind
):
    folder = tmp_path / f"{dataset}-data"
    folder.mkdir()
    names = {"lsp": "joints.mat", "mpii": "mpii_human_pose_v1_u12_1.mat"}
    path = folder / names.get(dataset, "person_keypoints_a.json")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "sparse":
        with path.open("wb") as file:
            file.truncate(1 << 40)
    elif kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    else:
        path.symlink_to("/dev/zero" if kind == "device" else path.name)
    refused(limited("dataset", folder), folder)


def test_a_folder_that_the_user_links_to_is_read(limited, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "person_keypoints_a.json").write_bytes(listed())
    link = tmp_path / "coco-link"
    link.symlink_to("real")
    assert limited("dataset", link) == "read"
