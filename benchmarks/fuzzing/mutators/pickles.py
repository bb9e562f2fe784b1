"""Pickles: opcodes lost, repeated or swapped, their arguments changed, classes renamed."""

from __future__ import annotations

import pickle
import pickletools
import random
import struct
from contextlib import suppress

from fuzzing.mutators import raw

_GLOBALS = (
    b"ctorch\n_utils\n", b"cos\nsystem\n", b"cbuiltins\neval\n", b"ctorch\nFloatStorage\n",
    b"ctorch._utils\n_rebuild_tensor_v2\n", b"ccollections\nOrderedDict\n", b"ctorch\nTensor\n",
    b"ctorch\nsize\n", b"ctorch._utils\n_rebuild_parameter\n", b"ctorch\nSize\n",
    b"ctorch\nHalfStorage\n", b"c__torch__\nNet\n", b"ctorch\ndevice\n", b"cbuiltins\nbytearray\n",
)  # fmt: skip
_PUSHES = (b"N", b"]", b"}", b"(", b")", b"\x88", b"K\xff", b"J\xff\xff\xff\xff", b"I9999999999\n")
_MAX = 20_000


def mutate(seed: bytes, rng: random.Random) -> bytes:
    """Change one to three opcodes; bytes where it is no pickle that can be read."""
    ops = _split(seed)
    if not ops:
        return raw.mutate(seed, rng)
    for _ in range(rng.choice((1, 1, 2, 3))):
        if ops:
            _change(ops, rng)
    return b"".join(ops)


def _split(data: bytes) -> list[bytes]:
    """Cut a pickle into its first opcodes and the rest; nothing where it is not a pickle."""
    starts: list[int] = []
    # Cut short, or damaged by a change before: what was found until there is enough.
    with suppress(ValueError, IndexError, struct.error, pickle.UnpicklingError):
        starts.extend(at for _, _, at in pickletools.genops(data[:_MAX]) if at is not None)
    return [data[start:end] for start, end in zip(starts, [*starts[1:], len(data)], strict=True)]


def _change(ops: list[bytes], rng: random.Random) -> None:
    at, how = rng.randrange(len(ops)), rng.randrange(9)
    if how == 0:
        del ops[at]
    elif how == 1:
        ops.insert(at, ops[rng.randrange(len(ops))])
    elif how == 2:
        other = rng.randrange(len(ops))
        ops[at], ops[other] = ops[other], ops[at]
    elif how == 3:
        ops.insert(at, rng.choice(_PUSHES))
    elif how == 4:
        ops[at] = rng.choice(_PUSHES)
    elif how == 5:
        ops.insert(at, rng.choice(_PUSHES) * rng.choice((10, 100_000)))
    elif how == 6:
        globals_ = [index for index, one in enumerate(ops) if one[:1] == b"c"]
        ops[rng.choice(globals_) if globals_ else at] = rng.choice(_GLOBALS)
    else:
        argued = [index for index, one in enumerate(ops) if len(one) > 1]
        at = rng.choice(argued) if argued else at
        ops[at] = _argument(ops[at], rng)


def _argument(op: bytes, rng: random.Random) -> bytes:
    """Change the argument: whole numbers to a boundary, texts by a byte."""
    size = {b"K": 1, b"M": 2, b"J": 4}.get(op[:1])
    if size:
        value = rng.choice((*raw.BOUNDARIES, 3, 5, 17)) % (1 << (8 * size))
        return op[:1] + value.to_bytes(size, "little")
    changed = bytearray(op)
    changed[rng.randrange(1, len(op)) if len(op) > 1 else 0] = rng.choice((0, 65, 0x7F, 0xFF))
    return bytes(changed)
