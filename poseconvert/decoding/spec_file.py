"""Decode specs as a JSON file: what it leaves out is taken from the network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from poseconvert.budgets import SPEC_BYTES
from poseconvert.decoding.presets import PRESETS, specs
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.errors import DecodeError
from poseconvert.files import followed, read_regular

Shapes = Mapping[str, tuple[int, ...]]

_NEEDED = {field.name for field in fields(DecodeSpec) if field.default is MISSING}
_PRESET = "heatmap"
# Presets whose joints need no picture to be somewhere in.
_NO_PICTURE = ("lifter", "coordinates")


def chosen_specs(
    decode: str, *, input_size: tuple[int, int] | None, shapes: Shapes
) -> tuple[DecodeSpec, ...]:
    """Return the specs of a preset, or of a JSON file.

    Parameters
    ----------
    decode
        A preset's name, or a path.
    input_size
        (H, W) of the network's picture; None where it takes none.
    shapes
        Of every output, by name, N leading.

    Raises
    ------
    DecodeError
        There is neither such a preset nor such a file, or it does not fit.
    """
    require_decoder(decode)
    if decode not in PRESETS:
        return load_specs(decode, input_size=input_size, shapes=shapes)
    if input_size is None and decode not in _NO_PICTURE:
        raise DecodeError(
            f"the network takes no picture; --decode {decode} cannot be used."
            f" Use {' or '.join(_NO_PICTURE)}, or a JSON file."
        )
    return specs(decode, input_size=input_size or (1, 1), shapes=shapes)


def require_decoder(decode: str) -> None:
    """Refuse what is neither a preset nor a file.

    Raises
    ------
    DecodeError
        There is neither.
    """
    if decode in PRESETS or Path(decode).exists() or Path(decode).suffix == ".json":
        return
    raise DecodeError(
        f"--decode {decode}: neither a preset nor a file. Use {', '.join(PRESETS)}, or write the"
        " specs in a JSON file; poseconvert decoders says what each expects."
    )


def load_specs(
    path: str | Path,
    *,
    input_size: tuple[int, int] | None = None,
    shapes: Shapes | None = None,
) -> tuple[DecodeSpec, ...]:
    """Read decode specs from a JSON file: an object, or a list with one object per head.

    Every key may be left out. What a spec leaves out is that of its ``preset``, by default
    ``heatmap``, for the network's outputs.

    Parameters
    ----------
    input_size, shapes
        Of the network, as for :func:`chosen_specs`; needed where keys without a default are left
        out.

    Raises
    ------
    DecodeError
        The file cannot be read, holds no specs, or one that is impossible or does not fit.
    """
    try:
        records = json.loads(read_regular(followed(Path(path)), limit=SPEC_BYTES.value))
    except OSError as error:
        cure = "Give a readable JSON file."
        raise DecodeError(f"{path}: cannot be read ({error.strerror}). {cure}") from error
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"{path}: not JSON ({error}). Write a list of decode specs.") from error
    records = [records] if isinstance(records, dict) else records
    if not isinstance(records, list) or not records:
        raise DecodeError(f"{path}: not a list of decode specs. Write one object per head.")
    loaded: list[DecodeSpec] = []
    for index, record in enumerate(records):
        if not isinstance(record, dict):
            raise DecodeError(f"{path}, spec {index}: not an object. Write one object per head.")
        try:
            loaded += _specs_of(record, input_size, shapes)
        except DecodeError as error:
            raise DecodeError(f"{path}, spec {index}: {error}") from error
    return tuple(loaded)


def _specs_of(
    record: dict[str, Any], input_size: tuple[int, int] | None, shapes: Shapes | None
) -> tuple[DecodeSpec, ...]:
    """Read one object: a whole spec, or what differs from a preset's."""
    if "preset" not in record and (shapes is None or set(record) >= _NEEDED):
        return (DecodeSpec.from_dict(record),)
    rest = {key: value for key, value in record.items() if key != "preset"}
    preset = record.get("preset", _PRESET)
    if shapes is None:
        raise DecodeError(f'preset "{preset}" needs a network. Write every key without a default.')
    if not isinstance(preset, str):
        raise DecodeError(f'"preset": {preset!r} is not a name. Use one of {", ".join(PRESETS)}.')
    made = specs(preset, input_size=input_size or (1, 1), shapes=_named(rest, shapes))
    if len(made) > 1 and rest:
        raise DecodeError(
            f'preset "{preset}" makes {len(made)} specs, and "{next(iter(rest))}" cannot be of all.'
            " Write each as an object of its own."
        )
    return tuple(DecodeSpec.from_dict(_over(spec.to_dict(), rest)) for spec in made)


def _named(record: Mapping[str, Any], shapes: Shapes) -> Shapes:
    """Leave only the outputs that a record names, where it names any of the network's."""
    people = record.get("people")
    others = people.get("outputs") if isinstance(people, dict) else None
    listed = others if isinstance(others, list) else []
    names = [name for name in (record.get("heatmap"), record.get("offset"), *listed) if name]
    known = {name: shapes[name] for name in names if isinstance(name, str) and name in shapes}
    return known or shapes


def _over(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Put a record's keys over a preset's; those of its people one by one."""
    merged = {**base, **changes}
    if isinstance(base.get("people"), dict) and isinstance(changes.get("people"), dict):
        merged["people"] = {**base["people"], **changes["people"]}
    if "joints" in changes and "skeleton" not in changes:
        merged["skeleton"] = f"numbered_{changes['joints']}"
    return merged
