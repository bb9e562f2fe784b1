"""Damaged packages: whatever bytes change, only our own errors come out, in one line."""

import random
import resource
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from poseconvert.errors import PoseconvertError
from poseconvert.mil import Executor, costs, find_hazards, read_package
from poseconvert.mil.ops.control_flow import while_loop
from poseconvert.mil.package.limits import LOOP_TURNS

MODEL = "Data/com.apple.CoreML/model.mlmodel"
WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"
SHAPE = (1, 2, 8, 8)


def plain(mb, x):
    """Every op that allocates by its parameters, and a weight in the blob file."""
    ones = np.ones((4, 2, 3, 3), np.float32)
    x = mb.conv(x=x, weight=ones, pad_type="custom", pad=[1, 1, 1, 1], strides=[2, 2])
    x = mb.batch_norm(x=x, mean=ones[:, 0, 0, 0], variance=ones[:, 0, 0, 0])
    x = mb.clip(x=x, alpha=0.0, beta=6.0)
    y = mb.max_pool(x=x, kernel_sizes=[2, 2], strides=[1, 1], pad_type="same")
    x = mb.add(x=x, y=mb.avg_pool(x=y, kernel_sizes=[3, 3], pad_type="same_lower"))
    x = mb.conv_transpose(x=x, weight=ones, strides=[2, 2], pad_type="same")
    x = mb.upsample_bilinear(x=x, scale_factor_height=2, scale_factor_width=2)
    x = mb.pad(x=x, pad=[0, 0, 1, 1], mode="reflect")
    x = mb.tile(x=x, reps=[1, 2, 1, 1])
    x = mb.reshape(x=mb.concat(values=mb.split(x=x, num_splits=2, axis=1), axis=2), shape=[2, -1])
    x = mb.gather(x=x, indices=[1, 0], axis=0)
    return mb.softmax(x=mb.linear(x=x, weight=np.ones((3, x.shape[1]), np.float32)))


def packed_weights(mb, x):
    """Weights compressed for iOS 16, 8-bit activations of iOS 17."""
    affine = mb.constexpr_affine_dequantize(
        quantized_data=np.ones((4, 2, 3, 3), np.int8),
        zero_point=np.int8([0, 1, 2, 3]),
        scale=np.ones(4, np.float32),
        axis=0,
    )
    palette = mb.constexpr_lut_to_dense(
        indices=np.full(16, 0b11_10_01_00, np.uint8),
        lut=np.arange(4, dtype=np.float32),
        shape=np.array([4, 4, 2, 2], np.uint32),
    )
    sparse = mb.constexpr_sparse_to_dense(
        nonzero_data=np.ones(64, np.float32),
        mask=np.full(16, 0b10101010, np.uint8),
        shape=np.array([8, 16], np.uint32),
    )
    widened = mb.constexpr_cast(source_val=np.ones((1, 2, 8, 8), np.float16), output_dtype="fp32")
    x = mb.conv(x=mb.mul(x=x, y=widened), weight=affine, pad_type="same", strides=[2, 2])
    x = mb.quantize(input=x, scale=np.float32(0.1), zero_point=np.int8(3), output_dtype="int8")
    x = mb.dequantize(input=x, scale=np.float32(0.1), zero_point=np.int8(3))
    x = mb.conv(x=x, weight=palette, strides=[2, 2])
    return mb.linear(x=mb.reshape(x=x, shape=[1, 16]), weight=sparse)


def block_weights(mb, x):
    """Weights compressed for iOS 18: in blocks, groups, vectors, masks, and chained."""
    from coremltools.converters.mil.mil.types.type_mapping import string_to_nptype

    def narrow(dtype, shape):
        numbers = np.arange(np.prod(shape)) % (2 if dtype == "uint1" else 4)
        return numbers.reshape(shape).astype(string_to_nptype(dtype))

    scale = np.ones((2, 1, 1, 1), np.float32)
    blocked = mb.constexpr_blockwise_shift_scale(
        data=narrow("int4", (4, 2, 3, 3)), scale=scale, offset=narrow("int4", (2, 1, 1, 1))
    )
    vectors = mb.constexpr_lut_to_dense(
        indices=narrow("uint2", (2, 4, 2, 2)),
        lut=np.ones((1, 2, 1, 1, 4, 2), np.float32),
        vector_axis=0,
    )
    mask, values = mb.constexpr_sparse_blockwise_shift_scale(
        data_mask=narrow("uint1", (4, 8)),
        nonzero_data=np.ones(16, np.int8),
        scale=np.ones((2, 2), np.float32),
    )
    halves = mb.constexpr_sparse_to_dense(nonzero_data=values, mask=mask)
    mask, values = mb.constexpr_lut_to_sparse(
        indices_mask=narrow("uint1", (4, 8)),
        indices_nonzero_data=narrow("uint3", (16,)),
        lut=np.ones((1, 1, 8, 1), np.float32),
    )
    other = mb.constexpr_sparse_to_dense(nonzero_data=values, mask=mask)
    x = mb.conv(x=mb.conv(x=x, weight=blocked, strides=[2, 2]), weight=vectors)
    x = mb.reshape(x=x, shape=[2, 8])
    return mb.add(x=mb.linear(x=x, weight=halves), y=mb.linear(x=x, weight=other))


