"""``poseconvert convert``: what it prints, writes and returns."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest


def files(folder):
    return {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def quietly(once, poseconvert, tiny_model):
    """Where ``convert --quiet`` wrote, and what it said; one run for all that only look at it."""

    def run(folder):
        model = shutil.copy(tiny_model, folder)
        said = poseconvert("convert", model, "-o", folder / "out", "--quiet")
        return folder / "out", (said.code, said.out, said.err)

    return once("convert-quiet", run)


@pytest.fixture
def told(once, poseconvert, tiny_model):
    """Where ``convert --emit-tests`` wrote, and what it said."""

    def run(folder):
        words = ("-o", folder / "out", "--emit-tests", folder / "test_parity.py")
        said = poseconvert("convert", tiny_model, *words)
        return folder, (said.code, said.out, said.err)

    return once("convert-told", run)


@pytest.fixture
def in_float32(once, poseconvert, tiny_model):
    """How ``convert --precision fp32 --json`` ended, and what it said."""

    def run(folder):
        words = ("-o", folder / "out", "--precision", "fp32", "--json")
        said = poseconvert("convert", tiny_model, *words)
        return said.code, said.out

    return once("convert-fp32-json", run)


def test_convert_prints_the_stages_and_a_verdict_and_exits_0(told):
    _, (code, out, err) = told

    assert code == 0, err
    for stage in ("onnx_from_torch", "simplified_from_onnx", "coreml_from_onnx", "end_to_end"):
        assert stage in out
    assert "reference executor" in out
    assert "parity held" in out
    assert "Neural Engine" not in out


def test_the_conversion_folder_holds_what_the_design_says(quietly):
    out, _ = quietly
    top = {path.name for path in out.iterdir()}
    assert top == {
        "manifest.json",
        "model.onnx",
        "model.simplified.onnx",
        "model.mlpackage",
        "golden",
        "report.html",
        "parity.json",
    }
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["schema"] == "poseconvert.conversion.v2"
    assert manifest["verdict"] == "held"
    assert manifest["outputs"]["offset3d"] == [1, 288, 4, 4]
    for artifact in manifest["artifacts"][:2]:
        data = (out / artifact["name"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == artifact["sha256"]


def test_goldens_are_raw_bytes_of_the_reference(tiny_conversion, tiny_network):
    import torch

    golden = json.loads((tiny_conversion / "golden" / "golden.json").read_text())
    case = golden["cases"][0]
    pixels = np.frombuffer((tiny_conversion / "golden" / case["input"]["file"]).read_bytes(), "u1")
    picture = torch.from_numpy(pixels.reshape(64, 64, 3).transpose(2, 0, 1)[None].astype("f4"))
    with torch.no_grad():
        expected = dict(zip(tiny_network.output_names, tiny_network(picture), strict=True))

    for name, stored in case["outputs"].items():
        data = (tiny_conversion / "golden" / stored["file"]).read_bytes()
        values = np.frombuffer(data, "<f4").reshape(stored["shape"])
        np.testing.assert_allclose(values, expected[name][0].numpy(), rtol=1e-5, atol=1e-6)


def test_two_runs_give_the_same_bytes_but_for_times(quietly, poseconvert, tiny_model, tmp_path):
    # As far from the model as the first, for the manifest says where it lies.
    beside = Path(shutil.copy(tiny_model, tmp_path))
    poseconvert("convert", beside, "-o", tmp_path / "two", "--quiet")
    one, two = files(quietly[0]), files(tmp_path / "two")
    assert one.keys() == two.keys()
    timed = {"manifest.json", "report.html", "parity.json"}
    different = {name for name in one if one[name].read_bytes() != two[name].read_bytes()}
    assert different <= timed
    manifests = [json.loads(each["manifest.json"].read_text()) for each in (one, two)]
    for manifest in manifests:
        manifest.pop("created_utc")
    assert manifests[0] == manifests[1]


def test_json_is_one_document_on_standard_output(in_float32):
    document = json.loads(in_float32[1], parse_constant=pytest.fail)
    assert document["schema"] == "poseconvert.parity.v1"
    assert document["verdict"] == "held"


def test_emit_tests_writes_a_test_file_and_says_so(told):
    folder, (code, out, err) = told
    path = folder / "test_parity.py"

    assert code == 0, err
    assert f"wrote {folder / 'out'} and {path}" in out
    assert 'Checks(Path(__file__).parent / "out")' in path.read_text()


def test_emit_tests_over_a_file_of_one_s_own_is_refused_before_anything_is_converted(
    poseconvert, tiny_model, tmp_path
):
    path = tmp_path / "test_mine.py"
    path.write_text("assert True\n")
    finished = poseconvert("convert", tiny_model, "-o", tmp_path / "out", "--emit-tests", path)

    assert finished.code == 2
    assert "was not written by --emit-tests" in finished.errors[0]
    assert not (tmp_path / "out").exists()
    assert path.read_text() == "assert True\n"


def test_quiet_prints_nothing(quietly):
    assert quietly[1] == (0, "", "")


def test_fp32_package_is_held_to_the_fp32_tolerance(in_float32):
    code, out = in_float32
    package = [row for row in json.loads(out)["comparisons"] if row["stage"] == "coreml_from_onnx"]
    assert code == 0
    assert [row["tolerance"]["relative"] for row in package] == [1e-5]


def test_a_tensor_package_of_a_torchscript_network_is_converted(poseconvert, tmp_path):
    import torch

    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.ReLU())
    torch.jit.script(network.eval()).save(tmp_path / "net.pt")

    finished = poseconvert(
        *("convert", tmp_path / "net.pt", "--input", "picture:1,3,16,24", "--outputs", "map"),
        *("--scale", "1/255", "--input-kind", "tensor", "-o", tmp_path / "out"),
    )

    assert finished.code == 0, finished.err
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["inputs"] == {"picture": [1, 3, 16, 24]}
    assert manifest["images"] == []
    assert manifest["outputs"] == {"map": [1, 4, 16, 24]}


def test_an_exported_program_is_converted(poseconvert, tmp_path):
    import torch

    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4)).eval()
    torch.export.save(
        torch.export.export(network, (torch.zeros(1, 3, 16, 16),)), tmp_path / "net.pt2"
    )

    finished = poseconvert("convert", tmp_path / "net.pt2", "-o", tmp_path / "out")

    assert finished.code == 0, finished.err


SLOW = """
import signal, sys, time
# A shell starts what it runs in the background with SIGINT ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
from poseconvert.pipeline.chain import package_maker as package
original = package.coreml_from_onnx
def slow(*args, **kwargs):
    original(*args, **kwargs)
    print("package written", flush=True)
    time.sleep(60)
