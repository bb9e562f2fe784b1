"""Pages that are generated are up to date."""

import importlib.util
import json
import re
from pathlib import Path

import numpy as np

from poseconvert.decoding import decode, load_specs
from poseconvert.network.families import FAMILIES
from poseconvert.pipeline.decoders import check_decoders

ROOT = Path(__file__).parents[2]


def test_the_op_table_is_what_the_kernels_say():
    spec = importlib.util.spec_from_file_location("generate_ops", ROOT / "docs/generate_ops.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.page() == (ROOT / "docs/ops.md").read_text(), "run python docs/generate_ops.py"


def test_the_table_of_families_is_what_was_measured_of_every_family():
    spec = importlib.util.spec_from_file_location("table", ROOT / "benchmarks/family_table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    results = json.loads(module.RESULTS.read_text())
    assert module.page(results) == module.PAGE.read_text(), "run benchmarks/family_table.py --page"
    rows = results["seeded"]
    assert {row["family"] for row in rows} == set(FAMILIES) == set(results["families"])
    assert all((ROOT / "docs/families" / f"{name}.md").exists() for name in FAMILIES)
    assert {row["network"].split(", ")[2] for row in results["published"]} == {"fp32", "fp16"}
    for row in results["published"]:
        allowed = 0.05 if "fp32" in row["network"] else 0.5
        assert all(stage["parity"] == "held" for stage in row["stages"])
        assert max(stage["max_px"] for stage in row["stages"]) <= allowed


def test_the_decode_specs_of_the_guide_load_as_decode_loads_them_and_fit_their_network(tmp_path):
    guide = (ROOT / "docs/guides/convert-your-model.md").read_text()
    (block,) = re.findall(r"^```json\n(.*?)^```", guide, re.DOTALL | re.MULTILINE)
    (tmp_path / "specs.json").write_text(block)

    (spec,) = load_specs(tmp_path / "specs.json")

    (written,) = json.loads(block)
    assert spec.to_dict().keys() == written.keys(), "every key is given, as the guide says"
    # The network beside it in the guide: pose_resnet's 256x192 input, at stride 4.
    check_decoders([spec], {"output_0": (1, 17, 256 // 4, 192 // 4)}, where="the guide")
    peak = np.zeros((1, 17, 64, 48), np.float32)
    peak[..., 20, 10] = 1
    found = decode({"output_0": peak}, spec).position
    assert np.abs(found - np.array([10 * 4, 20 * 4])).max() <= 4