def nested_blocks(mb, x):
    """Branches, a loop and a list."""

    def body(turn, total):
        return mb.add(x=turn, y=1), mb.concat(values=[mb.relu(x=total)], axis=0)

    big = mb.greater(x=mb.reduce_max(x=x, axes=[0, 1, 2, 3], keep_dims=False), y=0.0)
    x = mb.cond(
        pred=big,
        _true_fn=lambda: mb.add(x=x, y=np.ones(SHAPE, np.float32)),
        _false_fn=lambda: mb.mul(x=x, y=2.0),
    )
    turns, x = mb.while_loop(
        _cond=lambda turn, total: mb.less(x=turn, y=3), _body=body, loop_vars=(0, x)
    )
    several = mb.make_list(init_length=2, elem_shape=SHAPE, dtype="fp32")
    several = mb.list_write(ls=several, index=turns, value=x)
    return mb.list_read(ls=several, index=mb.sub(x=mb.list_length(ls=several), y=1))


def stateful(coreml, path):
    """A running sum of iOS 18, kept as a state."""
    ct, mb = coreml.ct, coreml.mb
    specs = [mb.TensorSpec(SHAPE), mb.StateTensorSpec(SHAPE, dtype=coreml.types.fp16)]

    @mb.program(input_specs=specs, opset_version=ct.target.iOS18)
    def program(x, total):
        half = mb.cast(x=x, dtype="fp16")
        mb.coreml_update_state(state=total, value=mb.add(x=half, y=mb.read_state(input=total)))
        weight = np.ones((4, 2, 3, 3), np.float16)
        return mb.conv(x=mb.read_state(input=total), weight=weight, strides=[2, 2])

    ct.convert(
        program,
        convert_to="mlprogram",
        minimum_deployment_target=ct.target.iOS18,
        skip_model_load=True,
    ).save(str(path))
    return path


#: Name -> how the program is built, and for which target; five packages of 470 mutations each.
PACKAGES = {
    "plain": (plain, "iOS16"),
    "packed weights": (packed_weights, "iOS17"),
    "block weights": (block_weights, "iOS18"),
    "nested blocks": (nested_blocks, "iOS17"),
    "stateful": (stateful, "iOS18"),
}
MODEL_BYTES, WEIGHT_BYTES, DISTURBED, REARRANGED = 160, 60, 170, 80


@pytest.fixture(params=PACKAGES)
def package(request, save, coreml, tmp_path):
    build, target = PACKAGES[request.param]
    if build is stateful:
        return build(coreml, tmp_path / "stateful.mlpackage")
    return save(build, SHAPE, target=target)


def use(path, precision="fp16"):
    """Everything a user can do with a package."""
    read = read_package(path)
    find_hazards(read)
    costs(read)
    executor = Executor(read, precision=precision)
    given = np.ones(SHAPE, np.float32)
    with np.errstate(all="ignore"):
        return executor.run(
            {feature.name: given for feature in read.inputs},
            state=executor.make_state() if precision == "fp16" else None,
        )


def damage(data, seed):
    """Cut the file, or overwrite, swap, insert or flip a few bytes of it."""
    chance = random.Random(seed)
    data = bytearray(data)
    kind = seed % 5
    if kind == 0:
        return bytes(data[: chance.randrange(len(data))])
    for _ in range(chance.choice([1, 1, 2, 8])):
        at = chance.randrange(len(data))
        if kind == 1:
            data[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, data[at] ^ 1])
        elif kind == 2:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 3:
            data[at : at + 4] = bytes(reversed(data[at : at + 4]))
        else:
            data[at:at] = bytes([chance.randrange(256)])
    return bytes(data)


