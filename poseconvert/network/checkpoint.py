"""Checkpoints: read a state dict without running code, and load it strictly."""

from __future__ import annotations

import json
import pickle
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from poseconvert.errors import ModelError, shortened
from poseconvert.json_text import parsed
from poseconvert.network.archive import Kind
from poseconvert.network.source import EXPORT

FORMAT = "poseconvert.checkpoint.v1"
_WRAPPERS = ("state_dict", "network", "model_state_dict", "model")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Tensors by name, and what the file says of their architecture.

    Attributes
    ----------
    tensors : state dict without any ``module.`` prefix.
    architecture : family name our own checkpoints store, else None.
    config : the family's config values, for our own checkpoints.
    notes : what was done to the tensors, in sentences.
    """

    tensors: Mapping[str, Tensor]
    architecture: str | None = None
    config: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()


def save_checkpoint(path: Path, network: nn.Module, *, architecture: str, config: Any) -> None:
    """Write our own checkpoint form as safetensors, contiguous float32."""
    tensors = {name: value.contiguous() for name, value in network.state_dict().items()}
    stored = {"format": FORMAT, "architecture": architecture, "config": json.dumps(asdict(config))}
    save_file(tensors, path, metadata=stored)


def read_checkpoint(path: Path, kind: Kind, *, trust_pickle: bool) -> Checkpoint | nn.Module:
    """Read tensors from ``path``; a pickled module only with ``trust_pickle``.

    Raises
    ------
    ModelError : damaged file, a pickle that is code, or nothing like a state dict.
    """
    if kind is Kind.SAFETENSORS:
        return _read_safetensors(path)
    content = _read_pickle(path, trust_pickle=trust_pickle)
    if isinstance(content, nn.Module):
        return content
    return _unwrapped(path, content)


def _read_safetensors(path: Path) -> Checkpoint:
    try:
        str(path).encode()  # safetensors takes no other name
        with safe_open(path, framework="pt") as file:
            stored = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except UnicodeEncodeError as error:
        raise ModelError(f"{path}: its name is not UTF-8. Rename it.") from error
    except Exception as error:  # SafetensorError, OSError, a missing dtype, ...
        raise ModelError(
            f"{path}: damaged safetensors ({_short(error)}). Copy it again."
        ) from error
    if stored.get("format") != FORMAT:
        return _unwrapped(path, tensors)
    try:
        config = parsed(stored.get("config", "").encode(errors="replace"))
    except ValueError as error:
        raise ModelError(
            f"{path}: its poseconvert header is damaged ({_short(error)}). Copy it again."
        ) from error
    return _own(path, tensors, architecture=stored.get("architecture"), config=config)


def _own(path: Path, tensors: Any, *, architecture: Any, config: Any) -> Checkpoint:
    named = isinstance(config, Mapping) and all(isinstance(name, str) for name in config)
    if not (_is_state_dict(tensors) and isinstance(architecture, str) and named):
        raise ModelError(
            f"{path}: a poseconvert checkpoint whose architecture, config or state_dict is"
            " malformed. Copy it again."
        )
    return Checkpoint(tensors, architecture, config)


def _read_pickle(path: Path, *, trust_pickle: bool) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # on pickle protocols
            return torch.load(path, map_location="cpu", weights_only=not trust_pickle)
    except pickle.UnpicklingError as error:
        if "weights only" in str(error).lower() or "weights_only" in str(error):
            raise ModelError(
                f"{path}: is a pickled module or holds one, and a pickle is code. Give"
                f" --trust-pickle if you made the file, or a .pt2: {EXPORT}"
            ) from error
        raise ModelError(f"{path}: damaged checkpoint ({_short(error)}). Copy it again.") from error
    except Exception as error:  # torch raises a different type for each kind of damage
        raise ModelError(f"{path}: damaged checkpoint ({_short(error)}). Copy it again.") from error


def _short(error: BaseException) -> str:
    return shortened(str(error), 120) or type(error).__name__


def _unwrapped(path: Path, content: Any) -> Checkpoint:
    """Find the state dict inside the wrappers training scripts write."""
    if isinstance(content, Mapping) and content.get("format") == FORMAT:
        fields = ("architecture", "config", "state_dict")
        missing = [field for field in fields if field not in content]
        if missing:
            raise ModelError(
                f"{path}: a poseconvert checkpoint without {', '.join(missing)}. Save it again."
            )
        architecture, config, tensors = (content[field] for field in fields)
        return _own(path, tensors, architecture=architecture, config=config)
    for wrapper in _WRAPPERS:
        if isinstance(content, Mapping) and _is_state_dict(content.get(wrapper)):
            content = content[wrapper]
            break
    if not _is_state_dict(content):
        held = ", ".join(map(str, content)) if isinstance(content, Mapping) else type(content)
        raise ModelError(
            f"{path}: no state dict inside (found {str(held)[:80]!r}). Save model.state_dict(), or"
            f" a .pt2: {EXPORT}"
        )
    names = list(content)
    prefix = "module." if all(name.startswith("module.") for name in names) else ""
    notes = ("removed the module. prefix of DataParallel",) if prefix else ()
    tensors = {name.removeprefix(prefix): tensor for name, tensor in content.items()}
    return Checkpoint(tensors, notes=notes)


def _is_state_dict(content: Any) -> bool:
    return (
        isinstance(content, Mapping)
        and bool(content)
        and all(isinstance(v, Tensor) for v in content.values())
        and all(isinstance(k, str) and k.isprintable() for k in content)
    )


def load_strictly(path: Path, network: nn.Module, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
    """Load ``tensors`` into ``network``: every name, every shape, finite float32.

    Half-precision tensors are cast to float32.

    Returns
    -------
    notes : one sentence per thing that was changed.

    Raises
    ------
    ModelError : missing, unexpected or wrongly shaped tensors; NaN or Inf.
    """
    refuse_misfit(path, network, tensors)
    refuse_non_finite(path, tensors)
    cast = sorted({str(t.dtype)[6:] for t in tensors.values() if _is_half(t)})
    fits = {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}
    network.load_state_dict(network.state_dict() | fits, strict=True)
    return (f"cast {', '.join(cast)} weights to float32",) if cast else ()


def refuse_misfit(path: Path, network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Refuse tensors that are not those of ``network``, which may be one without memory.

    Raises
    ------
    ModelError : missing, unexpected or wrongly shaped tensors, or none of plain numbers.
    """
    expected = network.state_dict()
    counters = {name for name in expected if name.endswith("num_batches_tracked")}
    missing = [name for name in expected if name not in tensors and name not in counters]
    unexpected = [name for name in tensors if name not in expected]
    if missing or unexpected:
        raise ModelError(
            f"{path}: does not fit {type(network).__name__}: {len(missing)} missing"
            f"{_some(missing)}, {len(unexpected)} unexpected{_some(unexpected)}. Give the matching"
            " checkpoint or another --arch."
        )
    for name, tensor in tensors.items():
        if tensor.shape != expected[name].shape:
            raise ModelError(
                f"{path}: {name} has shape {tuple(tensor.shape)}, the architecture has"
                f" {tuple(expected[name].shape)}. Give the matching checkpoint or another --arch."
            )
        plain = tensor.layout is torch.strided and not tensor.is_meta
        if not plain or tensor.is_floating_point() != expected[name].is_floating_point():
            raise ModelError(
                f"{path}: {name} is a {tensor.dtype} tensor ({tensor.layout}, {tensor.device}),"
                " not plain floats. Save the float32 state dict, before any quantisation."
            )


def _is_half(tensor: Tensor) -> bool:
    return tensor.is_floating_point() and tensor.dtype is not torch.float32


def refuse_non_finite(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Refuse weights with NaN or Inf: no parity can be measured on them."""
    for name, tensor in tensors.items():
        if not tensor.is_floating_point():
            continue
        bad = int((~torch.isfinite(tensor.float())).sum())
        if bad:
            raise ModelError(
                f"{path}: {name} has {bad} NaN or Inf of {tensor.numel()} values. Training"
                " diverged or the file is damaged; give an earlier checkpoint."
            )


def _some(names: list[str]) -> str:
    if not names:
        return ""
    more = ", ..." if len(names) > 3 else ""
    return f" ({', '.join(names[:3])}{more})"
