"""One row for everything a package is known to be wrong in: one line of text, little memory."""

import json
import shutil
import struct
import tracemalloc

import numpy as np
import pytest

from poseconvert.errors import PackageError
from poseconvert.mil import Executor, read_package

MODEL = "Data/com.apple.CoreML/model.mlmodel"
WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"


def network(mb, x):
    """A stored weight, a palette and a mask; the names are those of the weights."""
    palette = mb.constexpr_lut_to_dense(
        indices=np.full(16, 0b11_10_01_00, np.uint8),
        lut=np.arange(4, dtype=np.float32),
        shape=np.array([4, 4, 2, 2], np.uint32),
        name="palette",
    )
    sparse = mb.constexpr_sparse_to_dense(
        nonzero_data=np.ones(64, np.float32),
        mask=np.full(16, 0b10101010, np.uint8),
        shape=np.array([2, 4, 4, 4], np.uint32),
        name="sparse",
    )
    plain = np.ones((4, 3, 3, 3), np.float32)
    x = mb.conv(x=x, weight=plain, pad_type="same", name="first")
    return mb.conv(x=mb.conv(x=x, weight=palette), weight=sparse, pad_type="same", name="out")


@pytest.fixture
def package(save):
    return save(network, (1, 3, 8, 8), target="iOS16")


def truncate(file, size):
    return lambda path, edit: (path / file).write_bytes((path / file).read_bytes()[:size])


def overwrite(file, at, data):
    def change(path, _):
        whole = bytearray((path / file).read_bytes())
        whole[at : at + len(data)] = data
        (path / file).write_bytes(bytes(whole))

    return change


def message(change):
    """Change the model's message."""
    return lambda path, edit: edit(path, change)


def operations(model):
    return model.mlProgram.functions["main"].block_specializations["CoreML6"].operations


def op_named(model, name):
    return next(o for o in operations(model) if o.outputs[0].name == name)


def sizes_of(name, sizes):
    """State another shape in the `shape` attribute of a constexpr op."""

    def change(model):
        value = op_named(model, name).attributes["shape"]
        value.immediateValue.tensor.bytes.values = struct.pack("<4I", *sizes)

    return message(change)


def declare(name, sizes):
    """Declare another output shape, and state it as the constexpr's own."""

    def change(path, edit):
        sizes_of(name, sizes)(path, edit)

        def widen(model):
            kind = op_named(model, name).outputs[0].type.tensorType
            for dimension, size in zip(kind.dimensions, sizes, strict=True):
                dimension.constant.size = size

        edit(path, widen)

    return change


def take_input_of_later(model):
    op_named(model, "first").inputs["x"].arguments[0].name = "out"