package.coreml_from_onnx = slow
from poseconvert.cli import main
sys.argv = ["poseconvert", "convert", sys.argv[1], "-o", sys.argv[2], "--quiet"]
main()
"""


def started(model, out):
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(model), str(out)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "package written\n"
    return process


@pytest.mark.slow  # the folder alone, without a conversion in it: conversion/
@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_run_leaves_the_old_conversion(
    death, poseconvert, tiny_model, tiny_conversion, tmp_path
):
    out = Path(shutil.copytree(tiny_conversion, tmp_path / "out"))
    before = {name: path.read_bytes() for name, path in files(out).items()}

    process = started(tiny_model, out)
    process.send_signal(death)
    process.wait(timeout=60)

    assert {name: path.read_bytes() for name, path in files(out).items()} == before
    left = {path.name for path in tmp_path.iterdir()} - {"out"}
    assert not left or death is signal.SIGKILL
    assert all(name.startswith(".out.partial-") for name in left)
    poseconvert("convert", tiny_model, "-o", out, "--quiet")
    assert {path.name for path in tmp_path.iterdir()} == {"out"}


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("cannot mount a small file system here (not root)")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_one_line_and_leaves_nothing(poseconvert, tiny_model, small_disk):
    finished = poseconvert("convert", tiny_model, "-o", small_disk / "out")

    assert finished.code == 2
    assert len(finished.errors) == 1, finished.err
    assert "cannot be written (No space left on device" in finished.errors[0]
    assert list(small_disk.iterdir()) == []


def test_help_is_fast_and_loads_no_heavy_library():
    code = (
        "import sys; sys.argv = ['poseconvert', '--help']\n"
        "from poseconvert.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'onnx', 'onnxruntime', 'coremltools', 'numpy', 'rich', 'PIL'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Usage: poseconvert" in done.stdout
    assert time.perf_counter() - begun < 5  # far above the 0.3 s benchmarks/ reports: no import


def test_the_command_takes_an_input_for_each(poseconvert, tmp_path):
    import torch

    class Sum(torch.nn.Module):
        def forward(self, now, before, earlier):
            return now + 2 * before - earlier

    frames = ("now", "before", "earlier")
    torch.jit.script(Sum()).save(tmp_path / "net.pt")
    given = [word for name in frames for word in ("--input", f"{name}:1,3,24,32")]

    finished = poseconvert(
        "convert", tmp_path / "net.pt", *given, "--input-kind", "now:tensor", "--json",
        "-o", tmp_path / "out",
    )  # fmt: skip

    assert finished.code == 0, finished.err
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert list(manifest["inputs"]) == list(frames)
    assert manifest["images"] == ["before", "earlier"]
    twice = poseconvert("convert", tmp_path / "net.pt", *given, "--input", "now:1,3,24,32")
    assert twice.code == 2
    assert "input 'now' is given twice" in twice.err
