"""Networks of several inputs, and of several pictures in one run, through the whole chain."""

import numpy as np
import onnx
import pytest
import torch
from PIL import Image
from torch import nn

from poseconvert.conversion.golden import read_goldens
from poseconvert.drift import Parity
from poseconvert.errors import ConversionError, GraphError, ModelError, RunError, StageError
from poseconvert.mil import read_package
from poseconvert.mil.package.features import ArrayFeature, ImageFeature
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.chain.conversion import open_conversion
from poseconvert.pipeline.chain.inputs import golden_inputs
from poseconvert.pipeline.convert.convert import ConvertOptions, convert
from poseconvert.pipeline.diff.diff import measure
from poseconvert.pipeline.localise.localise import localise
from poseconvert.runners.runner import Batch, leading, run_each

PICTURE = (1, 3, 24, 32)
FRAMES = {"now": PICTURE, "before": PICTURE, "earlier": PICTURE}


def silent(step):
    pass


class ThreeFrames(nn.Module):
    """A stem for each of three frames, then one head."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.now, self.before, self.earlier = (nn.Conv2d(3, 4, 3, 2, 1) for _ in range(3))
        self.head = nn.Conv2d(12, 5, 1)

    def forward(self, now, before, earlier):
        stems = self.now(now / 255), self.before(before / 255), self.earlier(earlier / 255)
        return self.head(torch.relu(torch.cat(stems, 1)))


class PictureAndState(nn.Module):
    """A picture and what is remembered of the ones before it."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.stem, self.mix = nn.Conv2d(3, 4, 3, 2, 1), nn.Linear(6, 4)

    def forward(self, image, past):
        seen = torch.relu(self.stem(image / 255))
        return seen + self.mix(past)[:, :, None, None], torch.tanh(self.mix(past))


def converted(tmp_path, network, inputs, *, form="scripted", outputs=("map",), **options):
    module = network.eval()
    if form == "scripted":
        path, said = tmp_path / "net.pt", ModelOptions(inputs=inputs, output_names=outputs)
        torch.jit.script(module).save(path)
    elif form == "exported":
        path, said = tmp_path / "net.pt2", ModelOptions(output_names=outputs)
        torch.export.save(
            torch.export.export(module, tuple(map(torch.zeros, inputs.values()))), path
        )
    else:
        path, said = tmp_path / "net.onnx", ModelOptions()
        torch.onnx.export(
            module, tuple(map(torch.zeros, inputs.values())), path, dynamo=True, verbose=False,
            input_names=list(inputs), output_names=list(outputs), external_data=False,
        )  # fmt: skip
    (folder := tmp_path / "out").mkdir()
    return path, convert(
        path,
        folder,
        target=folder,
        options=ConvertOptions(model=said, **options),
        progress=silent,
    )


@pytest.mark.parametrize("form", ["scripted", "exported", "onnx"])
def test_three_frames_are_three_images_and_parity_is_held(form, tmp_path):
    _, measurement = converted(tmp_path, ThreeFrames(), FRAMES, form=form)

    assert measurement.parity is Parity.HELD
    assert measurement.manifest.inputs == FRAMES
    assert measurement.manifest.images == tuple(FRAMES)
    package = read_package(tmp_path / "out" / "model.mlpackage")
    assert [(one.name, type(one)) for one in package.inputs] == [
        (name, ImageFeature) for name in FRAMES
    ]


def test_the_reference_saw_every_frame_in_its_place(tmp_path):
    """The oracle: the network itself, called with the stored pictures in order."""
    converted(tmp_path, ThreeFrames(), FRAMES)
    goldens = read_goldens(tmp_path / "out")
    tensors = [torch.from_numpy(one.transpose(0, 3, 1, 2)).float() for one in goldens.inputs]

    with torch.inference_mode():
        expected = ThreeFrames().eval()(*tensors).numpy()

    np.testing.assert_allclose(goldens.outputs["map"], expected, rtol=0, atol=1e-5)
    now, before, _ = goldens.inputs
    assert (now != before).any(axis=(1, 2, 3)).all(), "two frames are one picture"


def test_frames_in_another_order_are_seen(tmp_path):
    """A conversion that mixed up two of its inputs: their stems change places."""
    path, _ = converted(tmp_path, ThreeFrames(), FRAMES)
    simplified = tmp_path / "out" / "model.simplified.onnx"
    model = onnx.load(simplified)
    swapped = {"now": "before", "before": "now"}
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            node.input[index] = swapped.get(name, name)
    onnx.save(model, simplified)

    conversion = open_conversion(tmp_path / "out", allow_edited=True)
    measurement = measure(conversion, pictures=[], model=path, progress=silent)

    parities = {c.stage: c.parity for c in measurement.result.comparisons}
    assert parities["simplified_from_onnx"] is Parity.BROKEN


def test_pictures_are_the_frames_of_a_video(tmp_path):
    path, _ = converted(tmp_path, ThreeFrames(), FRAMES)
    pictures = []
    for shade in (10, 60, 110):
        pictures.append(tmp_path / f"frame{shade}.png")
        Image.new("RGB", (32, 24), (shade,) * 3).save(pictures[-1])

    measurement = measure(
        open_conversion(tmp_path / "out"), pictures=pictures, model=path, progress=silent
    )

    shades = {name: [int(one.max()) for one in v] for name, v in measurement.inputs.values.items()}
    assert shades == {"now": [10, 60, 110], "before": [10, 10, 60], "earlier": [10, 10, 10]}
    assert measurement.parity is Parity.HELD


