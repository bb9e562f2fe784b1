"""convert, open and what a conversion can do; the CLI says the same of the same files."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

import poseconvert
from poseconvert.cli import main
from poseconvert.conversion.ours import is_ours


@pytest.fixture(scope="module")
def by_the_face(tiny_model, tmp_path_factory):
    """A conversion by the face, and what it told its progress."""
    folder, steps = tmp_path_factory.mktemp("face") / "tiny.poseconvert", []
    return poseconvert.convert(tiny_model, folder, progress=steps.append), steps


@pytest.fixture
def cli(monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["poseconvert", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit):
            main()
        return json.loads(capsys.readouterr().out)

    return run


def as_json(value):
    """What --json prints of it."""
    return json.loads(json.dumps(value))


def without_times(found):
    return {name: value for name, value in found.items() if name != "created_utc"}


def test_convert_writes_the_whole_folder_and_it_is_ours(by_the_face):
    made, steps = by_the_face
    assert {path.name for path in made.folder.iterdir()} == {
        "golden", "manifest.json", "model.mlpackage", "model.onnx", "model.simplified.onnx",
        "parity.json", "report.html",
    }  # fmt: skip
    assert made.verdict == made.measured.verdict == "held"
    assert made.package == made.folder / "model.mlpackage"
    assert is_ours(made.folder)
    assert "onnx_from_torch" in steps


def test_convert_says_what_the_command_says(by_the_face, tiny_model, tmp_path, cli):
    made, _ = by_the_face
    said = cli("convert", tiny_model, "-o", tmp_path / "tiny.poseconvert", "--json")
    ours = as_json(made.measured.json())
    # MODEL is recorded relative to the folder.
    said["model"]["path"] = ours["model"]["path"]
    assert without_times(said) == without_times(ours)
    assert json.loads((made.folder / "parity.json").read_text()) == ours


def test_convert_prints_nothing(tiny_model, tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = poseconvert.convert(tiny_model, precision="fp32", input_kinds="tensor", size=[64])
    assert tuple(capfd.readouterr()) == ("", "")
    assert made.folder.resolve() == tmp_path / "tiny.poseconvert"
    assert made.manifest.precision == "fp32"
    assert made.manifest.images == ()


def test_convert_leaves_an_old_conversion_as_it_was_when_it_is_refused(conversion_copy, tmp_path):
    before = (conversion_copy / "manifest.json").read_bytes()
    (tmp_path / "no.onnx").write_bytes(b"no graph")
    with pytest.raises(poseconvert.PoseconvertError):
        poseconvert.convert(tmp_path / "no.onnx", conversion_copy)
    assert (conversion_copy / "manifest.json").read_bytes() == before
    assert not list(tmp_path.glob(".*"))


REFUSED = {
    "precision": ({"precision": "fp8"}, "precision 'fp8': use one of auto, fp16, fp32"),
    "target": ({"target": "iOS9"}, "target 'iOS9': use one of iOS15"),
    "route": ({"route": "tf"}, "route 'tf': use one of auto, onnx2coreml"),
    "compress": ({"compress": "int4"}, "compress 'int4': use one of int8"),
    "fit": ({"fit": "pad"}, "fit 'pad': use one of letterbox"),
    "kinds": ({"input_kinds": {"image": "video"}}, "input_kinds of image: 'video'. Use image or"),
    "kept": ({"keep_fp32": "w", "precision": "fp32"}, "all ops are. Omit one"),
    "size": ({"size": 0}, "size 0: give a side, such as 224"),
    "size in words": ({"size": "256x192"}, "size '256x192': give a side"),
    "sizes twice": ({"size": [224, (224, 224)]}, "name every size once"),
    "no sizes": ({"size": []}, "name every size once"),
    "inputs": ({"inputs": {"image": (1, 3, -1)}}, "inputs, image: .* Give a shape"),
    "scale": ({"scale": (1, 2)}, "scale \\(1, 2\\): give one number, or three"),
    "bias": ({"bias": float("nan")}, "bias nan: give one number"),
}


@pytest.mark.parametrize("option", REFUSED)
def test_an_option_of_no_meaning_is_refused_before_anything_is_written(
    option, tiny_model, tmp_path
):
    options, said = REFUSED[option]
    with pytest.raises(poseconvert.UsageError, match=said):
        poseconvert.convert(tiny_model, tmp_path / "out.poseconvert", **options)
    assert not list(tmp_path.iterdir())


def test_open_refuses_what_is_no_conversion(tmp_path):
    with pytest.raises(poseconvert.ConversionError, match="not a conversion folder"):
        poseconvert.open(tmp_path)


def test_an_edited_package_is_not_held_and_does_not_run(conversion_copy):
    weights = next((conversion_copy / "model.mlpackage").rglob("weight.bin"))
    weights.write_bytes(weights.read_bytes()[:-1] + b"\1")
    found = poseconvert.open(conversion_copy)
    assert found.verdict == "not run"
    assert found.diff().verdict == "not run"
    with pytest.raises(poseconvert.ConversionError, match="allow_edited=True"):
        found.run(np.zeros((64, 64, 3), np.uint8))
    allowed = poseconvert.open(conversion_copy, allow_edited=True)
    assert allowed.verdict == "not run"
    assert allowed.run(np.zeros((64, 64, 3), np.uint8)).outputs


def test_diff_says_what_the_command_says(conversion, tiny_conversion, cli):
    assert as_json(conversion.diff().json()) == cli("diff", tiny_conversion, "--json")


def test_diff_of_pictures_says_what_the_command_says(
    conversion, tiny_conversion, pixels, tmp_path, cli
):
    Image.fromarray(pixels).save(tmp_path / "picture-1.png")
    said = cli("diff", tiny_conversion, "--image", tmp_path / "picture-1.png", "--json")
    one = tmp_path / "picture-1.png"
    for picture in (pixels, [pixels], Image.fromarray(pixels), one, str(one), [one]):
        assert as_json(conversion.diff(picture).json()) == said


def test_diff_writes_what_it_is_asked_to(conversion, pixels, tmp_path):
    found = conversion.diff(
        pixels, ops=True, png=tmp_path / "diff.png", html=tmp_path / "diff.html"
    )
    assert found.record.ops is not None
    assert Image.open(tmp_path / "diff.png").size[0] > 100
    assert "<html" in (tmp_path / "diff.html").read_text()


def test_a_picture_that_cannot_be_read_is_left_out_and_nothing_is_established(
    conversion, pixels, tmp_path
):
    found = conversion.diff([pixels, tmp_path / "none.jpg"])
    assert found.verdict == "not run"
    assert "no such picture" in found.record.left_out[0]


NO_PICTURE = {
    "floats": (np.zeros((8, 8, 3)), "picture-1: array \\(8, 8, 3\\) of float64. Give"),
    "grey": (np.zeros((8, 8), np.uint8), "picture-1: array \\(8, 8\\) of uint8"),
    "channels first": (np.zeros((3, 8, 8), np.uint8), "picture-1: array \\(3, 8, 8\\)"),
    "empty": (np.zeros((0, 8, 3), np.uint8), "picture-1: array \\(0, 8, 3\\)"),
    "a number": ([7], "picture-1: int is not a picture. Give a path"),
    "unknown range": (Image.new("F", (8, 8)), "picture-1: has values of unknown range"),
}


@pytest.mark.parametrize("kind", NO_PICTURE)
def test_what_is_no_picture_is_refused(conversion, kind):
    given, said = NO_PICTURE[kind]
    with pytest.raises(poseconvert.PictureError, match=said):
        conversion.diff(given)
    with pytest.raises(poseconvert.PictureError, match=said):
        conversion.run(given)


def test_a_picture_in_memory_is_read_as_its_file_is(conversion, pixels, tmp_path):
    """Turned by EXIF, and transparent."""
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    Image.fromarray(pixels).save(tmp_path / "turned.png", exif=exif)
    alpha = np.concatenate([pixels, pixels[..., :1]], axis=2)
    Image.fromarray(alpha).save(tmp_path / "alpha.png")
    for name in ("turned.png", "alpha.png"):
        file = conversion.run(tmp_path / name).outputs
        memory = conversion.run(Image.open(tmp_path / name)).outputs
        plain = conversion.run(pixels).outputs
        assert all(np.array_equal(file[output], memory[output]) for output in file)
        assert not np.array_equal(file["heatmap2d"], plain["heatmap2d"])


def test_run_answers_as_the_executor_does(conversion, pixels):
    """The oracle is the executor itself, fed by hand."""
    square = np.ascontiguousarray(pixels[:, :60])
    small = np.asarray(Image.fromarray(square).resize((64, 64), Image.Resampling.BILINEAR))
    fed = small.transpose(2, 0, 1)[None].astype(np.float32)
    expected = poseconvert.Executor(
        poseconvert.read_package(conversion.package), precision="fp32", engine="interpreter"
    ).run({"image": fed})
    found = conversion.run(square, precision="fp32")
    assert found.outputs.keys() == expected.keys()
    for name, values in expected.items():
        assert np.array_equal(found.outputs[name], values)
    again = conversion.run({"image": fed}, precision="fp32")
    assert np.array_equal(again.outputs["heatmap2d"], found.outputs["heatmap2d"])


def test_run_takes_several_and_decodes_every_head(conversion, pixels):
    found = conversion.run([pixels, pixels[::-1]])
    assert [len(pose.position) for pose in found.keypoints] == [2, 2]
    assert "reference executor (fp16)" in found.runner


def test_run_refuses_arrays_that_do_not_fit(conversion):
    for given, said in (
        ({"picture": np.zeros((1, 3, 64, 64))}, "inputs picture. The network takes image"),
        ({"image": np.zeros((1, 3, 32, 64))}, "input image has shape .* Give \\(N"),
        ([], "no picture"),
    ):
        with pytest.raises(poseconvert.UsageError, match=said):
            conversion.run(given)


def test_recheck_judges_what_was_recorded_as_the_command_does(conversion, tiny_conversion, cli):
    strict = {"coreml_from_onnx.psnr_db": 300}
    found = conversion.recheck(strict)
    assert found.verdict == "broken"
    said = cli("diff", tiny_conversion, "--recheck", "--json",
               "--tolerance", "coreml_from_onnx.psnr_db=300")  # fmt: skip
    assert as_json(found.json()) == said
    assert conversion.recheck({}).verdict == "held"


@pytest.mark.parametrize(
    ("name", "value"), [("psnr_db", 1), ("end_to_end.px", 1), ("end_to_end.joint_px", -1)]
)
def test_recheck_refuses_what_is_no_limit(conversion, name, value):
    with pytest.raises(poseconvert.UsageError, match=r"Give STAGE\.FIELD with FIELD relative"):
        conversion.recheck({name: value})


def test_evaluate_says_what_the_command_says(conversion, tiny_conversion, cli):
    found = conversion.evaluate(n=2)
    assert found.complete
    assert as_json(found.json()) == cli("evaluate", tiny_conversion, "--n", 2, "--json")


def test_evaluate_takes_people_of_ones_own_and_refuses_an_unknown_dataset(conversion):
    from poseconvert.datasets.synthetic import synthetic

    assert conversion.evaluate(synthetic(1)).record.people == 1
    with pytest.raises(poseconvert.DatasetError, match=r"not known\. Use one of synthetic"):
        conversion.evaluate("faces")


def test_tune_says_what_the_command_says_and_writes_the_conversion(
    conversion, tiny_conversion, tmp_path, cli
):
    found = conversion.tune(max_drift=5, output=tmp_path / "tuned.poseconvert")
    assert found.held
    assert found.keep_fp32 == ()
    assert poseconvert.open(found.written).verdict == "held"
    assert is_ours(found.written)
    said = cli("tune", tiny_conversion, "--max-drift", "5px", "--json")
    assert as_json(found.json()) == said


def test_tune_refuses_a_budget_of_nothing(conversion):
    with pytest.raises(poseconvert.UsageError, match="max_drift 0: give a distance above 0"):
        conversion.tune(max_drift=0)


def test_the_line_of_tune_names_files_and_no_temporary_ones(conversion, pixels, tmp_path):
    Image.fromarray(pixels).save(tmp_path / "person.png")
    found = conversion.tune([tmp_path / "person.png", pixels], max_drift=50)
    assert found.command.count("--image") == 1
    assert "person.png" in found.command


def test_report_is_one_page(conversion, by_the_face, tmp_path):
    made, _ = by_the_face
    for one in (conversion, made):
        page = one.report(tmp_path / "report.html")
        assert "<html" in page.read_text()


def test_emitted_tests_name_the_conversion(conversion, tmp_path):
    path = conversion.emit_tests(tmp_path / "test_parity.py")
    assert "tiny.poseconvert" in path.read_text()


def test_a_copy_elsewhere_is_opened_by_its_name_as_text(tiny_conversion, tmp_path):
    copy = shutil.copytree(tiny_conversion, tmp_path / "copy.poseconvert")
    assert poseconvert.open(str(copy)).verdict == "held"
