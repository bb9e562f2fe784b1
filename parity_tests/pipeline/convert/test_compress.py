"""A conversion with compressed weights: like is judged with like, end to end is what ships."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from poseconvert.conversion.golden import read_goldens, write_goldens
from poseconvert.conversion.manifest import read_manifest
from poseconvert.drift import TOLERANCES, Parity
from poseconvert.errors import ConversionError, StageError
from poseconvert.mil import read_package
from poseconvert.pipeline.chain.conversion import open_conversion
from poseconvert.pipeline.chain.how_made import base_options, convert_line
from poseconvert.pipeline.convert.compress import compress_package
from poseconvert.pipeline.convert.convert import ConvertOptions, convert
from poseconvert.pipeline.diagnose.diagnose import diagnose
from poseconvert.pipeline.diff.diff import measure
from poseconvert.pipeline.diff.recheck import NewLimit, recheck
from poseconvert.reports.compress import compress_sentences
from poseconvert.reports.html import to_html
from poseconvert.reports.json import to_json, write_json
from poseconvert.runners.mil import MilRunner
from poseconvert.stages.coreml_options import CoreMLOptions

STAGE = "compressed_from_coreml"
COMPRESSED = "model.compressed.mlpackage"


def quiet(step):
    pass


def compressed(model, folder, compress, **options):
    folder.mkdir()
    chosen = ConvertOptions(compress=compress, **options)
    return convert(model, folder, target=folder, options=chosen, progress=quiet)


@pytest.fixture(scope="module")
def measurement(tiny_model, converted):
    return converted(tiny_model, compress="palette8")


def test_the_chain_goes_on_to_the_compressed_package(measurement, tiny_conversion):
    stages = [c.stage for c in measurement.result.comparisons]
    plain = [entry.stage for entry in read_manifest(tiny_conversion).parity]
    assert stages == [*plain[:-1], STAGE, STAGE, "end_to_end"]
    last = measurement.result.comparisons[-1]
    assert last.candidate.artifact == COMPRESSED
    assert last.tolerance == TOLERANCES["end_to_end/compressed"]


def test_the_package_before_it_is_the_one_without_compress(measurement, tiny_conversion):
    def hashes(folder):
        return {one.name: one.sha256 for one in read_manifest(folder).artifacts}

    found, plain = hashes(measurement.folder), hashes(tiny_conversion)
    assert found.items() >= plain.items()
    assert found.keys() - plain.keys() == {COMPRESSED}


def test_each_precision_mode_is_judged_against_the_same_mode(measurement):
    judged = [c for c in measurement.result.comparisons if c.stage == STAGE]
    assert [c.candidate.label for c in judged] == [
        "reference executor (fp16)",
        "reference executor (fp32)",
    ]
    for comparison in judged:
        same = dataclasses.replace(comparison.candidate, artifact="model.mlpackage")
        assert comparison.reference == same
    # By hand, where nothing rounds: what is reported is the weights' doing alone.
    batch = measurement.inputs.batch
    runs = [
        MilRunner(read_package(measurement.folder / name), precision="fp32").run(batch)
        for name in ("model.mlpackage", COMPRESSED)
    ]
    for output in judged[1].outputs:
        apart = np.abs(np.subtract(*(run[output.output].astype(np.float64) for run in runs)))
        assert output.drift.max_abs == pytest.approx(apart.max(), rel=1e-6)


def test_the_record_is_what_lies_on_disk(measurement):
    record = read_manifest(measurement.folder).compress
    assert record == measurement.manifest.compress

    def size(name):
        files = (measurement.folder / name).rglob("*")
        return sum(len(file.read_bytes()) for file in files if file.is_file())

    assert (record.disk_before, record.disk_after) == (size("model.mlpackage"), size(COMPRESSED))
    assert record.disk_after < record.disk_before
    assert record.moved_after < record.moved_before
    assert record.compression == "palette8"


def test_every_report_says_what_it_saves_and_what_it_costs(measurement):
    saved, *costs = compress_sentences(measurement)
    record = measurement.manifest.compress
    assert f"{record.disk_after / 1e6:.2f} MB on disk, was {record.disk_before / 1e6:.2f}" in saved
    assert [cost.partition(":")[0] for cost in costs] == [
        "reference executor (fp16)",
        "reference executor (fp32)",
    ]
    assert "dB" in costs[0]
    assert "visible flip" in costs[0]
    page = to_html(measurement)
    assert "Compressed weights" in page
    assert f"{record.weights} weights compressed" in page
    values = json.loads(json.dumps(to_json(measurement)))
    assert values["compress"] == dataclasses.asdict(record)
    assert STAGE in {c["stage"] for c in values["comparisons"]}


def test_without_compress_nothing_is_said(tiny_conversion):
    opened = open_conversion(tiny_conversion)
    assert opened.manifest.compress is None
    assert {link.artifact for link in opened.chain()} == {
        "model.onnx",
        "model.simplified.onnx",
        "model.mlpackage",
    }
    again = measure(opened, pictures=(), model=None, progress=quiet)
    assert compress_sentences(again) == ()
    assert to_json(again)["compress"] is None
    assert "Compressed weights" not in to_html(again)


def test_diff_measures_the_same_and_recheck_judges_it(measurement, tmp_path):
    again = measure(open_conversion(measurement.folder), pictures=(), model=None, progress=quiet)
    assert [(c.stage, c.outputs) for c in again.result.comparisons] == [
        (c.stage, c.outputs) for c in measurement.result.comparisons
    ]
    folder = shutil.copytree(measurement.folder, tmp_path / "c.poseconvert")
    write_json(measurement, folder / "parity.json")
    judged = recheck(folder, [NewLimit(STAGE, "psnr_db", 200.0)])
    assert {c.parity for c in judged.result.comparisons if c.stage == STAGE} == {Parity.BROKEN}
    assert judged.manifest.compress == measurement.manifest.compress


def test_an_edited_compressed_package_is_not_run(measurement, tmp_path):
    folder = shutil.copytree(measurement.folder, tmp_path / "c.poseconvert")
    weights = next(folder.glob(f"{COMPRESSED}/**/weight.bin"))
    weights.write_bytes(weights.read_bytes() + b"\0")
    again = measure(open_conversion(folder), pictures=(), model=None, progress=quiet)
    verdicts = {c.stage: c.parity for c in again.result.comparisons}
    assert verdicts[STAGE] is Parity.NOT_RUN
    assert verdicts["end_to_end"] is Parity.NOT_RUN
    assert verdicts["coreml_from_onnx"] is Parity.HELD


def test_one_bit_per_weight_is_broken_and_the_weights_are_named(tiny_model, tmp_path):
    found = compressed(tiny_model, tmp_path / "c.poseconvert", "palette1")
    assert found.parity is Parity.BROKEN
    broken = {c.stage for c in found.result.comparisons if c.parity is Parity.BROKEN}
    assert broken == {STAGE, "end_to_end"}
    manifest = found.folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace("palette1", "palette4"))  # no word of ours
    (cause,) = diagnose(open_conversion(found.folder), found, model=tiny_model, progress=quiet)
    assert cause.cause == "compressed weights"
    assert "model.mlpackage is held, and only its weights went to palette" in cause.sentence


def test_a_recorded_run_is_of_the_compressed_package(measurement, tmp_path):
    goldens = read_goldens(measurement.folder)
    package = read_package(measurement.folder / COMPRESSED)
    said = MilRunner(package, precision="fp16").run(measurement.inputs.batch)
    write_goldens(tmp_path, dataclasses.replace(goldens, runner="a phone", outputs=said))
    recorded = read_goldens(tmp_path)
    again = measure(
        open_conversion(measurement.folder),
        pictures=(),
        model=None,
        progress=quiet,
        recorded=recorded,
    )
    of_phone = [c for c in again.result.comparisons if c.candidate.label == "a phone, recorded"]
    assert [c.stage for c in of_phone] == [STAGE, "end_to_end"]
    assert all(c.candidate.artifact == COMPRESSED for c in of_phone)
    assert all(c.tolerance.psnr_db == 40 for c in of_phone)
    coreml = [c for c in again.result.comparisons if c.stage == "coreml_from_onnx"]
    assert len(coreml) == 2


def test_the_line_that_converts_again_compresses_again(measurement):
    opened = open_conversion(measurement.folder)
    assert "--compress palette8" in convert_line(opened, base_options(opened))


def test_ios_15_is_refused_before_the_model_is_read(tmp_path):
    with pytest.raises(StageError, match="iOS15 reads no compressed weights"):
        compressed(
            tmp_path / "absent.pt",
            tmp_path / "c.poseconvert",
            "int8",
            coreml=CoreMLOptions(target="iOS15"),
        )


@pytest.mark.parametrize(
    "change",
    [
        {"disk_after": 0},
        {"weights": "many"},
        {"moved_after": -1},
        {"moved_before": True},
        {"unknown": 1},
    ],
)
def test_a_manifest_with_a_record_that_is_none_is_refused(measurement, tmp_path, change):
    values = json.loads((measurement.folder / "manifest.json").read_text())
    values["compress"] |= change
    (tmp_path / "manifest.json").write_text(json.dumps(values))
    with pytest.raises(ConversionError, match="malformed"):
        read_manifest(tmp_path)


def test_compressing_twice_gives_the_same_record(measurement, tmp_path):
    folder = shutil.copytree(measurement.folder, tmp_path / "c.poseconvert")
    shutil.rmtree(folder / COMPRESSED)
    record = compress_package(folder, "palette8", "fp16", progress=quiet)
    assert record == measurement.manifest.compress
