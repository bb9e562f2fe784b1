"""Every row of the catalogue of drift: how to plant it, and what must be said of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import patch

import networks
import numpy as np
import torch
from editing import (
    block_of,
    each_weight,
    edit_description,
    edit_manifest,
    edit_onnx,
    edit_package_weight,
    node_of,
    record,
    set_attribute,
)
from onnx import helper, numpy_helper
from PIL import Image

from poseconvert.conversion.golden import Goldens, read_goldens, write_goldens
from poseconvert.conversion.manifest import read_manifest
from poseconvert.decoding import decode
from poseconvert.graph.reader import read_onnx
from poseconvert.imaging.preprocessing import Preprocessing, input_picture
from poseconvert.pipeline.chain.wants import scaling_of_graph
from poseconvert.pipeline.diagnose.hypothesis import on_axis
from poseconvert.pipeline.diagnose.inputs import Normalization
from poseconvert.runners.onnx import OnnxRunner
from poseconvert.runners.runner import Batch

HELD, REFUSED = "held", "refused"


@dataclass(frozen=True)
class Planted:
    """What the examination needs besides the folder.

    Attributes
    ----------
    recorded : folder of recorded outputs.
    pictures : pictures to measure on instead of the goldens.
    op : the op at fault, where only planting tells its name.
    during : what must be in force while it is measured.
    """

    recorded: Path | None = None
    pictures: tuple[Path, ...] = ()
    op: str = ""
    during: AbstractContextManager = field(default_factory=nullcontext)


@dataclass(frozen=True)
class Fault:
    """One row: where it is planted, and the diagnosis and op that must be named."""

    row: int
    title: str
    base: str
    plant: Callable[[Path], Planted]
    cause: str
    op: str = ""
    verdict: str = "broken"

    @property
    def id(self):
        return f"{self.row:02d}-{self.title.replace(' ', '-')}"


def edited(artifact, change):
    def plant(folder):
        edit_onnx(folder / artifact, change)
        return Planted()

    return plant


def model_onnx(change):
    return edited("model.onnx", change)


def simplified(change):
    return edited("model.simplified.onnx", change)


def attribute(op_type, name, value):
    return lambda model: set_attribute(node_of(model, op_type), name, value)


# ---- export ----


def export_in_training(folder):
    networks.zoo_onnx(folder / "model.onnx", training=True)
    edit_onnx(folder / "model.onnx", lambda m: _rename_output(m, "map", "output_0"))
    return Planted()


def _rename_output(model, old, new):
    for node in model.graph.node:
        for index, name in enumerate(node.output):
            if name == old:
                node.output[index] = new
    for value in model.graph.output:
        if value.name == old:
            value.name = new


def bake(model):
    """Replace an inner value by a constant, as if it had been recorded."""
    clip = node_of(model, "Clip")
    name = clip.output[0]
    shape = (1, 8, 16, 16)
    model.graph.node.remove(clip)
    values = np.linspace(0, 6, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    model.graph.initializer.append(numpy_helper.from_array(values, name))


def lose_bounds(model):
    clip = node_of(model, "Clip")
    model.graph.initializer.append(numpy_helper.from_array(np.float32(13), "thirteen"))
    clip.input[2] = "thirteen"


def crop_other_side(model):
    node = node_of(model, "ConvTranspose")
    set_attribute(node, "pads", [0, 0, 1, 1])
    set_attribute(node, "output_padding", [0, 0])


# ---- simplify ----


def fold_with(epsilon):
    def change(folder):
        zoo = networks.Zoo()
        std = torch.sqrt(zoo.norm.running_var + epsilon)
        factor = (zoo.norm.weight / std).detach()
        weight = (zoo.conv.weight.detach() * factor[:, None, None, None]).numpy()
        bias = (zoo.conv.bias.detach() - zoo.norm.running_mean) * factor + zoo.norm.bias.detach()

        def fold(model):
            conv = node_of(model, "Conv")
            for name, values in zip(conv.input[1:], (weight, bias.numpy()), strict=True):
                tensor = next(t for t in model.graph.initializer if t.name == name)
                tensor.CopyFrom(numpy_helper.from_array(values.astype("f4"), name))

        edit_onnx(folder / "model.simplified.onnx", fold)
        return Planted()

    return change


def drop_clip(model):
    clip = node_of(model, "Clip")
    reader = next(n for n in model.graph.node if clip.output[0] in n.input)
    reader.input[0] = clip.input[0]
    model.graph.node.remove(clip)


# ---- reference ----


def lying_runtime(folder):
    honest = OnnxRunner.run

    def run(self, batch):
        outputs = honest(self, batch)
        return {name: values + 0.2 * np.ptp(values) for name, values in outputs.items()}

    return Planted(during=patch.object(OnnxRunner, "run", run))


def other_summation(folder):
    """Another order of summation in the reference: noise, not a fault."""

    class Other:
        def __enter__(self):
            self.threads = torch.get_num_threads()
            torch.set_num_threads(2)
            self.flags = torch.backends.mkldnn.flags(enabled=False)
            self.flags.__enter__()

        def __exit__(self, *error):
            self.flags.__exit__(*error)
            torch.set_num_threads(self.threads)

    pictures = (_picture(folder, "noise", size=(90, 70)),)
    return Planted(pictures=pictures, during=Other())


# ---- convert ----


def wrong_pass(folder):
    """A pass that turned an addition of the program into something else."""

    def change(spec):
        for operation in block_of(spec).operations:
            if operation.type == "avg_pool":
                operation.type = "max_pool"
                del operation.inputs["exclude_padding_from_average"]
                return
        raise AssertionError("no average pool")

    edit_description(folder / "model.mlpackage", change)
    return Planted()


def compress(folder):
    def two_bits(values):
        levels = np.quantile(values, [0.1, 0.4, 0.6, 0.9])
        return levels[np.abs(values[..., None] - levels).argmin(-1)]

    return Planted(op=edit_package_weight(folder / "model.mlpackage", 3, two_bits))


def half_outputs(folder):
    def change(spec):
        for output in spec.description.output:
            output.type.multiArrayType.dataType = 65552  # FLOAT16

    edit_description(folder / "model.mlpackage", change)
    return Planted()


# ---- input and output ----


def fed(change):
    """An app that feeds something else than the stored bytes, and does not know."""

    def plant(folder):
        runner = OnnxRunner(folder / "model.simplified.onnx")
        batch = read_goldens(folder).inputs[0].transpose(0, 3, 1, 2).astype(np.float32)
        inside = scaling_of_graph(read_onnx(folder / "model.simplified.onnx"))
        known = Normalization(on_axis(inside.scale), on_axis(inside.bias))
        given = np.ascontiguousarray(change(batch, known), np.float32)
        return Planted(
            record(
                folder,
                outputs=runner.run(Batch(dict.fromkeys(read_manifest(folder).inputs, given))),
            )
        )

    return plant


def seen(wrong):
    return lambda x, n: (wrong(x, n) - n.bias) / n.scale


def one_std(folder):
    """A network with a std per channel, fed with their mean for all."""

    def mean_std(x, n):
        scale = 3 / (1 / n.scale).sum()
        return x * scale + n.bias / n.scale * scale

    return fed(seen(mean_std))(folder)


def blue_first(folder):
    def change(spec):
        spec.description.input[0].type.imageType.colorSpace = 30  # BGR

    edit_description(folder / "model.mlpackage", change)
    return Planted()


def _picture(folder, name, size):
    generator = np.random.default_rng(11)
    coarse = generator.integers(0, 255, (6, 8, 3), dtype=np.uint8)
    path = folder.parent / f"{name}.png"
    Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(path)
    return path


def other_stride(folder):
    def change(content):
        for spec in content["decode"]:
            spec["stride"] = [8 for _ in spec["stride"]]

    edit_manifest(folder, change)
    return Planted()


def reread(change):
    """Outputs that were read out of the phone's memory in another way."""

    def plant(folder):
        outputs = dict(read_goldens(folder).outputs)
        return Planted(record(folder, outputs={n: change(n, v) for n, v in outputs.items()}))

    return plant


