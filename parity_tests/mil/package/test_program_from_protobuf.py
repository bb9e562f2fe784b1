"""Models that the reader or the translator refuses, each by a change of one field."""

import pytest


def blob_value(model):
    for operation in model.mlProgram.functions["main"].block_specializations["CoreML5"].operations:
        value = operation.attributes["val"]
        if value.WhichOneof("value") == "blobFileValue":
            return value
    raise AssertionError("no blob value")


def set_blob_name(name):
    return lambda m: setattr(blob_value(m).blobFileValue, "fileName", name)


def first_constant(model):
    main = model.mlProgram.functions["main"].block_specializations["CoreML5"]
    return next(o for o in main.operations if o.attributes["val"].type.tensorType.dataType == 23)


def make_state(model):
    model.mlProgram.functions["main"].inputs[0].type.stateType.wrappedType.tensorType.rank = 0


def make_tuple(model):
    model.mlProgram.functions["main"].inputs[0].type.tupleType.SetInParent()


def drop_opset_block(model):
    del model.mlProgram.functions["main"].block_specializations["CoreML5"]


REFUSALS = {
    "newer": (lambda m: setattr(m, "specificationVersion", 10), "specification version 10, the"),
    "network": (
        lambda m: m.neuralNetwork.SetInParent(),
        "that no layer computes",
    ),
    "classifier": (lambda m: m.neuralNetworkClassifier.SetInParent(), "that no layer computes"),
    "pipeline": (lambda m: m.pipeline.SetInParent(), "holds a pipeline of no models"),
    "other": (lambda m: m.glmRegressor.SetInParent(), "holds a glmRegressor model"),
    "nothing": (lambda m: m.ClearField("mlProgram"), "holds no model"),
    "functions": (
        lambda m: m.description.functions.add(name="f"),
        'no function "main". Choose from f.',
    ),
    "version": (lambda m: setattr(m.mlProgram, "version", 2), "ML Program version 2"),
    "no main": (lambda m: m.mlProgram.functions.clear(), "no function named main"),
    "no block": (drop_opset_block, "no block for its opset CoreML5"),
    "opset": (
        lambda m: setattr(m.mlProgram.functions["main"], "opset", "CoreML99"),
        'opset "CoreML99", expected one of CoreML5',
    ),
    "state of nothing": (make_state, 'value "x" has dtype code 0, not supported yet'),
    "tuple": (make_tuple, 'value "x" has a tupleType, not supported yet'),
    "sequence": (
        lambda m: m.description.input[0].type.sequenceType.SetInParent(),
        "is a sequenceType",
    ),
    "no colour": (
        lambda m: m.description.input[0].type.imageType.SetInParent(),
        "no known colour space",
    ),
    "no dtype": (
        lambda m: setattr(m.description.input[0].type.multiArrayType, "dataType", 0),
        "no known dtype",
    ),
    "blob elsewhere": (set_blob_name("/etc/passwd"), 'lies in "/etc/passwd", outside @model_path/'),
    "blob above": (set_blob_name("@model_path/../../../../x"), "leads out of the package"),
    "blob gone": (set_blob_name("@model_path/weights/gone.bin"), "gone.bin' is missing"),
    "blob offset": (
        lambda m: setattr(blob_value(m).blobFileValue, "offset", 2**50),
        "no blob metadata at offset",
    ),
    "blob dtype": (
        lambda m: setattr(blob_value(m).type.tensorType, "dataType", 10),
        "but its blob is fp32",
    ),
    "blob shape": (
        lambda m: setattr(blob_value(m).type.tensorType.dimensions[0].constant, "size", 5),
        "fp32[5, 3, 3, 3] but holds 108 elements",
    ),
    "huge shape": (
        lambda m: setattr(blob_value(m).type.tensorType.dimensions[0].constant, "size", 2**62),
        "above 268,435,456 elements",
    ),
    "rank": (
        lambda m: setattr(blob_value(m).type.tensorType, "rank", 3),
        "has rank 3 and 4 dimensions",
    ),
    "dtype": (lambda m: setattr(blob_value(m).type.tensorType, "dataType", 40), "dtype code 40"),
    "no value": (lambda m: blob_value(m).ClearField("blobFileValue"), "holds no tensor"),
    "other field": (
        lambda m: first_constant(m).attributes["val"].immediateValue.tensor.floats.values.append(1),
        "but is stored as floats",
    ),
    "count": (
        lambda m: first_constant(m).attributes["val"].immediateValue.tensor.ints.values.append(1),
        "elements",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_the_executor_cannot_run_is_refused_by_name(package, edit, name, refusal):
    change, text = REFUSALS[name]
    assert text in refusal(edit(package, change))
