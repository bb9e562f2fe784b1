"""Mutants are the same for the same dice, differ from their seed, and keep the form they should."""

import io
import json
import random
import shutil
import struct
import zipfile
import zlib

import pytest
from fuzzing.classify import listing
from fuzzing.kinds import KINDS, Share, dice
from fuzzing.mutators import blob, json_text, mat, package, pickles, pictures, protobuf, raw, zips
from fuzzing.seed_files import FORMATS

pytestmark = pytest.mark.slow

ROUNDS = 40


def held(folder):
    """Every file below a folder with its bytes; pipes and links by name."""
    return {
        name: (folder / name).read_bytes() if (folder / name).is_file() and size < 1 << 20 else kind
        for name, (kind, size, _) in listing(folder).items()
        if not (folder / name).is_symlink()
    }


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if not kind.slow])
def test_a_mutant_follows_from_seed_kind_and_index(seeds, tmp_path, kind):
    made = []
    for run in ("one", "two"):
        folder = tmp_path / run
        folder.mkdir()
        plan = KINDS[kind].make(seeds, folder, dice(5, Share(kind, 3)))
        made.append((plan, held(folder)))
    assert made[0] == made[1]
    assert made[0][0].argv


def test_indices_and_seeds_give_other_mutants(seeds, tmp_path):
    made = set()
    for seed, index in ((0, 0), (0, 1), (1, 0), (1, 1)):
        folder = tmp_path / f"{seed}{index}"
        folder.mkdir()
        KINDS["torchscript/bytes"].make(
            seeds, folder, dice(seed, Share("torchscript/bytes", index))
        )
        made.add((folder / "x.pt").read_bytes())
    assert len(made) == 4


BYTES = {
    "raw": (raw.mutate, b"some bytes of whatever file" * 9),
    "json": (json_text.mutate, json.dumps({"a": [1, 2.5, {"b": "text"}], "c": None}).encode()),
    "blob": (blob.mutate, struct.pack("<II", 1, 2).ljust(64, b"\0")
             + struct.pack("<IIQQQ", 0xDEADBEEF, 2, 64, 128, 0).ljust(64, b"\0") + bytes(64)),
}  # fmt: skip


@pytest.mark.parametrize("name", BYTES)
def test_most_mutants_differ_from_their_seed(name):
    mutate, seed = BYTES[name]
    made = [mutate(seed, random.Random(index)) for index in range(ROUNDS)]
    assert sum(one != seed for one in made) > 0.8 * ROUNDS
    assert len(set(made)) > 0.7 * ROUNDS


def test_json_meets_what_no_writer_writes():
    seed = json.dumps({"number": 1, "list": [1, 2], "text": "x"}).encode()
    made = [json_text.mutate(seed, random.Random(index)) for index in range(600)]
    assert any(b"NaN" in one for one in made)
    assert any(b"[" * 10_000 in one for one in made)
    assert any(len(one) > 500_000 for one in made)
    assert any(b"\xff" in one for one in made)
    assert any(not _parses(one) for one in made)
    assert sum(_parses(one) for one in made) > 300


def _parses(data):
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


@pytest.mark.parametrize("seed", ["package/plain", "package/nested", "onnx/subgraphs"])
def test_messages_still_parse_and_say_something_else(seeds, seed):
    message = _message(seeds.path(seed))
    whole = message.SerializeToString(deterministic=True)
    for how in (protobuf.mutate, protobuf.disturb, protobuf.rearrange):
        for index in range(ROUNDS):
            changed = how(message, random.Random(index), words=("conv", "If"))
            data = changed.SerializeToString(deterministic=True)
            assert data != whole
            assert type(message).FromString(data) is not None
    assert message.SerializeToString(deterministic=True) == whole


def _message(folder):
    if (folder / "x.onnx").exists():
        import onnx

        return onnx.load(folder / "x.onnx")
    from coremltools.proto import Model_pb2

    return Model_pb2.Model.FromString((folder / "x.mlpackage" / package.MODEL).read_bytes())


