"""Networks unknown to us convert from all three forms, every stage held to the network itself."""

import json

import numpy as np
import pytest
import torch
from brought import seeded, written

from poseconvert.decoding import specs
from poseconvert.drift import Parity
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.convert.convert import ConvertOptions, convert

# Name, form, shapes of the outputs. The first of each form is in the first ring.
CASES = [
    ("hourglass", ".pt", [(1, 17, 16, 16)]),
    ("unet", ".onnx", [(1, 5, 32, 32)]),
    ("resnet", ".pt2", [(1, 10)]),
    ("mobilenet_v2", ".pt", [(1, 17, 8, 8)]),
    ("mobilenet_v3", ".onnx", [(1, 17, 8, 8)]),
    ("efficientnet", ".pt2", [(1, 17, 8, 8)]),
    ("shufflenet", ".pt", [(1, 17, 16, 16)]),
    ("vit", ".onnx", [(1, 34)]),
    ("convnext", ".pt2", [(1, 6, 8, 8)]),
    ("hrnet", ".pt", [(1, 17, 16, 16), (1, 3, 8, 8)]),
    ("gru", ".pt2", [(1, 4, 6)]),
    ("pixel_shuffle", ".onnx", [(1, 3, 32, 32)]),
]


def converted(name, form, folder, **options):
    path = written(seeded(name), folder / f"{name}{form}")
    model = ModelOptions(inputs={"image": (1, 3, 32, 32)} if form == ".pt" else {})
    target = folder / "out"
    target.mkdir()
    chosen = ConvertOptions(model=model, **options)
    return convert(path, target, target=target, options=chosen, progress=lambda step: None)


def not_held(measurement):
    return [
        (c.stage, c.candidate, c.parity.value, c.reasons[:1])
        for c in measurement.result.comparisons
        if c.parity is not Parity.HELD
    ] + [(r.route, r.parity, r.reason) for r in measurement.manifest.routes]


@pytest.mark.parametrize(
    ("name", "form", "shapes"),
    [
        pytest.param(*case, id="".join(case[:2]), marks=[pytest.mark.slow] * (place > 2))
        for place, case in enumerate(CASES)
    ],
)
def test_every_stage_is_held(name, form, shapes, tmp_path):
    measurement = converted(name, form, tmp_path)

    assert measurement.parity is Parity.HELD, not_held(measurement)
    stages = {c.stage for c in measurement.result.comparisons}
    assert {"simplified_from_onnx", "coreml_from_onnx"} <= stages
    assert ("onnx_from_torch" in stages) == (form != ".onnx")
    assert list(measurement.manifest.outputs.values()) == shapes
    for comparison in measurement.result.comparisons:
        assert comparison.parity is Parity.HELD
        assert {o.output for o in comparison.outputs} == set(measurement.manifest.outputs)
    assert not measurement.manifest.decode
    # The oracle: the eager network on the goldens' own inputs.
    evaluation = measurement.result.evaluations[-1]
    (one,) = measurement.inputs.batch[:1].tensors.values()
    with torch.no_grad():
        expected = seeded(name)(torch.from_numpy(one))
    expected = [expected] if isinstance(expected, torch.Tensor) else list(expected)
    for output, wanted in zip(measurement.manifest.outputs, expected, strict=True):
        found = evaluation.outputs[output][:1].reshape(wanted.shape)
        assert np.abs(found - wanted.numpy()).max() <= 0.02 * float(wanted.abs().max())
        assert float(wanted.std()) > 0


def test_a_preset_gives_joints_to_an_unknown_network(tmp_path):
    measurement = converted("mobilenet_v2", ".pt", tmp_path, decode="simple_baselines")

    assert measurement.parity is Parity.HELD, not_held(measurement)
    (spec,) = measurement.manifest.decode
    assert (spec.joints, spec.heatmap) == (17, "output_0")
    assert all(comparison.joints for comparison in measurement.result.comparisons)


def test_a_spec_file_gives_joints_to_an_unknown_network(tmp_path):
    shapes = {"conv2d_11": (1, 17, 8, 8)}
    made = specs("simple_baselines", input_size=(32, 32), shapes=shapes)
    path = tmp_path / "decode.json"
    path.write_text(json.dumps([spec.to_dict() for spec in made]))

    measurement = converted("mobilenet_v3", ".onnx", tmp_path, decode=str(path))

    assert measurement.parity is Parity.HELD, not_held(measurement)
    assert measurement.manifest.decode[0].stride == (4.0, 4.0)
    assert all(comparison.joints for comparison in measurement.result.comparisons)
