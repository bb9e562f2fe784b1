"""Pipelines: what their models compute one after the other is what the whole computes."""

import coremltools as ct
import numpy as np
import pytest
from coremltools.converters.mil import Builder as mb  # noqa: N813
from coremltools.models import datatypes
from coremltools.models.neural_network import NeuralNetworkBuilder
from coremltools.models.pipeline import Pipeline
from coremltools.proto import Model_pb2

from poseconvert.errors import PackageError
from poseconvert.mil import Executor, read_package

RNG = np.random.default_rng(5)
WEIGHT = RNG.normal(size=(3, 3, 1, 1))


def scaled(source, target, factor, *, shape=(3, 4, 4), image=False):
    """A network that multiplies; each of its blobs has a name that others use too."""
    builder = NeuralNetworkBuilder(
        [(source, datatypes.Array(*shape))], [(target, datatypes.Array(*shape))]
    )
    builder.add_activation("same", "LINEAR", source, "same", params=[factor, 0.0])
    builder.add_activation("last", "LINEAR", "same", target, params=[1.0, 0.0])
    if image:
        builder.set_pre_processing_parameters(image_input_names=[source])
    return builder.spec


def pipeline(*specs, inputs=None, outputs=None):
    made = Model_pb2.Model(specificationVersion=7)
    for spec in specs:
        made.pipeline.models.add().CopyFrom(spec)
    made.description.input.extend(inputs or specs[0].description.input)
    made.description.output.extend(outputs or specs[-1].description.output)
    return made


def read(made, folder):
    path = folder / "pipe.mlmodel"
    path.write_bytes(made.SerializeToString())
    return Executor(read_package(path))


def test_networks_one_after_the_other(tmp_path):
    x = RNG.normal(size=(3, 4, 4))
    executor = read(pipeline(scaled("x", "h", 2.0), scaled("h", "y", 3.0)), tmp_path)
    found = executor.run({"x": x})["y"]
    assert found.shape == x.shape
    np.testing.assert_allclose(found, 6 * x, rtol=1e-5)


def test_a_name_may_be_given_again_and_a_pipeline_lie_in_another(tmp_path):
    inner = pipeline(scaled("x", "h", 2.0), scaled("h", "y", 3.0))
    made = pipeline(inner, scaled("y", "z", 5.0), scaled("z", "y", 1.0))
    x = RNG.normal(size=(3, 4, 4))
    np.testing.assert_allclose(read(made, tmp_path).run({"x": x})["y"], 30 * x, rtol=1e-5)


def test_pictures_are_handed_on_in_the_order_of_channels_that_is_read(tmp_path):
    first, second = scaled("x", "h", 0.5, image=True), scaled("h", "y", 1.0, image=True)
    for feature, space in (
        (first.description.input[0], 30),
        (first.description.output[0], 30),
        (second.description.input[0], 20),
    ):
        image = feature.type.imageType
        image.width, image.height, image.colorSpace = 4, 4, space
    picture = RNG.integers(0, 256, size=(4, 4, 3)).astype(np.uint8)
    found = read(pipeline(first, second), tmp_path).run({"x": picture})["y"]
    np.testing.assert_array_equal(found, np.rint(picture / 2).transpose(2, 0, 1))


def program(folder, target):
    """An ML Program of two outputs whose ops differ between opsets: scores and boxes."""

    @mb.program(input_specs=[mb.TensorSpec(shape=(6, 6))], opset_version=target)
    def main(x):
        scores = mb.slice_by_index(x=x, begin=[0, 0], end=[6, 2], name="scores")
        indices = np.array([2, 3, 4, 5], np.int32)
        return scores, mb.gather(x=x, indices=indices, axis=1, name="boxes")

    made = ct.convert(
        main,
        convert_to="mlprogram",
        minimum_deployment_target=target,
        compute_precision=ct.precision.FLOAT32,
    )
    return made.get_spec()


def suppression():
    made = Model_pb2.Model(specificationVersion=5)
    for name, columns in (("scores", 2), ("boxes", 4)):
        array = made.description.input.add(name=name).type.multiArrayType
        array.dataType = 65568
        array.shape.extend([6, columns])
    for name in ("confidence", "coordinates"):
        made.description.output.add(name=name).type.multiArrayType.dataType = 65568
    own = made.nonMaximumSuppression
    own.confidenceInputFeatureName, own.coordinatesInputFeatureName = "scores", "boxes"
    own.confidenceOutputFeatureName, own.coordinatesOutputFeatureName = "confidence", "coordinates"
    own.iouThreshold, own.confidenceThreshold = 1.0, 0.5
    return made


@pytest.mark.parametrize("target", [ct.target.iOS15, ct.target.iOS18], ids=["iOS15", "iOS18"])
def test_every_model_keeps_the_ops_of_its_own_opset(tmp_path, target):
    x = RNG.uniform(size=(6, 6)).astype(np.float32)
    made = pipeline(program(tmp_path, target), suppression())
    made.specificationVersion = 9
    found = read(made, tmp_path).run({"x": x})
    best = x[:, :2].max(axis=1)
    rows = [at for at in np.argsort(-best) if best[at] >= 0.5]
    np.testing.assert_array_equal(found["coordinates"], x[rows, 2:])
    np.testing.assert_array_equal(found["confidence"], x[rows, :2])


def test_what_coremltools_writes(tmp_path):
    features = [("x", datatypes.Array(3, 4, 4))]
    whole = Pipeline(features, [("y", datatypes.Array(3, 4, 4))])
    whole.add_model(scaled("x", "h", 2.0))
    whole.add_model(scaled("h", "y", 3.0))
    x = RNG.normal(size=(3, 4, 4))
    np.testing.assert_allclose(read(whole.spec, tmp_path).run({"x": x})["y"], 6 * x, rtol=1e-5)


def own_input():
    return pipeline(scaled("x", "h", 1.0), scaled("h", "x", 2.0))


def cycle():
    return pipeline(
        scaled("z", "h", 1.0), scaled("h", "z", 1.0), inputs=scaled("x", "y", 1.0).description.input
    )


def nested(levels):
    made = pipeline(scaled("x", "y", 1.0))
    for _ in range(levels):
        made = pipeline(made)
    return made


def no_output():
    return pipeline(scaled("x", "h", 1.0), outputs=scaled("x", "y", 1.0).description.output)


def picture_of_an_array():
    second = scaled("h", "y", 1.0, image=True)
    image = second.description.input[0].type.imageType
    image.width, image.height, image.colorSpace = 4, 4, 20
    return pipeline(scaled("x", "h", 1.0), second)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (own_input(), 'gives as "x" another value than its input of that name'),
        (cycle(), 'model 0 of its pipeline reads "z", which nothing gives before it'),
        (nested(20), "nests pipelines in more than 16 levels"),
        (no_output(), 'describes an output "y" that no model of its pipeline gives'),
        (picture_of_an_array(), 'reads "h" as image 4x4 RGB, it is given fp'),
        (Model_pb2.Model(specificationVersion=5, pipeline={}), "holds a pipeline of no models"),
    ],
    ids=["own input", "cycle", "nested", "output", "picture", "empty"],
)
def test_what_cannot_be_joined_is_refused(tmp_path, made, words):
    with pytest.raises(PackageError, match=words):
        read(made, tmp_path)