def test_changes_reach_into_nested_blocks_and_functions(seeds):
    message = _message(seeds.path("onnx/subgraphs"))
    inside = {one.DESCRIPTOR.name for one in protobuf.messages(message)}
    assert {"GraphProto", "NodeProto", "TensorProto", "AttributeProto"} <= inside
    graphs = [one for one in protobuf.messages(message) if one.DESCRIPTOR.name == "GraphProto"]
    assert len(graphs) == 6


def test_every_field_of_a_blob_is_changed(seeds):
    weights = seeds.path("package/plain") / "x.mlpackage" / package.WEIGHTS
    data = weights.read_bytes()
    places = blob.blobs(data)
    assert len(places) >= 2
    touched = set()
    for index in range(400):
        made = blob.mutate(data, random.Random(index))
        for name, (offset, form) in blob.FIELDS.items():
            size = struct.calcsize(form)
            if any(made[at + offset :][:size] != data[at + offset :][:size] for at in places):
                touched.add(name)
        touched |= {"count"} if made[:4] != data[:4] else set()
        touched |= {"version"} if made[4:8] != data[4:8] else set()
    assert touched == {*blob.FIELDS, "count", "version"}


def test_archives_are_packed_anew_with_checksums_that_fit(seeds):
    (path,) = seeds.path("model/scripted").iterdir()
    fit = 0
    for index in range(ROUNDS):
        data = zips.mutate(path.read_bytes(), random.Random(index))
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                fit += archive.testzip() is None
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, RuntimeError):
            continue
    assert fit > 0.7 * ROUNDS


def test_pickles_are_changed_by_the_opcode(seeds):
    (path,) = seeds.path("model/saved").iterdir()
    (data,) = [data for name, data in zips.unpack(path.read_bytes()) if name.endswith("data.pkl")]
    made = [pickles.mutate(data, random.Random(index)) for index in range(900)]
    assert len(set(made)) > 700
    assert any(b"cos\nsystem\n" in one for one in made)
    assert all(one != data[: len(one)] or len(one) != len(data) for one in made[:5])


def test_chunks_of_png_keep_right_checksums(seeds):
    (path,) = seeds.path("picture/PNG").iterdir()
    for index in range(ROUNDS):
        data, at = pictures.png(path.read_bytes(), random.Random(index)), 8
        while at + 12 <= len(data):
            (size,) = struct.unpack_from(">I", data, at)
            kind = data[at + 4 : at + 8 + size]
            assert struct.unpack_from(">I", data, at + 8 + size)[0] == zlib.crc32(kind)
            at += 12 + size
        assert at == len(data)


def test_matlab_elements_are_changed_behind_their_compression(seeds):
    path = seeds.path("people/lsp") / "joints.mat"
    data = path.read_bytes()
    (plain,) = mat.unpacked(data)
    unpackable = 0
    for index in range(ROUNDS):
        try:
            unpackable += mat.unpacked(mat.mutate(data, random.Random(index))) != [plain]
        except (zlib.error, struct.error):
            continue
    assert unpackable > 0.5 * ROUNDS


def test_pictures_are_of_17_formats_at_least_and_pillow_reads_the_healthy_ones(seeds):
    from PIL import Image

    assert len(FORMATS) >= 17
    for form in FORMATS:
        (path,) = seeds.path(f"picture/{form}").iterdir()
        with Image.open(path) as image:
            assert image.format == form


def test_entries_become_links_pipes_and_folders(seeds, tmp_path):
    import stat

    kinds = set()
    for index in range(60):
        shutil.rmtree(tmp_path / "m", ignore_errors=True)
        (tmp_path / "m").mkdir()
        KINDS["conversion/entries"].make(
            seeds, tmp_path / "m", dice(0, Share("conversion/entries", index))
        )
        kinds |= {kind for kind, *_ in listing(tmp_path / "m").values()}
    assert {stat.S_IFLNK, stat.S_IFIFO, stat.S_IFDIR, stat.S_IFREG} == kinds
