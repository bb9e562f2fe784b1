"""Draw the questions of the Swift fixtures with hypothesis, and answer them.

Run it to draw anew: ``python ios_harness/scripts/draw_fixtures.py``, or some by
name. The draws are derandomised:
the same hypothesis draws the same questions while no source changes, whose constants it tries too.
``answer_fixtures.py`` keeps the questions.
"""

from __future__ import annotations

import math
import shutil
import sys
from dataclasses import replace
from typing import Any

import numpy as np
from answer_fixtures import ANSWERS, FIXTURES, Record, answered, packed
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from parity_tests.decoding import scenes
from poseconvert.conversion.golden import Goldens, write_goldens
from poseconvert.decoding import DecodeSpec, specs
from poseconvert.drift import Floor

EDGES = [0.0, -0.0, 0.5, 1.0, -1.0, 0.25, 1e-7, 8.5, 12.0, -800.0, math.nan, -math.inf]
SCORES = st.one_of(st.sampled_from(EDGES), st.floats(-4, 4, width=32))
OFFSETS = st.one_of(st.sampled_from([0.0, math.nan, -3.5]), st.floats(-20, 20, width=32))
NUMBERS = st.one_of(
    st.sampled_from([0.0, 1.0, math.nan, math.inf, -math.inf]), st.floats(-1e3, 1e3, width=32)
)


