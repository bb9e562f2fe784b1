import base64
import re
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from poseconvert.decoding import Pose
from poseconvert.drift import GraphDrift, OpDrift, OpTolerance, Run, ValueDrift
from poseconvert.errors import OutputError
from poseconvert.pipeline.chain.measurement import Diagnosis, Localisation
from poseconvert.reports.html import to_html, write_html

SCRIPT = "<script>alert('x')</script>"
HOSTILE = f"{SCRIPT}\" onerror='x' &amp; url(http://example.invalid/)"


@pytest.fixture
def poses(made):
    return [made.pose((20, 20, 0.9)), made.pose((20, 30, 0.9))]


def test_the_page_holds_verdict_stages_joints_and_versions(measure, made, poses, parsed):
    cause = Diagnosis("padding", "rounding in conv1")
    measurement = replace(measure(made.comparison(), poses=poses), diagnoses=(cause,))
    page = parsed(to_html(measurement))
    for section, *expected in (
        ("verdict", "net.pth", "parity held", "1 stage on 2 inputs",
         "joints that could flip, of 4 1", "Likely cause padding: rounding in conv1"),
        ("furthest", "What moved furthest", "nose, 2D head, on first: moved 10.00 px", "y +10.00"),
        ("skeletons", "model1.onnx", "runner 1", "max 10.00 px", "nose (2d) 10.00 px"),
        ("stages", "ONNX -> Core ML coreml_from_onnx", "PSNR 61.2 dB", "needs 55 dB",
         "made up for the test"),
        ("joints", "leftEar 2d unsure 1 90.00 +0.6900", "nose 2d visible 1 0.23 -0.0100"),
        ("heatmaps", "no heatmap: the head has none"),
        ("inputs", "first", "second", "64x64"),
        ("notes", "1 of 31 ops kept in float32"),
        ("made", "2.13.0", "posenet, SHA-256 " + "a" * 64, "b" * 64, "Python 3."),
    ):  # fmt: skip
        text = " ".join(page.sections[section].split())
        for words in expected:
            assert " ".join(words.split()) in text, (section, words, text)


def test_broken_and_not_run_say_so_in_words_and_class(measure, made, poses):
    broken = to_html(measure(made.broken, poses=poses))
    missing = to_html(measure(made.not_run, poses=poses))
    assert '<p class="verdict broken"><b>parity BROKEN</b>' in broken
    assert broken.count("<li>ONNX -&gt; Core ML, reference executor (fp16): heatmap: drift") == 9
    assert '<p class="verdict not-run"><b>parity not established</b>' in missing
    assert "parity held" not in broken + missing


def test_everything_from_files_and_models_is_escaped(measure, made, poses, loads_nothing):
    hostile = made.comparison(
        f"stage{HOSTILE}",
        reasons=(f"reason{HOSTILE}",),
        joints=(made.joint(f"joint{HOSTILE}"),),
        candidate=Run(f"artifact{HOSTILE}", f"runner{HOSTILE}"),
    )
    value = ValueDrift(4, 0.5, 0.0, 1.0)
    op = OpDrift(0, f"op{HOSTILE}", f"type{HOSTILE}", f"value{HOSTILE}", matched="name",
                 module=f"module{HOSTILE}", local=value, accumulated=value)  # fmt: skip
    lost = replace(op, module=f"lost{HOSTILE}", accumulated=ValueDrift(4, 0.5, 0.0, 1.0, 1))
    graph = GraphDrift("s", f"graph{HOSTILE}", "c", OpTolerance(1e-3, 0.1, "made up"), (op, lost))
    measurement = replace(
        measure(
            hostile,
            poses=poses,
            names=(f"picture{HOSTILE}", 'quote" onerror="x'),
            notes=(f"note{HOSTILE}",),
            versions={f"library{HOSTILE}": SCRIPT},
            keep_fp32=(f"kept{HOSTILE}",),
        ),
        ops=Localisation(("first",), (graph,)),
        diagnoses=(Diagnosis("padding", f"diagnosis{HOSTILE}"),),
    )
    page = to_html(measurement)
    found = loads_nothing(page)
    text = " ".join(found.sections.values())
    for source in ("stage", "reason", "joint", "runner", "picture", "note", "library", "kept",
                   "type", "module", "lost", "graph", "diagnosis"):  # fmt: skip
        assert f"{source}&lt;script&gt;" in page
        assert f"{source}{HOSTILE}" in text
    assert any(HOSTILE in svg.get("aria-label", "") for svg in found.every("svg"))


def test_the_page_needs_no_network_and_no_scripts(measure, made, poses, solid, loads_nothing):
    for measurement in (measure(made.comparison(), poses=poses), solid, measure(made.not_run)):
        loads_nothing(to_html(measurement))


