"""Old models made ML Programs: the same interface, the same numbers."""

import coremltools as ct
import numpy as np
import pytest
from coremltools.models import datatypes
from coremltools.models.neural_network import NeuralNetworkBuilder
from coremltools.models.utils import save_spec

from poseconvert.errors import StageError
from poseconvert.mil import Executor, read_package
from poseconvert.stages.coreml_options import CoreMLOptions
from poseconvert.stages.upgraded_from_network import write_upgraded

RNG = np.random.default_rng(9)


def network(folder, *, exact, picture=False, name="old"):
    shape = (1, 3, 8, 8) if exact and not picture else (3, 8, 8)
    builder = NeuralNetworkBuilder(
        [("x", datatypes.Array(*shape))],
        [("y", datatypes.Array(4, 4, 4))],
        disable_rank5_shape_mapping=exact,
    )
    builder.add_convolution(
        "conv", 3, 4, 3, 3, 2, 2, "same", 1, RNG.normal(size=(3, 3, 3, 4)), RNG.normal(size=4),
        True, input_name="x", output_name="c",
    )  # fmt: skip
    builder.add_activation("squash", "SIGMOID", "c", "y")
    if picture:
        builder.set_pre_processing_parameters(
            image_input_names=["x"], is_bgr=True, image_scale=1 / 255, red_bias=-0.4
        )
    metadata = builder.spec.description.metadata
    metadata.author, metadata.shortDescription = "somebody", "finds joints"
    metadata.userDefined["classes"] = "4"
    path = folder / f"{name}.mlmodel"
    save_spec(builder.spec, str(path))
    return path


def upgraded(path, **options):
    place = path.with_suffix(".mlpackage")
    write_upgraded(read_package(path), place, CoreMLOptions(precision="fp32", **options))
    return place


@pytest.mark.parametrize("exact", [False, True])
def test_arrays_keep_their_names_shapes_and_numbers(tmp_path, exact):
    old = read_package(network(tmp_path, exact=exact))
    new = read_package(upgraded(old.path))
    assert new.format == "ML Program"
    assert [one.name for one in (*new.inputs, *new.outputs)] == ["x", "y"]
    assert new.inputs[0].shape == old.inputs[0].shape
    x = RNG.normal(size=old.inputs[0].shape)
    expected = Executor(old).run({"x": x})["y"]
    found = Executor(new, precision="fp32").run({"x": x.astype(np.float32)})["y"]
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_pictures_keep_their_kind_and_preprocessing_and_words_go_along(tmp_path):
    old = read_package(network(tmp_path, exact=False, picture=True))
    place = upgraded(old.path)
    new = read_package(place)
    assert new.inputs == old.inputs
    assert new.inputs[0].colour_space == "BGR"
    picture = RNG.integers(0, 256, size=(8, 8, 3)).astype(np.uint8)
    expected = Executor(old).run({"x": picture})["y"]
    np.testing.assert_allclose(
        Executor(new, precision="fp32").run({"x": picture})["y"], expected, atol=1e-6
    )
    metadata = ct.utils.load_spec(str(place)).description.metadata
    assert (metadata.author, metadata.shortDescription) == ("somebody", "finds joints")
    assert metadata.userDefined["classes"] == "4"


def test_a_program_is_not_upgraded(tmp_path):
    place = upgraded(network(tmp_path, exact=True))
    with pytest.raises(StageError, match="is an ML Program already"):
        write_upgraded(read_package(place), tmp_path / "again.mlpackage", CoreMLOptions())


def test_a_classifier_is_refused(tmp_path):
    builder = NeuralNetworkBuilder(
        [("x", datatypes.Array(3))], [("p", datatypes.Array(3))], mode="classifier"
    )
    builder.add_activation("same", "LINEAR", "x", "p", params=[1.0, 0.0])
    builder.set_class_labels(["a", "b", "c"])
    path = tmp_path / "classes.mlmodel"
    save_spec(builder.spec, str(path))
    with pytest.raises(StageError, match="is a classifier, which is not upgraded yet"):
        upgraded(path)


def test_flow_of_control_is_refused(tmp_path):
    builder = NeuralNetworkBuilder(
        [("x", datatypes.Array(3)), ("c", datatypes.Array(1))],
        [("y", datatypes.Array(3))],
        disable_rank5_shape_mapping=True,
    )
    builder.add_copy("start", "x", "y0")
    branch = builder.add_branch("branch", "c")
    for part, factor in ((branch.branch.ifBranch, 2.0), (branch.branch.elseBranch, 3.0)):
        inner = NeuralNetworkBuilder(nn_spec=part, input_features=None, output_features=None)
        inner.add_activation("inner", "LINEAR", "x", "y0", params=[factor, 0.0])
    builder.add_copy("end", "y0", "y")
    path = tmp_path / "branch.mlmodel"
    save_spec(builder.spec, str(path))
    with pytest.raises(StageError, match=r"holds op .*\(cond\), which cannot be upgraded yet"):
        upgraded(path)


@pytest.mark.parametrize(
    ("described", "given"),
    [((4, 4, 6), (4, 4, 6)), ((1, 4, 4, 6), (1, 4, 4, 6)), ((4, 6, 4), (1, 4, 4, 6))],
)
def test_axes_are_never_taken_for_others(tmp_path, described, given):
    """As many numbers in another order are not the same value: only axes of size 1 come and go."""
    builder = NeuralNetworkBuilder(
        [("x", datatypes.Array(1, 4, 4, 6))],
        [("y", datatypes.Array(*described))],
        disable_rank5_shape_mapping=True,
    )
    builder.add_activation("same", "LINEAR", "x", "y", [1.0, 0.0])
    path = tmp_path / "old.mlmodel"
    save_spec(builder.spec, str(path))
    x = RNG.normal(size=(1, 4, 4, 6)).astype(np.float32)
    old = read_package(path)
    for package, kind in ((old, np.float64), (read_package(upgraded(path)), np.float32)):
        found = Executor(package, precision="fp32").run({"x": x.astype(kind)})["y"]
        assert found.shape == given
        np.testing.assert_allclose(found, x.reshape(given), atol=1e-6)
