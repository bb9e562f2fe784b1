"""A conversion opened again runs what its manifest promises, and nothing else."""

import onnx
import pytest

from poseconvert.conversion.manifest import read_manifest
from poseconvert.conversion.sha256 import digest
from poseconvert.errors import RunError
from poseconvert.pipeline.chain.conversion import open_conversion


@pytest.mark.parametrize("artifact", ["model.onnx", "model.simplified.onnx"])
@pytest.mark.parametrize("inputs", [2, 14])
def test_an_artifact_of_more_inputs_than_promised_does_not_run(conversion_copy, artifact, inputs):
    """The numbers would agree, as every run repeats its one input; an app would not run at all."""
    path = conversion_copy / artifact
    known = {one.name: one.sha256 for one in read_manifest(conversion_copy).artifacts}[artifact]
    model = onnx.load(path)
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = inputs
    onnx.save(model, path)
    manifest = conversion_copy / "manifest.json"
    manifest.write_text(manifest.read_text().replace(known, digest(path)))

    link = next(one for one in open_conversion(conversion_copy).chain() if one.artifact == artifact)
    with pytest.raises(RunError, match=f"takes {inputs} inputs in one run, the manifest says 1"):
        link.open()


def test_artifacts_as_promised_run(conversion_copy):
    assert {link.open().size for link in open_conversion(conversion_copy).chain()} == {1}
