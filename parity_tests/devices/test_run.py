"""A folder of results: what belongs together, and what does not."""

import os

import pytest

from poseconvert.devices import run as module
from poseconvert.devices.run import read_run
from poseconvert.errors import DeviceError


def refusal(folder):
    with pytest.raises(DeviceError) as caught:
        read_run(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_simulated_run_says_so_in_its_title(samples):
    run = read_run(samples / "a12")
    assert run.title == "iPhone XS Max (A12, iOS 18.0), SIMULATED"
    assert len(run.results) == 16
    assert run.places == (("dual_head", "all"), ("dual_head", "cpuAndGPU"))


def test_attachments_are_recognised_by_their_schema_whatever_they_are_called(samples):
    folder = samples / "a12"
    (folder / "manifest.json").write_text('[{"attachments": []}]')
    deeper = folder / "LatencyTests"
    deeper.mkdir()
    path = folder / "latency-dual_head-all-0.json"
    path.rename(deeper / "latency_0_9E107D9D-372B-4C9B")
    (deeper / "screen.png").write_bytes(b"\x89PNG no result")
    run = read_run(folder)
    assert len(run.results) == 16
    assert [p.name for p in run.skipped] == ["manifest.json"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda v: v.update(run_id="another"), 'run id "another", but'),
        (lambda v: v.update(simulated=False), 'simulated "False", but'),
        (lambda v: v["build"].update(commit="abc"), 'build "abc, Release, none", but'),
        (lambda v: v["device"].update(machine="iPhone11,8"), "from iPhone XR, but"),
        (lambda v: v["device"].update(os="18.1"), 'from iOS "18.1", but'),
        (lambda v: v["model"].update(sha256="00"), 'another package named "dual_head"'),
        (lambda v: v.update(run_index=1), "the same result as"),
    ],
)
def test_results_that_do_not_belong_are_named(samples, edit, change, words):
    path = samples / "a12" / "sustained-dual_head-all-0.json"
    edit(path, change)
    text = refusal(samples / "a12")
    assert words in text
    assert "sustained-dual_head-all-" in text


def test_numbers_without_parity_are_refused(samples):
    (samples / "a12" / "parity-dual_head-all-0.json").unlink()
    text = refusal(samples / "a12")
    assert 'latency-dual_head-all-0.json: parity missing for "dual_head" on all' in text


def test_a_renamed_file_that_is_damaged_is_not_passed_over_either(samples):
    path = samples / "a12" / "load-dual_head-all-0.json"
    damaged = path.rename(path.with_suffix(".txt"))
    damaged.write_text(damaged.read_text().rstrip().removesuffix("}"))
    assert refusal(samples / "a12").startswith(f"{damaged}: not JSON")


def test_a_folder_of_too_many_files_is_refused(samples, monkeypatch):
    monkeypatch.setattr(module, "_MOST_FILES", 10)
    assert "more than 10 files. Give one test run." in refusal(samples / "a12")


@pytest.mark.parametrize("name", ["x.json", "x"])
def test_a_fifo_or_a_link_out_of_the_folder_is_never_read(samples, name):
    path = samples / "a12" / "load-dual_head-all-0.json"
    outside = path.rename(samples / "outside.json")
    for kind, plant in (("link", lambda at: at.symlink_to(outside)), ("FIFO", os.mkfifo)):
        plant(samples / "a12" / name)
        if name == "x":  # nobody said that it is a result
            assert len(read_run(samples / "a12").results) == 15
        else:
            assert f"cannot be read (a {kind}, not a regular file)" in refusal(samples / "a12")
        (samples / "a12" / name).unlink()


def test_files_without_end_are_refused_before_they_are_read(samples, monkeypatch):
    monkeypatch.setattr(module, "_MOST_BYTES", 1 << 20)
    with (samples / "a12" / "x.mov").open("wb") as file:
        file.truncate(1 << 40)
    assert "holds more than 1048576 bytes. Give one test run." in refusal(samples / "a12")


def test_a_damaged_file_is_never_passed_over(samples):
    path = samples / "a12" / "load-dual_head-all-0.json"
    path.write_text(path.read_text()[:100])
    assert refusal(samples / "a12").startswith(f"{path}: not JSON")


def test_folders_without_results_are_refused(tmp_path):
    assert "no such folder" in refusal(tmp_path / "nowhere")
    (tmp_path / "manifest.json").write_text("[]")
    assert "none of its 1 JSON files is a result of the harness" in refusal(tmp_path)
