"""A package around a model file: the reader and coremltools open it, the model is unchanged."""

import coremltools as ct
from coremltools.models import datatypes
from coremltools.models.neural_network import NeuralNetworkBuilder
from coremltools.models.utils import save_spec

from poseconvert.mil import read_package
from poseconvert.stages.package_around import write_package_around


def test_both_readers_find_the_model_in_it(tmp_path):
    builder = NeuralNetworkBuilder([("x", datatypes.Array(3))], [("y", datatypes.Array(3))])
    builder.add_activation("same", "LINEAR", "x", "y", params=[2.0, 0.0])
    path, place = tmp_path / "old.mlmodel", tmp_path / "old.mlpackage"
    save_spec(builder.spec, str(path))
    write_package_around(path, place)
    assert read_package(place).format == "NeuralNetwork"
    assert ct.utils.load_spec(str(place)) == ct.utils.load_spec(str(path))
    held = next(place.rglob("*.mlmodel"))
    assert held.read_bytes() == path.read_bytes()
