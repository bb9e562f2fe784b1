import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from poseconvert.conversion.codec import record_of
from poseconvert.conversion.parity_json import SCHEMA
from poseconvert.conversion.parity_record import ParityRecord
from poseconvert.drift import OutputDrift, Parity
from poseconvert.errors import ConversionError, OutputError
from poseconvert.reports.json import to_json, write_json


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


def read(path):
    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def test_what_is_written_reads_back_as_what_to_json_returns(measure, made, tmp_path):
    measurement = measure(made.comparison(), poses=[made.pose((1, 2, 0.9))])
    write_json(measurement, tmp_path / "parity.json")
    assert read(tmp_path / "parity.json") == to_json(measurement)
    assert (tmp_path / "parity.json").read_bytes().endswith(b"\n}\n")


def test_the_record_holds_verdict_coverage_and_measurements(measure, made):
    record = to_json(measure(made.comparison()))
    (compared,) = record["comparisons"]
    assert record["schema"] == "poseconvert.parity.v1"
    assert (record["verdict"], compared["parity"]) == ("held", "held")
    assert record["summary"].startswith("parity held: 1 stage on 2 inputs")
    assert compared["inputs"] == ["first", "second"]
    assert compared["tolerance"]["psnr_db"] == 55.0
    assert compared["outputs"][0]["drift"]["worst"] == [0, 1, 2, 3]
    assert compared["joints"][2]["standing"] == "at risk"
    assert record["versions"]["torch"] == "2.13.0"


def test_nan_and_infinity_are_null(measure, made, tmp_path):
    nan = OutputDrift("nan", replace(made.drift, max_abs=np.nan, relative=np.inf), "nan")
    joints = (made.joint("nose", displacement_px=np.inf, margin=np.nan),)
    write_json(measure(made.comparison(outputs=(nan,), joints=joints)), tmp_path / "p.json")
    (compared,) = read(tmp_path / "p.json")["comparisons"]
    assert compared["outputs"][0]["drift"]["max_abs"] is None
    assert compared["outputs"][0]["drift"]["relative"] is None
    assert compared["joints"][0]["displacement_px"] is None
    assert compared["joints"][0]["margin"] is None


def test_identical_is_said_apart_from_null(measure, made):
    same = replace(made.drift, max_abs=0.0, psnr_db=np.inf)
    outputs = (
        OutputDrift("same", same, ""),
        OutputDrift("moved", made.drift, ""),
        OutputDrift("nan", replace(same, non_finite=1), "nan"),
        OutputDrift("lost", None, "lost"),
    )
    (compared,) = to_json(measure(made.comparison(outputs=outputs)))["comparisons"]
    assert [output["identical"] for output in compared["outputs"]] == [True, False, False, False]
    assert compared["outputs"][0]["drift"]["psnr_db"] is None
    assert compared["outputs"][3]["drift"] is None


def test_what_did_not_run_has_its_reason_and_no_inputs(measure, made):
    record = to_json(measure(made.not_run))
    assert record["verdict"] == Parity.NOT_RUN.value
    assert record["comparisons"][0]["inputs"] == []
    assert "did not run" in record["comparisons"][0]["reasons"][0]


def test_what_is_written_has_every_field_of_its_record_and_no_other(measure, made):
    """The fields' meanings are told there, and the published schema is written from it."""
    found = to_json(measure(made.comparison(), made.not_run, poses=[made.pose((1, 2, 0.9))]))
    record = record_of(found, ParityRecord, path=Path("x"), schema=SCHEMA, closed=True)
    assert [one.parity for one in record.comparisons] == ["held", "not run"]
    with pytest.raises(ConversionError, match="surprise is unknown"):
        record_of(found | {"surprise": 1}, ParityRecord, path=Path("x"), schema=SCHEMA, closed=True)


def test_an_unwritable_place_is_one_line(measure, made, tmp_path):
    with pytest.raises(OutputError, match=r"p\.json: cannot be written \(.*\)\. Choose another"):
        write_json(measure(made.comparison()), tmp_path / "none" / "p.json")
