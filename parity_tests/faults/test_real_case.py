"""PoseNet's PyTorch port at 224 against the graph its authors published: padding, found by name.

The port pads layers of stride 2 by one on either side, TensorFlow an even side behind only; at
sizes of 16k+1 the two are the same. The checkpoint converted by its keys is padded as TensorFlow
does, and held.
"""

import numpy as np
import onnxruntime
import pytest
import torch
from examine import silent

from poseconvert.conversion.golden import Goldens, write_goldens
from poseconvert.imaging.picture import read_picture
from poseconvert.imaging.preprocessing import Preprocessing, input_picture
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.chain.conversion import open_conversion
from poseconvert.pipeline.chain.recorded import read_recorded
from poseconvert.pipeline.convert.convert import ConvertOptions, convert
from poseconvert.pipeline.diagnose.diagnose import diagnose
from poseconvert.pipeline.diff.diff import measure

SIZE = 224
NAMES = {
    "heatmap": "heatmaps", "offset": "short_offsets",
    "displacement_fwd": "displacement_fwd", "displacement_bwd": "displacement_bwd",
}  # fmt: skip


def published(assets, picture):
    """What the published graph says: NHWC in -1..1, heatmaps are logits."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        assets / "models" / "bodypix_mnv1_x050_s16.onnx", options,
        providers=["CPUExecutionProvider"],
    )  # fmt: skip
    pixels = input_picture(read_picture(picture), Preprocessing(SIZE, SIZE))[0]
    values = session.run(list(NAMES.values()), {"input": pixels[None].astype("f4") / 127.5 - 1})
    outputs = {n: v.transpose(0, 3, 1, 2) for n, v in zip(NAMES, values, strict=True)}
    return pixels, outputs


def traced_port(checkpoint, path):
    """Trace the port at 224: built for 257, a network pads both sides alike at any size."""
    port = load_source(checkpoint, ModelOptions(size=257)).module
    torch.jit.trace(port, torch.zeros(1, 3, SIZE, SIZE)).save(path)
    said = ModelOptions(inputs={"image": (1, 3, SIZE, SIZE)}, output_names=tuple(NAMES))
    return path, ConvertOptions(model=said, decode="posenet")


@pytest.mark.parametrize(
    "cause",
    [
        pytest.param("padding", id="the-port"),
        pytest.param(None, id="the-checkpoint", marks=pytest.mark.slow),
    ],
)
def test_the_published_posenet_against_pytorch(cause, shared_assets, tmp_path):
    picture = shared_assets / "images" / "yogait_t_pose.jpg"
    pixels, outputs = published(shared_assets, picture)
    stored = Goldens("the published graph", (picture.stem,), (pixels[None],), outputs, {})
    (recorded := tmp_path / "recorded").mkdir()
    write_goldens(recorded, stored)
    (folder := tmp_path / "posenet").mkdir()
    model = shared_assets / "models" / "posenet_mnv1_050_rwightman_layout.pth"
    options = ConvertOptions(model=ModelOptions(size=SIZE))
    if cause:
        model, options = traced_port(model, tmp_path / "posenet_224.pt")
    convert(model, folder, target=folder, options=options, progress=silent)

    conversion, other = open_conversion(folder), read_recorded(recorded)
    measurement = measure(
        conversion, pictures=[picture], model=model, recorded=other, progress=silent
    )
    found = diagnose(
        conversion, measurement, model=model, pictures=[picture], recorded=other, progress=silent
    )

    assert [one.cause for one in found] == ([cause] if cause else [])
    assert measurement.parity.value == ("broken" if cause else "held")
    if cause:
        assert "SAME" in found[0].sentence
        assert (
            np.abs(outputs["offset"] - measurement.result.evaluations[0].outputs["offset"]).max()
            > 20
        )
