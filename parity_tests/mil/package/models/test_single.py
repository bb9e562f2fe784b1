"""Models of one step, read and run; the oracle is numpy, and for boxes a search over all pairs."""

import numpy as np
import pytest
from coremltools.proto import Model_pb2

from poseconvert.errors import PackageError
from poseconvert.mil import Executor, read_package

RNG = np.random.default_rng(3)


def model(inputs, outputs):
    """A model whose features are doubles (None) or multi-arrays of a shape."""
    made = Model_pb2.Model(specificationVersion=5)
    for features, described in (
        (inputs, made.description.input),
        (outputs, made.description.output),
    ):
        for name, shape in features.items():
            feature = described.add(name=name)
            if shape is None:
                feature.type.doubleType.SetInParent()
            else:
                feature.type.multiArrayType.dataType = 65600
                feature.type.multiArrayType.shape.extend(shape)
    return made


def read(made, folder):
    path = folder / "one.mlmodel"
    path.write_bytes(made.SerializeToString())
    return Executor(read_package(path))


def scaler():
    made = model({"x": [3]}, {"y": [3]})
    made.scaler.shiftValue.extend([1, -2, 0.5])
    made.scaler.scaleValue.extend([2])
    return made, lambda x: (x + np.array([1, -2, 0.5])) * 2


def normalizer(norm):
    made = model({"x": [3]}, {"y": [3]})
    made.normalizer.normType = norm
    return made, lambda x: x / np.linalg.norm(x, ord=norm)


def extractor(indices, output):
    made = model({"x": [3]}, {"y": output})
    made.arrayFeatureExtractor.extractIndex.extend(indices)
    return made, lambda x: x[indices] if output else x[indices[0]]


def identity():
    made = model({"x": [3]}, {"y": [3]})
    made.identity.SetInParent()
    return made, lambda x: x


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        scaler(),
        normalizer(1),
        normalizer(2),
        extractor([2, 0], [2]),
        extractor([1], None),
        identity(),
    ],
    ids=["scaler", "L1", "L2", "elements", "one element", "identity"],
)
def test_it_computes_what_it_says(tmp_path, made, expected):
    x = RNG.normal(size=3)
    found = read(made, tmp_path).run({"x": x})["y"]
    np.testing.assert_allclose(found, expected(x), rtol=1e-6)


def test_a_vectorizer_joins_numbers_and_arrays(tmp_path):
    made = model({"a": None, "b": [2]}, {"y": [3]})
    for name, size in (("b", 2), ("a", 1)):
        made.featureVectorizer.inputList.add(inputColumn=name, inputDimensions=size)
    found = read(made, tmp_path).run({"a": np.float64(5), "b": np.array([1.0, 2.0])})["y"]
    np.testing.assert_allclose(found, [1, 2, 5])


def detector(boxes, classes, *, per_class=False, rows=None, output=None):
    made = model({"s": [boxes, classes], "b": [boxes, 4]}, {})
    for name, columns in (("conf", classes), ("boxes", 4)):
        array = made.description.output.add(name=name).type.multiArrayType
        array.dataType = 65600
        if rows is not None:
            for low, high in ((rows[0], rows[1]), (columns, columns)):
                array.shapeRange.sizeRanges.add(lowerBound=low, upperBound=high)
    own = made.nonMaximumSuppression
    own.confidenceInputFeatureName, own.coordinatesInputFeatureName = "s", "b"
    own.confidenceOutputFeatureName, own.coordinatesOutputFeatureName = "conf", "boxes"
    own.iouThresholdInputFeatureName, own.confidenceThresholdInputFeatureName = "iou", "least"
    own.iouThreshold, own.confidenceThreshold = 0.3, 0.4
    own.pickTop.perClass = per_class
    return made


def kept(scores, boxes, *, iou, least, per_class):
    """Rows that are kept, best first, by asking of every pair."""
    left = []
    for at in sorted(range(len(boxes)), key=lambda at: -scores[at].max()):
        if scores[at].max() < least:
            continue
        rivals = [o for o in left if not per_class or scores[o].argmax() == scores[at].argmax()]
        if all(overlap(boxes[at], boxes[other]) <= iou for other in rivals):
            left.append(at)
    return left


def overlap(a, b):
    shared = 1.0
    for low, size in ((0, 2), (1, 3)):
        ends = [(box[low] - box[size] / 2, box[low] + box[size] / 2) for box in (a, b)]
        shared *= max(0.0, min(e[1] for e in ends) - max(e[0] for e in ends))
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


@pytest.mark.parametrize("per_class", [False, True])
@pytest.mark.parametrize("given", [{}, {"iou": 0.7}, {"least": 0.8}, {"least": 2.0}])
def test_boxes_are_those_that_no_better_one_covers(tmp_path, per_class, given):
    scores, boxes = RNG.uniform(size=(30, 3)), RNG.uniform(0.2, 0.6, size=(30, 4))
    executor = read(detector(30, 3, per_class=per_class), tmp_path)
    fed = {name: np.float64(value) for name, value in given.items()}
    found = executor.run({"s": scores, "b": boxes, **fed})
    rows = kept(
        scores, boxes, iou=given.get("iou", 0.3), least=given.get("least", 0.4), per_class=per_class
    )
    assert len(rows) > 1 or given == {"least": 2.0}
    np.testing.assert_allclose(found["boxes"], boxes[rows].reshape(-1, 4), rtol=1e-6)
    np.testing.assert_allclose(found["conf"], scores[rows].reshape(-1, 3), rtol=1e-6)


@pytest.mark.parametrize(("rows", "expected"), [((5, 5), 5), ((2, 40), 2), ((0, -1), 0)])
def test_described_rows_are_filled_with_zeros(tmp_path, rows, expected):
    scores, boxes = RNG.uniform(size=(30, 3)), RNG.uniform(0.2, 0.6, size=(30, 4))
    executor = read(detector(30, 3, rows=rows), tmp_path)
    found = executor.run({"s": scores, "b": boxes, "least": np.float64(2)})
    assert found["conf"].shape == (expected, 3)
    assert found["boxes"].shape == (expected, 4)
    assert not found["conf"].any()


def no_scores(made):
    made.nonMaximumSuppression.confidenceInputFeatureName = "gone"


def one_number(made):
    made.description.input[1].type.doubleType.SetInParent()


@pytest.mark.parametrize(
    ("change", "words"),
    [(no_scores, 'takes "gone", its inputs are'), (one_number, 'takes "b" of rank 0')],
)
def test_a_detector_that_does_not_fit_is_refused(tmp_path, change, words):
    made = detector(30, 3)
    change(made)
    with pytest.raises(PackageError, match=words):
        read(made, tmp_path)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (normalizer(0)[0], "divides by the maximum"),
        (model({"x": [3], "z": [3]}, {"y": [3]}), r"has inputs \['x', 'z'\], expected one"),
    ],
)
def test_what_is_not_known_is_refused(tmp_path, made, words):
    if made.WhichOneof("Type") is None:
        made.scaler.SetInParent()
    with pytest.raises(PackageError, match=words):
        read(made, tmp_path)


@pytest.mark.parametrize(
    "kind", ["glmRegressor", "treeEnsembleClassifier", "customModel", "classConfidenceThresholding"]
)
def test_other_kinds_are_refused_by_name(tmp_path, kind):
    made = model({"x": [3]}, {"y": [3]})
    getattr(made, kind).SetInParent()
    with pytest.raises(PackageError, match=f"holds a {kind} model. Give an ML Program"):
        read(made, tmp_path)