def multiply_the_palette(path, edit):
    """Declare 2**27 elements, an eighth of the limit for all: 16 such palettes are too many."""
    blob = 2**25
    with (path / WEIGHTS).open("r+b") as file:
        start = -(-file.seek(0, 2) // 64) * 64
        file.seek(start)
        file.write(struct.pack("<IIQQQ", 0xDEADBEEF, 3, blob, start + 64, 0).ljust(64, b"\0"))
        file.truncate(start + 64 + blob)  # sparse: nothing is written

    def multiply(model):
        palette = op_named(model, "palette")
        indices = palette.attributes["indices"]
        indices.ClearField("immediateValue")
        indices.blobFileValue.fileName = "@model_path/weights/weight.bin"
        indices.blobFileValue.offset = start
        indices.type.tensorType.dimensions[0].constant.size = blob
        sizes = palette.attributes["shape"].immediateValue.tensor.bytes
        sizes.values = struct.pack("<4I", 2**27, 1, 1, 1)
        for dimension, size in zip(
            palette.outputs[0].type.tensorType.dimensions, (2**27, 1, 1, 1), strict=True
        ):
            dimension.constant.size = size
        for index in range(15):
            copy = operations(model).add()
            copy.CopyFrom(palette)
            copy.outputs[0].name = f"palette{index}"

    edit(path, multiply)


def point_to_no_model(path, _):
    manifest = json.loads((path / "Manifest.json").read_text())
    manifest["rootModelIdentifier"] = "gone"
    (path / "Manifest.json").write_text(json.dumps(manifest))


BAD = {
    "no manifest": (
        lambda path, _: (path / "Manifest.json").unlink(),
        "Manifest.json' is missing",
    ),
    "no root model": (point_to_no_model, "Manifest.json names no root model (KeyError: 'gone')"),
    "no model file": (lambda path, _: (path / MODEL).unlink(), "model.mlmodel' is missing"),
    "truncated model": (truncate(MODEL, 900), "truncated or no Core ML model"),
    "empty model": (truncate(MODEL, 0), "specification version 0"),
    "no weights": (lambda path, _: (path / WEIGHTS).unlink(), "weight.bin' is missing"),
    "empty weights": (truncate(WEIGHTS, 0), "the weight file cannot be read"),
    "truncated header": (truncate(WEIGHTS, 40), "40 bytes are too few for its 64-byte header"),
    "truncated metadata": (truncate(WEIGHTS, 100), "no blob metadata at offset 64 of 100 bytes"),
    "truncated weights": (truncate(WEIGHTS, 180), "of 180 bytes (offsets are multiples of 64"),
    "blob version": (overwrite(WEIGHTS, 4, b"\7"), "blob format version 7, expected 2"),
    "blob magic": (
        overwrite(WEIGHTS, 64, b"\0\0\0\0"),
        "magic number 0x00000000 at offset 64, expected 0xdeadbeef",
    ),
    "blob dtype": (overwrite(WEIGHTS, 68, b"\x63"), "unknown dtype code 99 at offset 64"),
    "blob size": (
        overwrite(WEIGHTS, 72, struct.pack("<Q", 2**63)),
        "claims 9223372036854775808 bytes",
    ),
    "blob offset": (
        overwrite(WEIGHTS, 80, struct.pack("<Q", 2**40)),
        "claims 16 bytes from 1099511627776",
    ),
    "another kind of model": (
        message(lambda m: m.glmRegressor.SetInParent()),
        "holds a glmRegressor model. Give an ML Program, a NeuralNetwork or a pipeline",
    ),
    "newer specification": (
        message(lambda m: setattr(m, "specificationVersion", 10)),
        "specification version 10, the reference executor reads up to 9. "
        "Convert for iOS 18 or older.",
    ),
    "unknown op": (
        message(lambda m: setattr(op_named(m, "out"), "type", "convolve")),
        "the reference executor lacks 1 of its ops in opset CoreML6: convolve.",
    ),
    "cycle": (
        message(take_input_of_later),
        'value "out" is used by op "first" (conv) before it is defined',
    ),
    "bomb of a stated shape": (
        sizes_of("palette", (2**31, 2**31, 1, 1)),
        'op "palette" (constexpr_lut_to_dense): a tensor of shape '
        "(2147483648, 2147483648, 1, 1) is refused (limit 268435456)",
    ),
    "bomb of a stated mask": (
        sizes_of("sparse", (2**30, 4, 4, 4)),
        'op "sparse" (constexpr_sparse_to_dense): a tensor of shape',
    ),
    "bomb of a declared shape": (
        declare("palette", (2**16, 2**16, 1, 1)),
        'value "palette" is fp32[65536, 65536, 1, 1], above 268,435,456 elements',
    ),
    "bomb below the limit of one tensor": (
        declare("palette", (2**14, 2**14, 1, 1)),
        "268435456 numbers of 2 bits take 67108864 bytes, not 16",
    ),
    "bomb of many tensors": (
        multiply_the_palette,
        "when decompressed (limit 4294967296)",
    ),
}


def test_the_undamaged_package_runs(package):
    out = Executor(read_package(package)).run({"x": np.ones((1, 3, 8, 8), np.float32)})
    assert out["out"].shape == (1, 2, 7, 7)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_package_is_refused_in_one_line(package, edit, name):
    damage, text = BAD[name]
    damage(package, edit)
    tracemalloc.start()
    with pytest.raises(PackageError) as refusal:
        Executor(read_package(package))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    line = str(refusal.value)
    assert text in line
    assert line.startswith(str(package))
    assert "\n" not in line
    assert line.endswith(".")
    assert peak < 2**26, f"{peak} bytes were allocated"


def test_a_copy_without_the_data_folder_is_refused(package, tmp_path):
    copy = tmp_path / "copy.mlpackage"
    copy.mkdir()
    shutil.copy(package / "Manifest.json", copy)
    with pytest.raises(PackageError, match=r"model.mlmodel' is missing. Copy the whole package"):
        read_package(copy)
