"""Damaged packages: whatever bytes change, only our own errors come out, in one line."""

import random
import resource
from contextlib import suppress

import numpy as np
import pytest

from poseconvert.errors import PoseconvertError
from poseconvert.mil import Executor, costs, find_hazards, read_package

MODEL = "Data/com.apple.CoreML/model.mlmodel"
WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"


def network(mb, x):
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


@pytest.fixture
def package(save):
    return save(network, (1, 2, 8, 8), target="iOS16")


def use(path):
    """Everything a user can do with a package."""
    read = read_package(path)
    find_hazards(read)
    costs(read)
    executor = Executor(read, precision="fp16")
    given = np.ones((1, 2, 8, 8), np.float32)
    with np.errstate(all="ignore"):
        return executor.run({feature.name: given for feature in read.inputs})


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
    """Change a few numbers, names, types and flags of the program, so that it still parses."""
    chance = random.Random(seed)
    slots = list(scalars(model.mlProgram.functions["main"]))
    texts = [value for _, _, value in slots if isinstance(value, str)]
    for container, key, value in chance.sample(slots, chance.choice([1, 1, 2, 5])):
        with suppress(ValueError):  # out of the field's range: protobuf itself refuses
            if isinstance(key, int):
                container[key] = another(value, chance, texts)
            else:
                setattr(container, key, another(value, chance, texts))


def survive(path, seeds, change):
    """Use the package after each change; give how many changes were refused."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused, texts = 0, set()
    for seed in range(seeds):
        change(seed)
        try:
            use(path)
        except PoseconvertError as error:
            refused += 1
            texts.add(str(error))
        except Exception as error:
            raise AssertionError(f"seed {seed} let {error!r} escape") from error
    assert not any("\n" in text for text in texts)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 2**20, f"memory grew by {grown} KiB"
    return refused


@pytest.mark.parametrize(("file", "seeds"), [(MODEL, 400), (WEIGHTS, 100)])
def test_damaged_bytes_let_only_our_errors_escape(package, file, seeds):
    assert len(use(package)) == 1
    whole = (package / file).read_bytes()
    refused = survive(
        package, seeds, lambda seed: (package / file).write_bytes(damage(whole, seed))
    )
    assert seeds / 5 < refused < seeds


def test_disturbed_programs_let_only_our_errors_escape(package, coreml):
    file = package / MODEL
    whole = coreml.Model.FromString(file.read_bytes())

    def change(seed):
        model = coreml.Model()
        model.CopyFrom(whole)
        disturb(model, seed)
        file.write_bytes(model.SerializeToString())

    assert 100 < survive(package, 400, change) < 400
