"""Changes to the artifacts of a conversion, as a careless tool would make them."""

import json
from pathlib import Path

import numpy as np
import onnx
from coremltools.proto import Model_pb2
from onnx import helper, numpy_helper

from poseconvert.conversion.golden import Goldens, read_goldens, write_goldens
from poseconvert.mil import read_package

PHONE = "iPhone11,2 cpuAndNeuralEngine (simulated)"


def edit_onnx(path, change):
    model = onnx.load(path)
    change(model)
    onnx.save(model, path)


def node_of(model, op_type, index=0):
    return [node for node in model.graph.node if node.op_type == op_type][index]


def set_attribute(node, name, value):
    kept = [a for a in node.attribute if a.name != name]
    del node.attribute[:]
    node.attribute.extend([*kept, helper.make_attribute(name, value)])


def each_weight(model, change):
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size > 1:
            tensor.CopyFrom(numpy_helper.from_array(change(values), tensor.name))


def edit_manifest(folder, change):
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def edit_description(package, change):
    """Edit the description of a package, its program or its interface."""
    path = next(package.rglob("*.mlmodel"))
    spec = Model_pb2.Model()
    spec.ParseFromString(path.read_bytes())
    change(spec)
    path.write_bytes(spec.SerializeToString())


def block_of(spec):
    function = spec.mlProgram.functions["main"]
    return function.block_specializations[function.opset]


def edit_package_weight(package, op_index, change):
    """Change the weight of the n-th convolution of a package; return the op's name."""
    main = read_package(package).program.main
    convs = [o for o in main.block.operations if o.type in ("conv", "conv_transpose")]
    name = convs[op_index].inputs["weight"][0]
    array = np.array(main.constants()[name].array)
    file = next(package.rglob("weight.bin"))
    stored, old = file.read_bytes(), array.tobytes()
    assert stored.count(old) == 1
    new = np.asarray(change(array.astype(np.float32))).astype(array.dtype)
    file.write_bytes(stored.replace(old, new.tobytes()))
    return convs[op_index].name


def record(folder, *, outputs=None, inputs=None, joints=None, runner=PHONE) -> Path:
    """Write what a phone would have recorded on the goldens of a conversion."""
    goldens = read_goldens(folder)
    at = folder.parent / f"{folder.name}-recorded"
    at.mkdir()
    outputs = goldens.outputs if outputs is None else outputs
    known = set(outputs) <= set(goldens.floor)
    write_goldens(
        at,
        Goldens(
            runner, goldens.names, goldens.inputs if inputs is None else (inputs,),
            outputs, {n: goldens.floor[n] for n in outputs} if known else {}, joints or {},
        ),
    )  # fmt: skip
    return at
