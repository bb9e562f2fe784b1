import base64
import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from poseconvert.errors import OutputError
from poseconvert.reports.html import to_html, write_html

SCRIPT = "<script>alert('x')</script>"


@pytest.fixture
def poses(made):
    return [made.pose((20, 20, 0.9)), made.pose((20, 30, 0.9))]


def test_the_page_holds_verdict_stages_joints_and_versions(measure, made, poses):
    page = to_html(measure(made.comparison(), poses=poses))
    for expected in (
        'class="verdict held">parity held: 1 stage on 2 inputs', "coreml_from_onnx", "61.2 dB",
        "at least 55 dB", "leftWrist", "1 of 31 ops kept in float32", "2.13.0", "max 10.00 px",
        "made up for the test", "net.pth",
    ):  # fmt: skip
        assert expected in page


def test_broken_and_not_run_say_so_in_words_and_class(measure, made, poses):
    broken = to_html(measure(made.broken, poses=poses))
    missing = to_html(measure(made.not_run, poses=poses))
    assert 'class="verdict broken">parity BROKEN' in broken
    assert broken.count("<li>coreml_from_onnx, reference executor (fp16): heatmap: drift") == 9
    assert 'class="verdict not-run">parity not established' in missing
    assert "parity held" not in broken + missing


def test_everything_from_files_is_escaped(measure, made, poses):
    hostile = made.comparison(
        f"stage{SCRIPT}",
        reasons=(f"reason{SCRIPT}",),
        joints=(made.joint(f"joint{SCRIPT}"),),
        candidate=f"artifact{SCRIPT} on runner{SCRIPT}",
    )
    page = to_html(
        measure(
            hostile,
            poses=poses,
            names=(f"picture{SCRIPT}", 'quote" onerror="x'),
            notes=(f"note{SCRIPT}",),
            versions={f"library{SCRIPT}": SCRIPT},
        )
    )
    assert "<script" not in page
    assert 'onerror="' not in page
    for source in ("stage", "reason", "joint", "runner", "picture", "note", "library"):
        assert f"{source}&lt;script&gt;" in page


def test_the_page_needs_no_network_and_no_scripts(measure, made, poses):
    page = to_html(measure(made.comparison(), poses=poses))
    assert not re.search(r"https?:|<link|<script|@import", page)
    assert all(
        uri.startswith("data:image/png;base64,") for uri in re.findall(r'src="([^"]*)', page)
    )
    assert "default-src 'none'" in page


def test_each_picture_is_stored_once_and_has_one_skeleton_per_evaluation(measure, made, poses):
    page = to_html(measure(made.comparison(), poses=poses))
    pictures = re.findall(r"url\(data:image/png;base64,([^)]*)\)", page)
    skeletons = re.findall(r'src="data:image/png;base64,([^"]*)"', page)
    assert (len(pictures), len(skeletons)) == (2, 4)
    with Image.open(BytesIO(base64.b64decode(skeletons[0]))) as skeleton:
        assert (skeleton.mode, skeleton.size) == ("RGBA", (2 * made.size, 2 * made.size))


def test_at_most_twelve_pictures_those_with_moved_joints_first(measure, made):
    def many(pose):
        return type(pose)(
            *(np.repeat(a[:1], 20, 0) for a in (pose.position, pose.score, pose.cell))
        )

    first, second = many(made.pose((20, 20, 0.9))), many(made.pose((20, 20, 0.9)))
    second.position[17, 0] = 40
    names = tuple(f"picture-{n:02}" for n in range(20))
    page = to_html(measure(made.comparison(), poses=[first, second], names=names))
    assert re.findall(r"<h3>(picture-\d+)", page) == [*names[:11], names[17]]
    assert "8 more pictures are not shown" in page


def test_inputs_that_are_no_pictures_leave_the_tables(measure, made, poses):
    values = np.zeros((2, 8), np.float32)
    page = to_html(measure(made.comparison(), poses=poses, values=values))
    assert "are no pictures" in page
    assert "leftWrist" in page


def test_it_is_written_as_utf8_or_refused_in_one_line(measure, made, poses, tmp_path):
    measurement = measure(made.comparison(), poses=poses, notes=("\N{BULLET}",))
    write_html(measurement, tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == to_html(measurement)
    with pytest.raises(OutputError, match=r"r\.html: cannot be written \(.*\)\. Choose another"):
        write_html(measurement, tmp_path / "none" / "r.html")