def test_what_would_load_something_is_noticed(measure, made, poses, loads_nothing):
    page = to_html(measure(made.comparison(), poses=poses))
    for bad in (
        "<script></script>",
        '<img src="x.png">',
        '<p onclick="x"></p>',
        '<a href="https://example.invalid">x</a>',
        "<style>a{background:url(x)}</style>",
    ):
        with pytest.raises(AssertionError):
            loads_nothing(page.replace("</body>", f"{bad}</body>"))


def test_links_within_the_page_have_a_target(solid, parsed):
    page = parsed(to_html(solid))
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {a["href"].removeprefix("#") for a in page.every("a")} <= ids
    assert len(page.every("a")) >= 6


def test_each_picture_is_stored_once_and_has_one_skeleton_per_evaluation(measure, made, poses):
    page = to_html(measure(made.comparison(), poses=poses))
    pictures = re.findall(r"url\(data:image/jpeg;base64,([^)]*)\)", page)
    panels = re.findall(r'<div class="picture p(\d+)">\s*<svg', page)
    assert (len(pictures), panels) == (2, ["0", "0", "0", "1", "1"])  # the furthest joint's first
    with Image.open(BytesIO(base64.b64decode(pictures[0]))) as picture:
        assert picture.size == (made.size, made.size)


def test_at_most_four_pictures_those_with_moved_joints_first(measure, made):
    def many(pose):
        return type(pose)(
            *(np.repeat(a[:1], 20, 0) for a in (pose.position, pose.score, pose.cell))
        )

    first, second = many(made.pose((20, 20, 0.9))), many(made.pose((20, 20, 0.9)))
    second.position[17, 0] = 40
    names = tuple(f"picture-{n:02}" for n in range(20))
    page = to_html(measure(made.comparison(), poses=[first, second], names=names))
    assert re.findall(r"<h3>(picture-\d+)<", page) == [names[17], *names[:3]]
    assert "16 more pictures are not drawn here" in page


def test_many_large_pictures_make_no_large_page(measure, made):
    noise = np.random.Generator(np.random.PCG64(0)).integers(0, 256, (60, 300, 300, 3), np.uint8)
    shown = made.pose((20, 20, 0.9))
    pose = Pose(*(np.repeat(a[:1], 60, 0) for a in (shown.position, shown.score, shown.cell)))
    names = tuple(f"picture-{n:02}" for n in range(60))
    page = to_html(measure(made.comparison(), poses=[pose] * 3, names=names, values=noise))
    assert len(page) < 3_000_000
    assert "12 more inputs are not shown" in page


def test_a_joint_that_moved_is_an_arrow_and_a_reference_below(measure, made, poses):
    still = to_html(measure(made.comparison(), poses=[poses[0]] * 2))
    moved = to_html(measure(made.comparison(), poses=poses))
    assert 'class="arrow" d="M20.0 20.0L20.0 30.0"' in moved
    assert "No joint moved further than allowed" in still
    assert "What moved furthest" in moved
    panels = still[still.index('id="skeletons"') :]
    assert "<title>nose moved</title>" not in panels


def test_a_3d_head_has_three_views_and_heatmaps_of_both_depths(solid, parsed):
    page = parsed(to_html(solid))
    views = [svg["aria-label"] for svg in page.every("svg") if svg.get("class") == "space"]
    assert views[:4] == [
        "nose on first from the side",
        "first from the front",
        "first from the side",
        "first askew from above",
    ]
    text = page.sections["heatmaps"]
    for words in (
        "nose, 3D head, on first: flipped to another cell, moved 16.00 px",
        "depth bin 1 of 0 to 3", "depth bin 2 of 0 to 3", "-0.75 to 0.75", "-0.5 to 0.5",
        "score 0.7500, margin 0.62, cell z 1, y 2, x 3",
        "score 0.5000, margin 0.38, cell z 2, y 2, x 3",
    ):  # fmt: skip
        assert words in text, text


def test_inputs_that_are_no_pictures_leave_the_tables(measure, made, poses):
    values = np.zeros((2, 8), np.float32)
    page = to_html(measure(made.comparison(), poses=poses, values=values))
    assert "are not pictures" in page
    assert "leftWrist" in page
    assert "8 float32" in page


def test_it_is_written_as_utf8_or_refused_in_one_line(measure, made, poses, tmp_path):
    measurement = measure(made.comparison(), poses=poses, notes=("\N{BULLET}",))
    write_html(measurement, tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == to_html(measurement)
    with pytest.raises(OutputError, match=r"r\.html: cannot be written \(.*\)\. Choose another"):
        write_html(measurement, tmp_path / "none" / "r.html")
