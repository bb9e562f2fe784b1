"""Checks of config values that several families make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from poseconvert.errors import ModelError, quoted

_KINDS = {int: "a whole number", float: "a number", str: "text"}


def config_values(family: str, values: Mapping[str, Any], *, defaults: Mapping[str, Any]) -> None:
    """Refuse stored config values whose name is unknown or whose type is not its default's.

    Ranges are the config's own matter; here true is not a number, and a list is nothing.

    Raises
    ------
    ModelError : the text names the value and what is wanted.
    """
    unknown = sorted(set(values) - set(defaults))
    if unknown:
        shown = ", ".join(map(_bare, unknown[:3])) + (", ..." if len(unknown) > 3 else "")
        raise ModelError(f"{family} config: unknown {shown}. Known: {', '.join(defaults)}.")
    for name, value in values.items():
        wanted = type(defaults[name])
        allowed = (int, float) if wanted is float else wanted
        if isinstance(value, bool) or not isinstance(value, allowed):
            raise ModelError(
                f"{family} config: {name} is {quoted(value)}. Give {_KINDS[wanted]}, such as"
                f" {defaults[name]}."
            )


def _bare(name: str) -> str:
    return name if name.isidentifier() and len(name) <= 60 else quoted(name)


def one_of(family: str, name: str, value: Any, known: Iterable[int | str]) -> None:
    """Refuse anything but one of the ``known`` values; true is not 1."""
    listed = tuple(known)
    if type(value) is not type(listed[0]) or value not in listed:
        raise ModelError(
            f"{family} config: {name} is {quoted(value)}. Known: {', '.join(map(str, listed))}."
        )


def whole_number(family: str, name: str, value: Any, *, low: int, high: int) -> None:
    """Refuse anything but a whole number from ``low`` to ``high``."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ModelError(
            f"{family} config: {name} is {quoted(value)}. Give a whole number from {low} to {high}."
        )


def multiple_of(family: str, name: str, value: Any, *, step: int, high: int = 2048) -> None:
    """Refuse a side that stride ``step`` does not divide; the two nearest are named."""
    whole_number(family, name, value, low=step, high=high)
    if value % step:
        low = value // step * step
        raise ModelError(
            f"{family} config: {name} {value} is not a multiple of {step}. Use {low} or"
            f" {low + step}."
        )