def tensors(shape: tuple[int, ...], elements: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    """Float32 arrays, every element drawn by itself or many alike: ties."""
    return hnp.arrays(np.float32, shape, elements=elements)


def small(draw: st.DrawFn, name: str) -> tuple[DecodeSpec, ...]:
    """Decode specs of a small network of a known system."""
    joints, side = draw(st.integers(1, 3)), draw(st.integers(2, 5))
    depth, size = draw(st.integers(1, 4)), (side * 16, side * 16)
    if name.startswith("dual_head"):
        dual = {
            "heatmap2d": (1, joints, side, side),
            "offset2d": (1, 2 * joints, side, side),
            "heatmap3d": (1, joints * depth, side, side),
            "offset3d": (1, 3 * joints * depth, side, side),
        }
        return specs(name, input_size=size, shapes=dual)
    if name.startswith("posenet"):
        plane = (side, side + 1)
        even = name == "posenet_same"  # sides that move its cells
        shapes = {"heatmap": (1, joints, *plane), "offset": (1, 2 * joints, *plane)}
        sides = [cells * 16 if even else (cells - 1) * 16 + 1 for cells in plane]
        return specs(name, input_size=(sides[0], sides[1]), shapes=shapes)
    if name == "deeppose":
        return specs(name, input_size=size, shapes={"keypoints": (1, joints, 2)})
    plane = (side, side) if name == "integral_3d" else (side + 2, side + 1)
    channels = joints * side if name == "integral_3d" else joints
    return specs(name, input_size=size, shapes={"heatmap": (1, channels, *plane)})


@st.composite
def decodes(draw: st.DrawFn, name: str) -> Record:
    """One head's tensors of one frame."""
    spec = draw(st.sampled_from(small(draw, name)))
    if spec.refinement == "quarter_cell" and draw(st.booleans()):
        spec = replace(spec, refinement="none")
    if spec.refinement != "expectation":
        spec = replace(spec, threshold=draw(st.sampled_from([0.0, 0.0, 0.1, 0.5])))
    channels = spec.joints * (spec.grid[0] if spec.dims == 3 else 1)
    outputs = {}
    if spec.heatmap:
        heatmap = draw(tensors((channels, *spec.grid[-2:]), SCORES))
        if spec.activation == "probability":
            heatmap = np.minimum(heatmap, np.float32(1))
        outputs[spec.heatmap] = packed(heatmap)
    if spec.refinement == "regression":
        outputs[str(spec.offset)] = packed(draw(tensors((spec.joints, spec.dims), OFFSETS)))
    elif spec.offset:
        shape = (channels * spec.dims, *spec.grid[-2:])
        outputs[spec.offset] = packed(draw(tensors(shape, OFFSETS)))
    return {"spec": spec.to_dict(), "outputs": outputs}


@st.composite
def skeletons(draw: st.DrawFn) -> Record:
    """24 joints in 2D or 3D; some are absent, or the ears lie on the neck."""
    dims = draw(st.sampled_from([2, 3]))
    elements = st.one_of(st.floats(-500, 500), st.sampled_from([math.nan, 0.0]))
    return {"position": packed(draw(hnp.arrays(np.float64, (24, dims), elements=elements)))}


@st.composite
def samples(draw: st.DrawFn) -> Record:
    """Latencies, many alike."""
    elements = st.one_of(st.sampled_from([0.0, 7.0]), st.floats(-1e6, 1e6))
    values = draw(hnp.arrays(np.float64, st.integers(1, 40), elements=elements))
    return {"samples": packed(values), "shares": [0, 0.05, 0.5, 0.9, 0.95, 0.99, 1]}


@st.composite
def pairs(draw: st.DrawFn) -> Record:
    """Draw a reference and what became of it."""
    reference = draw(tensors(draw(st.sampled_from([(4,), (2, 3), (1, 2, 5)])), NUMBERS))
    if draw(st.booleans()):
        scale = np.float32(draw(st.floats(0, 2**-9, width=32)))
        with np.errstate(invalid="ignore"):
            candidate = reference * (1 + scale)
    else:
        candidate = draw(tensors(reference.shape, NUMBERS))
    return {"reference": packed(reference), "candidate": packed(candidate)}


@st.composite
def padded(draw: st.DrawFn) -> Record:
    """Draw an array stored with gaps at the end of its rows and planes."""
    shape = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    strides, reach = [], 1
    for side in reversed(shape):
        strides.append(reach)
        reach = reach * side + draw(st.sampled_from([0, 0, 1, 3]))
    dtype, width = draw(st.sampled_from([(np.float16, 16), (np.float32, 32), (np.float64, 64)]))
    elements = st.one_of(
        st.sampled_from([math.nan, math.inf, -0.0]), st.floats(-6e4, 6e4, width=width)
    )
    stored = draw(hnp.arrays(dtype, reach, elements=elements))
    return {"shape": shape, "strides": strides[::-1], "stored": packed(stored)}


@st.composite
def parities(draw: st.DrawFn) -> Record:
    """Two inputs' tensors of a small head, and a candidate that drifted a little or much."""
    (spec,) = specs(
        "posenet_probability",
        input_size=(33, 49),
        shapes={"heatmap": (1, 2, 3, 4), "offset": (1, 4, 3, 4)},
    )
    spec = replace(spec, activation="linear")
    shapes = {"heatmap": (2, 2, 3, 4), "offset": (2, 4, 3, 4)}
    drift = draw(st.sampled_from([0.0, 1e-6, 1e-3, 0.1, 1.0]))
    reference, candidate = {}, {}
    for name, shape in shapes.items():
        values = draw(tensors(shape, st.floats(-1, 1, width=32)))
        noise = draw(tensors(shape, st.floats(-1, 1, width=32)))
        moved = (values + np.float32(drift) * noise).astype(np.float32)
        if draw(st.integers(0, 9)) == 9:
            moved.flat[draw(st.integers(0, moved.size - 1))] = np.nan
        reference[name], candidate[name] = packed(values), packed(moved)
    limits = draw(st.sampled_from([(None, 55.0, 0.5), (1e-5, None, 0.05)]))
    return {
        "spec": spec.to_dict(),
        "inputs": ["first", "second"],
        "reference": reference,
        "candidate": candidate,
        "tolerance": dict(zip(("relative", "psnr_db", "joint_px"), limits, strict=True)),
        "floor": dict.fromkeys(shapes, draw(st.sampled_from([0.0, 1e-5, 1.0]))),
    }


@st.composite
def paths(draw: st.DrawFn) -> Record:
    """Draw a joint's way through some frames, absent in some of them."""
    shape = draw(st.tuples(st.integers(1, 30), st.sampled_from([2, 3])))
    elements = st.floats(-300, 300)
    path = draw(hnp.arrays(np.float64, shape, elements=elements, fill=st.nothing()))
    path[draw(hnp.arrays(np.bool_, shape[0]))] = np.nan
    return {
        "path": packed(path),
        "motion": draw(st.sampled_from([0.001, 0.01])),
        "measurement": 0.0015,
        "past": draw(st.sampled_from([0.1, 0.0, 0.7])),
        "filters": draw(st.integers(0, 6)),
    }


@st.composite
def numbers(draw: st.DrawFn, name: str) -> Record:
    """Draw the tensors of one person whose joints are not read off a heatmap's cells alone."""
    joints = draw(st.integers(1, 3))
    shapes: dict[str, tuple[int, ...]] = {
        "simcc": {"simcc_x": (1, joints, 12), "simcc_y": (1, joints, 16)},
        "heatmap_dark": {"heatmap": (1, joints, 8, 7)},
        "heatmap_background": {"heatmap": (1, joints + 1, 5, 4)},
        "deeplabcut": {"heatmap": (1, joints, 3, 4), "locref": (1, 2 * joints, 3, 4)},
        "coordinates": {"points": (1, 3, draw(st.sampled_from([2, 3, 4])))},
        "coordinates_fraction": {"points": (1, 6, 2)},
        "coordinates_scored": {"points": (1, 3, 3)},
        "mtcnn": {"points": (1, 10)},
        "movenet_lightning": {"points": (1, 1, 3, 3)},
        "lifter": {"points": (1, 1, 3, 3)},
    }[name]
    size = (32, 24) if name in {"simcc", "deeplabcut"} else (64, 56)
    (spec,) = specs(name, input_size=size, shapes=shapes)
    if name.startswith(("simcc", "coordinates_scored")):
        spec = replace(spec, threshold=draw(st.sampled_from([0.0, 0.1])))
    elements = {"locref": OFFSETS, "points": NUMBERS}
    outputs = {
        key: packed(draw(tensors(shape[1:], elements.get(key, SCORES))))
        for key, shape in shapes.items()
    }
    return {"spec": spec.to_dict(), "outputs": outputs}


def crowds() -> list[Record]:
    """Scenes of people, each as it is, with ties, with NaN, with nobody, and at a crowd's limit."""
    few = scenes.figures(1, 2, size=(65, 65))
    small = scenes.figures(2, 3, joints=18, size=(96, 160))
    near = scenes.figures(4, 2, size=(48, 48))
    scened = {
        "yolo": (scenes.yolo(3, anchors=57), (320, 320)),
        "yolo_oks": (scenes.yolo(4, anchors=57), (320, 320)),
        "yolo_end_to_end": ({"o": scenes.end_to_end(6)["output0"][:, :25]}, (320, 320)),
        "movenet_multipose": ({"o": scenes.random(5).rand(1, 6, 56)}, (256, 192)),
        "posenet_multi": (scenes.posenet(few, size=65, noise=0.2), (65, 65)),
        "openpose": (scenes.openpose(small, grid=(12, 20), noise=0.05), (96, 160)),
        "movenet": (scenes.movenet(near[0], side=12, noise=0.1), (48, 48)),
        "centernet": (scenes.centernet(near, side=12, noise=0.1), (48, 48)),
        "blazeface": (small_anchors(), (32, 32)),
    }
    made = []
    for name, (outputs, size) in scened.items():
        plain = {key: np.asarray(value, np.float32) for key, value in outputs.items()}
        shapes = {key: value.shape for key, value in plain.items()}
        (spec,) = specs(name, input_size=size, shapes=shapes)
        crowd = replace(spec, people=replace(spec.people, limit=1, score=0.05))
        for one, tensors_of in (
            (spec, plain),
            (crowd, plain),
            (spec, {key: np.round(value * 4) / 4 for key, value in plain.items()}),
            (spec, {key: with_nan(value) for key, value in plain.items()}),
            (spec, {key: np.full_like(value, np.nan) for key, value in plain.items()}),
            (spec, {key: np.full_like(value, -30) for key, value in plain.items()}),
        ):
            packs = {key: packed(value[0]) for key, value in tensors_of.items()}
            made.append({"spec": one.to_dict(), "outputs": packs})
    return made


def small_anchors() -> dict[str, Any]:
    """Draw boxes and scores of the 56 anchors of a picture of 32 pixels."""
    rng = scenes.random(7)
    boxes = rng.uniform(-5, 5, (1, 56, 16))
    boxes[..., 2:4] = np.abs(boxes[..., 2:4]) + 8
    return {"boxes": boxes, "scores": rng.uniform(-3, 4, (1, 56, 1))}


def with_nan(values: Any) -> Any:
    """Put NaN in every 17th place."""
    changed = values.copy()
    changed.flat[::17] = np.nan
    return changed


_HEADS = (
    "dual_head_224", "dual_head_448", "posenet", "posenet_same", "posenet_probability",
    "simple_baselines", "integral_3d", "deeppose",
)  # fmt: skip
_NUMBERS = (
    "simcc", "heatmap_dark", "heatmap_background", "deeplabcut", "coordinates",
    "coordinates_fraction", "coordinates_scored", "mtcnn", "movenet_lightning", "lifter",
)  # fmt: skip
QUESTIONS = {
    "decode": [(decodes(name), 25) for name in _HEADS],
    "numbers": [(numbers(name), 15) for name in _NUMBERS],
    "derived": [(skeletons(), 20)],
    "percentile": [(samples(), 30)],
    "drift": [(pairs(), 40)],
    "strided": [(padded(), 40)],
    "parity": [(parities(), 50)],
    "smoothing": [(paths(), 25)],
}


def drawn(strategy: st.SearchStrategy[Record], count: int) -> list[Record]:
    """Return what hypothesis draws, the same on every run."""
    found: list[Record] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(question: Record) -> None:
        found.append(question)

    collect()
    return found


def write_golden_folder() -> None:
    """Write small goldens with the very code that a conversion uses."""
    shutil.rmtree(FIXTURES / "golden", ignore_errors=True)
    generator = np.random.Generator(np.random.PCG64(6))
    write_goldens(
        FIXTURES,
        Goldens(
            runner="torch on fixtures",
            names=("noise/1", "noise 2"),
            inputs=(generator.integers(0, 256, (2, 4, 5, 3), dtype=np.uint8),),
            outputs={
                "heatmap": generator.random((2, 2, 3, 4), dtype=np.float32),
                "offset": generator.random((2, 4, 3, 4), dtype=np.float32),
            },
            floor={"heatmap": Floor(1e-7), "offset": Floor(2e-7)},
        ),
    )


if __name__ == "__main__":
    if not sys.argv[1:]:
        write_golden_folder()
    for name in sys.argv[1:] or ANSWERS:
        if name == "people":
            questions = crowds()
        else:
            questions = [ask for strategy, n in QUESTIONS[name] for ask in drawn(strategy, n)]
        text = answered(name, questions)
        (FIXTURES / f"{name}.json").write_text(text)
        print(f"{name}.json: {text.count(chr(10)) - 2} cases")