def scalars(message):
    """Every scalar slot below a protobuf message: its container, its key, its value."""
    for field, value in message.ListFields():
        items = value if field.is_repeated else [value]
        if field.message_type and field.message_type.GetOptions().map_entry:
            for key in value:
                if hasattr(value[key], "ListFields"):
                    yield from scalars(value[key])
        elif field.message_type:
            for item in items:
                yield from scalars(item)
        elif field.is_repeated:
            yield from ((value, index, item) for index, item in enumerate(value))
        else:
            yield message, field.name, value


def another(value, chance, texts):
    """Draw a wrong value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return chance.choice([0, 1, 2, 3, 5, 2**16, 2**31 - 1, value + 1, abs(value - 1)])
    if isinstance(value, float):
        return chance.choice([0.0, -1.0, 1e30, float("nan"), float("inf"), value / 7])
    return chance.choice(texts) if isinstance(value, str) else value[:-1]


def disturb(model, seed):
    """Change a few numbers, names, types and flags of the model, so that it still parses."""
    chance = random.Random(seed)
    slots = list(scalars(model))
    texts = [value for _, _, value in slots if isinstance(value, str)]
    for container, key, value in chance.sample(slots, chance.choice([1, 1, 2, 5])):
        with suppress(ValueError):  # out of the field's range: protobuf itself refuses
            if isinstance(key, int):
                container[key] = another(value, chance, texts)
            else:
                setattr(container, key, another(value, chance, texts))


def lists(message):
    """Every list of messages below a protobuf message: operations, arguments, blocks, types."""
    for field, value in message.ListFields():
        if not field.message_type:
            continue
        if field.message_type.GetOptions().map_entry:
            items = [value[key] for key in value if hasattr(value[key], "ListFields")]
        else:
            items = list(value) if field.is_repeated else [value]
            if field.is_repeated:
                yield value
        for item in items:
            yield from lists(item)


def rearrange(model, seed):
    """Lose, repeat, swap or move an operation, an argument, a block or a dimension."""
    chance = random.Random(seed)
    places = list(lists(model))
    for place in chance.sample(places, chance.choice([1, 1, 2])):
        index = chance.randrange(len(place))
        kind = chance.randrange(4)
        if kind == 0:
            del place[index]
        elif kind == 1:
            place.append(place[index])
        elif kind == 2:
            place.reverse()
        else:
            place.insert(0, place[index])


def survive(path, seeds, change):
    """Use the package after each change; give how many changes were refused."""
    refused, texts = 0, set()
    for seed in range(seeds):
        change(seed)
        try:
            use(path, ("fp16", "fp32")[seed % 2])
        except PoseconvertError as error:
            refused += 1
            texts.add(str(error))
        except Exception as error:
            raise AssertionError(f"seed {seed} let {error!r} escape") from error
    assert not any("\n" in text for text in texts)
    return refused


def bytes_of(file, whole):
    return lambda seed: file.write_bytes(damage(whole, seed))


def messages_of(file, model, how):
    def change(seed):
        changed = type(model)()
        changed.CopyFrom(model)
        how(changed, seed)
        file.write_bytes(changed.SerializeToString())

    return change


def test_damaged_packages_let_only_our_errors_escape(package, coreml, monkeypatch, record_property):
    """2,350 mutations of five packages: bytes of both files, fields and lists of the message."""
    monkeypatch.setattr(
        while_loop, "LOOP_TURNS", replace(LOOP_TURNS, value=100)
    )  # an endless loop ends sooner
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(use(package)) == 1
    files = [package / MODEL, package / WEIGHTS]
    model, weights = (file.read_bytes() for file in files)
    message = coreml.Model.FromString(model)
    refused = {}
    for kind, seeds, file, change in (
        ("model bytes", MODEL_BYTES, files[0], bytes_of(files[0], model)),
        ("fields", DISTURBED, files[0], messages_of(files[0], message, disturb)),
        ("lists", REARRANGED, files[0], messages_of(files[0], message, rearrange)),
        ("weight bytes", WEIGHT_BYTES, files[1], bytes_of(files[1], weights)),
    ):
        refused[kind] = survive(package, seeds, change)
        assert 0 < refused[kind] < seeds
        file.write_bytes(model if file is files[0] else weights)
    assert len(use(package)) == 1  # undamaged again
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 2**20, f"memory grew by {grown} KiB"
    record_property("mutations", MODEL_BYTES + DISTURBED + REARRANGED + WEIGHT_BYTES)
    record_property("refused", sum(refused.values()))
    print(f"{package.name}: {refused} refused")


def test_the_mutations_are_at_least_2000():
    assert len(PACKAGES) * (MODEL_BYTES + WEIGHT_BYTES + DISTURBED + REARRANGED) >= 2000
