"""What checkpoints hold, changed as values and saved again; and the header of safetensors."""

from __future__ import annotations

import io
import json
import random
import struct
from collections.abc import Callable
from typing import Any

from fuzzing.mutators import json_text, raw


def saved(seed: bytes, rng: random.Random) -> bytes:
    """Change tensors, names or the configuration of a ``torch.save`` file and save it again."""
    import torch

    content = torch.load(io.BytesIO(seed), weights_only=True)
    for _ in range(rng.choice((1, 1, 2))):
        state = content.get("state_dict", content)
        if state is not content and rng.random() < 0.5:
            _header(content, rng)
        elif state:
            rng.choice(_CHANGES)(state, rng.choice(list(state)), rng)
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=rng.random() < 0.8)
    return buffer.getvalue()


def safetensors(seed: bytes, rng: random.Random) -> bytes:
    """Change the header, its length, the configuration inside it, or the data."""
    (size,) = struct.unpack_from("<Q", seed)
    header, data = seed[8 : 8 + size], seed[8 + size :]
    how = rng.randrange(6)
    if how == 0:
        return struct.pack("<Q", rng.choice(raw.BOUNDARIES) % 2**64) + header + data
    if how == 1:
        data = raw.mutate(data, rng)
    elif how == 2:
        header = _inner_config(header, rng)
    elif how == 3:
        header = _tensor_entry(header, rng)
    else:
        header = json_text.mutate(header, rng)
    return struct.pack("<Q", len(header)) + header + data


def _inner_config(header: bytes, rng: random.Random) -> bytes:
    """Change the configuration, which is JSON inside a text of the header."""
    content = json.loads(header)
    stored = content.get("__metadata__", {})
    for name, value in list(stored.items()):
        if value.startswith("{"):
            stored[name] = json_text.mutate(value.encode(), rng).decode("utf-8", "replace")
        elif rng.random() < 0.2:
            stored[name] = rng.choice(json_text.TEXTS)
    return json.dumps(content).encode()


def _tensor_entry(header: bytes, rng: random.Random) -> bytes:
    """Change dtype, shape or place of one tensor so that the header may still fit."""
    content = json.loads(header)
    names = [name for name in content if name != "__metadata__"]
    entry, other = content[rng.choice(names)], content[rng.choice(names)]
    how = rng.randrange(4)
    if how == 0:
        entry["dtype"] = rng.choice(
            ("F64", "F16", "BF16", "I64", "BOOL", "F8_E4M3", "C64", "x", "")
        )
    elif how == 1:
        entry["shape"] = rng.choice(([], [1, *entry["shape"]], entry["shape"][::-1], [0], [2**62]))
    elif how == 2:
        entry["data_offsets"] = other["data_offsets"]
    else:
        entry["shape"], other["shape"] = other["shape"], entry["shape"]
    return json.dumps(content).encode()


def _header(content: dict[str, Any], rng: random.Random) -> None:
    """Change format, architecture or configuration."""
    key = rng.choice([name for name in content if name != "state_dict"])
    if isinstance(content[key], dict) and content[key] and rng.random() < 0.8:
        inner = content[key]
        name = rng.choice(list(inner))
        values = (None, True, "x", 0, -1, 2**31, 2**63, 1e30, float("nan"), [1], {}, (8, 8), 3.5)
        inner[name] = rng.choice(values)
    else:
        content[key] = rng.choice((None, 5, "", "x" * 200_000, [], {"a": 1}, "posenet"))


def _shape(state: dict[Any, Any], name: Any, rng: random.Random) -> None:
    value = state[name]
    flat = value.reshape(-1)
    state[name] = rng.choice((flat[:0], flat, value[None], flat[:1]))


def _dtype(state: dict[Any, Any], name: Any, rng: random.Random) -> None:
    import torch

    kinds = (torch.float16, torch.float64, torch.int8, torch.bool, torch.complex64, torch.bfloat16)
    state[name] = state[name].to(rng.choice(kinds))


def _values(state: dict[Any, Any], name: Any, rng: random.Random) -> None:
    value = state[name].clone()
    if value.is_floating_point() and value.numel():
        number = rng.choice((float("nan"), float("inf"), 1e38, -1e-40, 0.0))
        value.view(-1)[rng.randrange(value.numel())] = number
    state[name] = value


def _huge(state: dict[Any, Any], name: Any, rng: random.Random) -> None:
    """Let a tensor claim more elements than the file holds."""
    state[name] = state[name].flatten()[:1].expand(rng.choice((10**4, 10**9, 2**40)))


def _lost(state: dict[Any, Any], name: Any, rng: random.Random) -> None:
    value = state.pop(name)
    if rng.random() < 0.6:
        others = (
            f"module.{name}",
            "",
            5,
            "x" * 100_000,
            "a\nb",
            f"{name}.weight",
            "\x1b[31m",
            None,
        )
        state[rng.choice(others)] = value


def _foreign(state: dict[Any, Any], name: Any, rng: random.Random) -> None:
    values = (None, 5, "text", [1], {}, float("nan"), {"deep": {"deeper": state[name]}})
    state[name] = rng.choice(values)


_CHANGES: tuple[Callable[[dict[Any, Any], Any, random.Random], None], ...] = (
    _shape, _dtype, _values, _huge, _lost, _foreign,
)  # fmt: skip