def without_gaps(name, values):
    rows = values.reshape(len(values), -1, values.shape[-1])
    stride = -(-values.shape[-1] // 32) * 32
    padded = np.zeros((*rows.shape[:2], stride), np.float32)
    padded[:, :, : values.shape[-1]] = rows
    flat = padded.reshape(len(values), -1)
    return flat[:, : rows[0].size].reshape(values.shape)


def halves_as_floats(name, values):
    halves = values.astype("<f2").reshape(len(values), -1)
    half = halves.shape[1] // 2 * 2
    read = halves[:, :half].copy().view("<f4")
    out = np.zeros((len(values), values[0].size), np.float32)
    out[:, : read.shape[1]] = read
    return np.nan_to_num(out, nan=0, posinf=0, neginf=0).reshape(values.shape)


def swapped(folder):
    outputs = dict(read_goldens(folder).outputs)
    names = list(outputs)
    outputs[names[0]], outputs[names[1]] = outputs[names[1]], outputs[names[0]]
    return Planted(record(folder, outputs=outputs))


def decoded_otherwise(**wrong):
    def plant(folder):
        outputs = dict(read_goldens(folder).outputs)
        joints = {}
        for spec in read_manifest(folder).decode:
            changed = {k: v(spec) if callable(v) else v for k, v in wrong.items()}
            other = replace(spec, **changed)
            joints["3d" if spec.dims == 3 else "2d"] = decode(outputs, other).position
        return Planted(record(folder, joints=joints))

    return plant


def garbage(folder):
    generator = np.random.default_rng(1)
    outputs = {
        name: (values + generator.standard_normal(values.shape) * values.std()).astype("f4")
        for name, values in read_goldens(folder).outputs.items()
    }
    return Planted(record(folder, outputs=outputs))


def same(folder):
    return Planted()


def another_framework(change):
    """Outputs recorded elsewhere, of the same weights under another convention."""

    def plant(folder):
        other = folder.parent / "other.onnx"
        shutil.copy(folder / "model.simplified.onnx", other)
        edit_onnx(other, change)
        inputs = read_goldens(folder).inputs[0].transpose(0, 3, 1, 2).astype(np.float32)
        outputs = OnnxRunner(other).run(Batch(dict.fromkeys(read_manifest(folder).inputs, inputs)))
        return Planted(record(folder, outputs=outputs, runner="another framework (simulated)"))

    return plant


def same_padding(model):
    for node in model.graph.node:
        strides = [list(a.ints) for a in node.attribute if a.name == "strides"]
        if node.op_type in ("Conv", "AveragePool") and strides and max(strides[0]) > 1:
            kept = [a for a in node.attribute if a.name not in ("pads", "auto_pad")]
            del node.attribute[:]
            node.attribute.extend([*kept, helper.make_attribute("auto_pad", "SAME_UPPER")])
    del model.graph.value_info[:]


def package_bounds(folder):
    def change(spec):
        for operation in block_of(spec).operations:
            if operation.type == "clip":
                operation.type = "relu"
                for name in ("alpha", "beta"):
                    del operation.inputs[name]
                return
        raise AssertionError("no clip")

    edit_description(folder / "model.mlpackage", change)
    return Planted()


def aliased(model):
    """Two weights of one shape, of which a de-duplication kept one."""
    shapes = {}
    for tensor in model.graph.initializer:
        shapes.setdefault((tuple(tensor.dims), tensor.data_type), []).append(tensor)
    first, second = next(v for k, v in shapes.items() if len(v) > 1 and len(k[0]) == 4)[:2]
    second.raw_data = first.raw_data


def pictured(change):
    """A picture that an app brought to the input size by itself."""

    def plant(folder):
        path = _picture(folder, "wide", size=(300, 120))
        own = next(iter(read_manifest(folder).preprocessing.values()))
        pixels = change(Image.open(path).convert("RGB"), own)
        goldens = read_goldens(folder)
        first = {name: values[:1] for name, values in goldens.outputs.items()}
        at = folder.parent / f"{folder.name}-recorded"
        at.mkdir()
        recorded = Goldens("phone (simulated)", ("wide",), (pixels[None],), first, goldens.floor)
        write_goldens(at, recorded)
        return Planted(at, (path,))

    return plant


def stretch(picture, own):
    return input_picture(picture, Preprocessing(own.width, own.height, fit="stretch"))[0]


def crop_and_bgr(picture, own):
    cropped = input_picture(picture, Preprocessing(own.width, own.height, fit="crop"))[0]
    return np.ascontiguousarray(cropped[..., ::-1])


def nearest(picture, own):
    place = input_picture(picture, own)[1]
    size = tuple(max(1, round(s * k)) for s, k in zip(picture.size, place.scale, strict=True))
    canvas = Image.new("RGB", (own.width, own.height))
    canvas.paste(picture.resize(size, Image.Resampling.NEAREST), tuple(map(round, place.shift)))
    return np.asarray(canvas)


FAULTS = (
    Fault(1, "train mode", "script", export_in_training, "train mode", "norm"),
    Fault(3, "baked constant", "script", model_onnx(bake), "baked constant", "/Clip_output_0"),
    Fault(4, "float16 source", "script",
          model_onnx(lambda m: each_weight(m, lambda v: v.astype("f2").astype("f4"))),
          "float16 weights"),
    Fault(5, "resize mode", "script",
          model_onnx(attribute("Resize", "coordinate_transformation_mode", "asymmetric")),
          "resize mode", "/up/Resize"),
    Fault(6, "average pool border", "script",
          model_onnx(attribute("AveragePool", "count_include_pad", 1)), "pooling border",
          "/pool/AveragePool"),
    Fault(7, "output padding", "script", model_onnx(crop_other_side), "output padding",
          "/expand/ConvTranspose"),
    Fault(8, "padding", "script", model_onnx(attribute("Conv", "pads", [0, 0, 2, 2])), "padding",
          "/conv/Conv"),
    Fault(8, "SAME padding elsewhere", "pose", another_framework(same_padding), "padding"),
    Fault(5, "resize mode elsewhere", "script",
          another_framework(attribute("Resize", "coordinate_transformation_mode", "asymmetric")),
          "resize mode"),
    Fault(6, "pool border elsewhere", "script",
          another_framework(attribute("AveragePool", "count_include_pad", 1)), "pooling border"),
    Fault(9, "clip bounds of the package", "script", package_bounds, "clip bounds", "Clip"),
    Fault(9, "clip bounds", "script", model_onnx(lose_bounds), "clip bounds", "/Clip"),
    Fault(10, "batch norm epsilon", "onnx", fold_with(1e-3), "batch norm epsilon", "conv"),
    Fault(11, "dropped node", "onnx", simplified(drop_clip), "op dropped", "pool"),
    Fault(11, "weights merged", "pose", simplified(aliased), "weights changed"),
    Fault(12, "lying runtime", "pose", lying_runtime, "reference runtime"),
    Fault(13, "other summation", "pose", other_summation, "", verdict=HELD),
    Fault(14, "wrong pass", "script", wrong_pass, "op converted wrongly", "pool"),
    Fault(15, "float16 overflow", "overflowing", same, "float16 overflow", "huge"),
    Fault(16, "float16 underflow", "underflowing", same, "float16 underflow", "faint"),
    Fault(17, "sigmoid plateau", "saturated", same, "sigmoid plateau"),
    Fault(18, "weights compressed", "pose", compress, "weights compressed"),
    Fault(19, "float16 output", "pose", half_outputs, "float16 output", verdict="not run"),
    Fault(20, "scale missing", "pose", fed(seen(lambda x, n: x)), "input scale"),
    Fault(20, "scale doubled", "pose", fed(lambda x, n: x * n.scale + n.bias), "input scale"),
    Fault(21, "one std", "imagenet", one_std, "one std for all channels"),
    Fault(22, "BGR fed", "pose", fed(lambda x, n: x[:, ::-1]), "channel order"),
    Fault(22, "BGR package", "pose", blue_first, "channel order"),
    Fault(23, "mean before scale", "imagenet", fed(seen(lambda x, n: (x + n.bias) * n.scale)),
          "mean before scale"),
    Fault(24, "stretched", "pose", pictured(stretch), "picture preprocessing", verdict="not run"),
    Fault(24, "cropped BGR", "pose", pictured(crop_and_bgr), "picture preprocessing",
          verdict="not run"),
    Fault(24, "nearest", "pose", pictured(nearest), "picture preprocessing", verdict="not run"),
    Fault(25, "decoder stride", "pose", other_stride, "Correct the stride", verdict=REFUSED),
    Fault(26, "padded rows", "pose", reread(without_gaps), "padded rows"),
    Fault(27, "float16 read as float32", "pose", reread(halves_as_floats),
          "float16 read as float32"),
    Fault(28, "outputs swapped", "pose", swapped, "output names", verdict="not run"),
    Fault(28, "twins swapped", "twins", swapped, "output names"),
    Fault(28, "rows and columns", "pose", reread(lambda n, v: v.swapaxes(2, 3)), "axis order"),
    Fault(20, "picture mirrored", "pose", fed(lambda x, n: x[..., ::-1]), "picture turned"),
    Fault(29, "offsets y first", "pose",
          decoded_otherwise(offset_order=lambda spec: spec.offset_order[::-1]), "decoder"),
    Fault(29, "offset unit", "pose", decoded_otherwise(offset_unit="pixel"), "decoder"),
    Fault(29, "cell centre", "pose",
          decoded_otherwise(centre=lambda spec: 0.5 - spec.centre), "decoder"),
    Fault(30, "neural engine wrong", "pose", garbage, "outside the package"),
)  # fmt: skip