def test_every_op_is_measured_on_all_inputs(tmp_path):
    converted(tmp_path, ThreeFrames(), FRAMES)
    conversion = open_conversion(tmp_path / "out")
    inputs = golden_inputs(read_goldens(tmp_path / "out"), conversion.manifest.inputs)

    graphs = localise(conversion, inputs, progress=silent).graphs

    assert all(not graph.reason for graph in graphs)
    convs = [op for op in graphs[1].ops if op.type == "conv"]
    assert len(convs) == 4
    assert all(op.matched and op.local.relative < 1e-2 for op in convs)


def test_a_picture_and_a_tensor_are_an_image_and_an_array(tmp_path):
    inputs = {"image": PICTURE, "past": (1, 6)}
    _, measurement = converted(
        tmp_path, PictureAndState(), inputs, outputs=("map", "memory"), form="exported"
    )

    assert measurement.parity is Parity.HELD
    image, past = read_package(tmp_path / "out" / "model.mlpackage").inputs
    assert isinstance(image, ImageFeature)
    assert isinstance(past, ArrayFeature)
    assert (past.shape, past.dtype) == ((1, 6), "fp32")
    pictures, numbers = read_goldens(tmp_path / "out").inputs
    assert (pictures.dtype, numbers.dtype) == (np.uint8, np.float32)
    conversion = open_conversion(tmp_path / "out")
    with pytest.raises(ConversionError, match=r"its input past \(1, 6\) is not a picture"):
        measure(conversion, pictures=[tmp_path / "a.png"], model=None, progress=silent)


def test_a_name_that_core_ml_keeps_for_itself_is_refused(tmp_path):
    class Stateful(nn.Module):
        def forward(self, state):
            return state * 2

    with pytest.raises(StageError, match=r"inputs came out as state_workaround.*rename"):
        converted(tmp_path, Stateful(), {"state": (1, 6)})


def test_one_image_may_be_made_a_tensor(tmp_path):
    _, measurement = converted(tmp_path, ThreeFrames(), FRAMES, kinds={"before": "tensor"})

    assert measurement.manifest.images == ("now", "earlier")
    assert measurement.parity is Parity.HELD


def test_an_unknown_name_in_input_kind_is_refused(tmp_path):
    with pytest.raises(GraphError, match="--input-kind after: its inputs are now, before, earlier"):
        converted(tmp_path, ThreeFrames(), FRAMES, kinds={"after": "tensor"})


def one_picture():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1), nn.ReLU(), nn.Conv2d(6, 5, 1))


@pytest.mark.parametrize("form", ["scripted", "exported", "onnx"])
def test_several_pictures_in_one_run_answer_as_they_do_alone(form, tmp_path):
    """Six pictures in runs of four: the last run is filled, and its surplus dropped."""
    shape = {"image": (4, 3, 24, 32)}
    _, measurement = converted(tmp_path, one_picture(), shape, form=form)

    assert measurement.parity is Parity.HELD
    (feature,) = read_package(tmp_path / "out" / "model.mlpackage").inputs
    assert (feature.shape, feature.dtype) == ((4, 3, 24, 32), "fp32")
    goldens = read_goldens(tmp_path / "out")
    pictures = torch.from_numpy(goldens.inputs[0].transpose(0, 3, 1, 2)).float()
    with torch.inference_mode():
        expected = one_picture().eval()(pictures).numpy()
    assert len(expected) % 4
    span = float(np.ptp(expected))
    np.testing.assert_allclose(goldens.outputs["map"], expected, rtol=0, atol=1e-5 * span)


def test_what_looks_at_one_picture_refuses_runs_of_several(tmp_path):
    converted(tmp_path, one_picture(), {"image": (2, 3, 24, 32)})
    conversion = open_conversion(tmp_path / "out")
    inputs = golden_inputs(read_goldens(tmp_path / "out"), conversion.manifest.inputs)

    with pytest.raises(ConversionError, match="takes 2 inputs in one run, --ops looks at one"):
        localise(conversion, inputs, progress=silent)


def test_inputs_of_different_batch_sizes_are_refused(tmp_path):
    class Sum(nn.Module):
        def forward(self, a, b):
            return a.sum(0, keepdim=True) + b

    inputs = {"a": (2, 4), "b": (1, 4)}
    with pytest.raises(
        GraphError, match=r"a \(2, 4\), b \(1, 4\) do not begin with one batch size"
    ):
        converted(tmp_path, Sum(), inputs)


def test_normalisation_from_outside_knows_one_input_only(tmp_path):
    torch.jit.script(ThreeFrames().eval()).save(tmp_path / "net.pt")
    options = ConvertOptions(model=ModelOptions(inputs=FRAMES, scale=(1 / 255,) * 3))
    with pytest.raises(ModelError, match="--normalize are for one input, this takes 3"):
        convert(tmp_path / "net.pt", tmp_path, target=tmp_path, options=options, progress=silent)


def test_an_output_without_room_for_every_input_of_a_run_is_refused():
    batch = Batch({"x": np.zeros((4, 3), np.float32)})
    with pytest.raises(RunError, match=r"output y \(3,\) has no axis of 2, the inputs of one run"):
        run_each(batch, lambda one: {"y": one["x"].sum(0)}, size=2)


def test_the_inputs_of_one_run_are_the_first_size_all_shapes_share():
    assert leading([(4, 3, 8, 8), (4, 6)]) == 4
    assert leading([(4, 3), (1, 6)]) == 1
    assert leading([("batch", 3)]) == 1
    assert leading([(1, 3)]) == leading([()]) == leading([]) == 1


def test_weights_of_the_stems_differ():
    """Else the order of the frames could not be told by any test here."""
    stems = [stem.weight.detach().numpy() for stem in (ThreeFrames().now, ThreeFrames().before)]
    assert np.abs(stems[0] - stems[1]).max() > 0.1
