"""The independent run sees what moved beyond its tolerance, and nothing else."""

import json
import struct

import numpy as np
import pytest
from fuzzing import judge
from fuzzing.mutators import blob, folders, package

from poseconvert.conversion.golden import read_goldens
from poseconvert.drift import tolerances
from poseconvert.errors import ConversionError
from poseconvert.pipeline.chain.conversion import open_conversion


@pytest.fixture(scope="module")
def original(tiny_conversion):
    return judge.facts(tiny_conversion)


def test_an_untouched_conversion_is_unchanged(tiny_conversion, original):
    assert judge.judge(tiny_conversion, original) == ("unchanged", "")


def weights(folder, share):
    """Scale the stored numbers of the package's first blob."""
    path = folder / "model.mlpackage" / package.WEIGHTS
    data = bytearray(path.read_bytes())
    size, start = struct.unpack_from("<QQ", data, blob.blobs(data)[0] + 8)
    half = np.frombuffer(bytes(data[start : start + size]), np.float16) * np.float16(share)
    data[start : start + size] = half.tobytes()
    path.write_bytes(data)


def stored(folder, moved):
    """Move the first stored output by a share of its range."""
    path = sorted((folder / "golden").glob("*.f32"))[0]
    values = np.fromfile(path, "<f4")
    values[0] += np.float32(moved * np.ptp(values))
    values.tofile(path)


def lose(folder):
    (folder / "model.onnx").write_bytes(b"")


def another(folder):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["artifacts"][0]["stage"] = "source"
    path.write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: weights(folder, 3.0), "model.mlpackage against its goldens: "),
        (lambda folder: stored(folder, 0.5), "model.onnx against its goldens: "),
        (lose, "model.onnx does not run: "),
        (another, "the manifest lists other artifacts"),
    ],
)
def test_what_a_forger_may_change_is_seen(conversion_copy, original, change, said):
    change(conversion_copy)
    verdict, why = judge.judge(conversion_copy, original)
    assert verdict == "changed"
    assert why.startswith(said)


def test_what_stays_inside_its_tolerance_is_unchanged(conversion_copy, original):
    stored(conversion_copy, 1e-6)
    assert judge.judge(conversion_copy, original)[0] == "unchanged"


def test_the_judge_allows_what_the_table_of_tolerances_allows():
    """Repeated there on purpose; they must not drift apart."""
    table = tolerances.TOLERANCES
    assert table["onnx_from_torch"].relative == judge.RELATIVE
    assert table["coreml_from_onnx/fp16"].psnr_db == judge.PSNR_DB
    assert table["compressed_from_coreml"].psnr_db == judge.COMPRESSED_DB
    assert (tolerances.FLOOR_FACTOR, tolerances.FLOOR_LIMIT) == (
        judge.FLOOR_FACTOR, judge.FLOOR_LIMIT,
    )  # fmt: skip


def change(folder, _):
    weights(folder, 2.0)
    stored(folder, 0.1)


def test_what_is_changed_without_its_hash_is_refused(conversion_copy):
    change(conversion_copy, None)
    assert open_conversion(conversion_copy).edited
    with pytest.raises(ConversionError, match="SHA-256"):
        read_goldens(conversion_copy)


def test_a_forger_mends_every_hash(conversion_copy):
    folders.forged(change)(conversion_copy, None)
    assert not open_conversion(conversion_copy).edited
    assert read_goldens(conversion_copy)
