"""Small measurements made by hand, and what a page is read with: no network, no conversion."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from poseconvert.conversion.manifest import Artifact, Manifest, ModelRecord
from poseconvert.decoding import DecodeSpec, Pose
from poseconvert.drift import (
    EXECUTOR,
    Comparison,
    JointDrift,
    OutputDrift,
    Parity,
    Run,
    TensorDrift,
    Tolerance,
    not_run,
)
from poseconvert.pipeline.chain.evaluate import ChainResult, Evaluation, Link
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.measurement import Measurement

SIZE = 64
NAMES = ("first", "second")
TOLERANCE = Tolerance(None, 55.0, 0.5, "made up for the test")
DRIFT = TensorDrift(8, 0.05, 0.01, 0.02, 61.25, 0, (0, 1, 2, 3), 0.5, 0.55)
SPEC = DecodeSpec(
    skeleton="coco_17", joints=17, grid=(4, 4), stride=(16.0, 16.0), size=(SIZE, SIZE),
    heatmap="heatmap", offset="offset",
)  # fmt: skip


def joint(name: str, **changes) -> JointDrift:
    standard = JointDrift(name, "first", "2d", "visible", 0.23, 0.0, 0.9, 0.89, 0.4, "safe")
    return replace(standard, **changes)


def comparison(stage: str = "coreml_from_onnx", **changes) -> Comparison:
    standard = Comparison(
        stage=stage,
        reference=Run("model.simplified.onnx", "ONNX Runtime 1.32.0"),
        candidate=Run("model.mlpackage", EXECUTOR, "fp16"),
        inputs=NAMES,
        outputs=(OutputDrift("heatmap", DRIFT, ""),),
        joints=(
            joint("leftEye", band="absent", score=0.0, displacement_px=np.nan, standing="at risk"),
            joint("nose", certified=True),
            joint("leftWrist", standing="at risk", displacement_px=0.1, margin=0.01),
            joint("leftEar", band="occluded", score=0.2, standing="flipped", displacement_px=90.0),
        ),
        tolerance=TOLERANCE,
        parity=Parity.HELD,
        reasons=(),
    )
    return replace(standard, **changes)


BROKEN = comparison(
    parity=Parity.BROKEN,
    reasons=tuple(f"heatmap: drift {n} of the range, allowed 1e-5; worst at [0]" for n in range(9)),
)
NOT_RUN = not_run(
    "coreml_from_onnx",
    candidate=Run("model.mlpackage"),
    tolerance=TOLERANCE,
    reason="model.mlpackage did not run: it was edited after the conversion",
)


def pose(*places: tuple[float, float, float], cells: int = 0) -> Pose:
    """17 joints on two inputs: x, y, score of the first ones, the others absent."""
    position, score = np.full((2, 17, 2), np.nan), np.zeros((2, 17))
    cell = np.full((2, 17), -1)
    for j, (x, y, peak) in enumerate(places):
        position[:, j], score[:, j], cell[:, j] = (x, y), peak, cells
    return Pose(position, score, cell)


def evaluation(artifact: str, label: str, made: Pose, tolerance: Tolerance | None) -> Evaluation:
    return Evaluation(Link(artifact, "stage", list, tolerance), Run(artifact, label), {}, (made,))


MANIFEST = Manifest(
    created_utc="2026-01-01T00:00:00+00:00",
    versions={"poseconvert": "0.1.0", "torch": "2.13.0"},
    model=ModelRecord("../net.pth", "a" * 64, "posenet", {"width": 0.5}, {"scale": None}),
    notes=("1 of 31 ops kept in float32",),
    inputs={"image": (1, 3, SIZE, SIZE)},
    images=("image",),
    outputs={"heatmap": (1, 17, 4, 4)},
    preprocessing={},
    decode=(SPEC,),
    precision="fp16",
    keep_fp32=("conv1",),
    target="iOS16",
    artifacts=(Artifact("model.onnx", "onnx", "onnx_from_torch", "b" * 64),),
    goldens={},
    parity=(),
    tolerances={},
    verdict="held",
)


@pytest.fixture
def measure() -> Callable[..., Measurement]:
    """Make a measurement of given comparisons and poses; the first pose is the reference."""

    def make(
        *comparisons, poses=(), names=NAMES, values=None, origin="pattern", **manifest
    ) -> Measurement:
        if values is None:
            values = np.full((len(names), SIZE, SIZE, 3), 90, np.uint8)
        evaluations = [
            evaluation(f"model{n}.onnx", f"runner {n}", made, TOLERANCE if n else None)
            for n, made in enumerate(poses)
        ]
        result = ChainResult(tuple(evaluations), comparisons)
        inputs = Inputs(names, {"image": values}, (origin,) * len(names))
        return Measurement(Path("x"), replace(MANIFEST, **manifest), result, inputs)

    return make


@pytest.fixture
def made():
    """The records above by name, for test modules cannot import this file."""

    class Made:
        joint = staticmethod(joint)
        comparison = staticmethod(comparison)
        pose = staticmethod(pose)
        broken, not_run, drift, spec, size = BROKEN, NOT_RUN, DRIFT, SPEC, SIZE

    return Made


#: Attributes through which a page loads or runs something.
LOADING = {"src", "href", "srcset", "poster", "data", "action", "background", "xlink:href"}
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """What a page is made of: every element with its attributes, and text by section."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.elements, self.sections, self.open, self.styles = [], {}, [], ""
        self.section = ""
        self.feed(page)
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
        if tag in {"section", "header"}:
            self.section = dict(attributes)["id"]
            self.sections[self.section] = ""

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if self.open[-1:] == ["style"]:
            self.styles += text
        elif self.section:
            self.sections[self.section] += f" {' '.join(text.split())}"

    def tags(self):
        return {tag for tag, _ in self.elements}

    def every(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def loads_nothing(page):
    """Assert that a page would not load or run anything, were there no policy to forbid it."""
    parsed = Page(page)
    assert not parsed.tags() & {"script", "link", "iframe", "object", "embed", "base", "form"}
    for tag, attributes in parsed.elements:
        for name, value in attributes.items():
            assert not name.startswith("on"), f"{tag} {name}"
            if name in LOADING:
                assert value.startswith(("data:image/", "#")), f"{tag} {name}={value[:40]}"
            if name == "style":
                assert "url(" not in value
    assert "@import" not in parsed.styles
    for target in re.findall(r"url\(([^)]*)\)", parsed.styles):
        assert re.fullmatch(r"data:image/jpeg;base64,[A-Za-z0-9+/=]+", target)
    policies = [meta for meta in parsed.every("meta") if "http-equiv" in meta]
    assert [meta["http-equiv"] for meta in policies] == ["Content-Security-Policy"]
    assert policies[0]["content"].startswith("default-src 'none'; img-src data:; style-src 'un")
    return parsed


@pytest.fixture(name="loads_nothing")
def _loads_nothing():
    """Return the page, parsed, or fail where it would load or run anything."""
    return loads_nothing


@pytest.fixture(name="parsed")
def _parsed():
    """Return what parses a page."""
    return Page


@pytest.fixture
def solid(measure, made):
    """A 3D head of 4x4x4 cells whose nose flips to another depth, with its heatmaps."""
    spec = replace(made.spec, grid=(4, 4, 4), stride=(16.0,) * 3, offset_order="xyz")
    maps = np.zeros((2, 2, 17, 4, 4, 4), np.float32)  # side, input, joint, z, y, x
    maps[0, :, 0, 1, 2, 3], maps[1, :, 0, 2, 2, 3] = 0.75, 0.5
    maps[:, :, 0, 0, 0, 0] = 0.125
    sides = []
    for index, z in enumerate((1, 2)):
        flat = made.pose((48.0, 32.0, float(maps[index, 0, 0].max())), cells=z * 16 + 2 * 4 + 3)
        depth = np.full((2, 17, 1), np.nan)
        depth[:, 0] = 16.0 * z
        sides.append(Pose(np.concatenate([flat.position, depth], 2), flat.score, flat.cell))
    comparison = made.comparison(
        joints=(made.joint("nose", head="3d", standing="flipped", displacement_px=16.0),)
    )
    measurement = measure(comparison, poses=sides, decode=(spec,))
    evaluations = tuple(
        replace(one, outputs={"heatmap": side.reshape(2, 17 * 4, 4, 4)})
        for one, side in zip(measurement.result.evaluations, maps, strict=True)
    )
    return replace(measurement, result=replace(measurement.result, evaluations=evaluations))
