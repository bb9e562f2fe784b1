"""Checks of config values that several families make."""

from __future__ import annotations

from typing import Any

from poseconvert.errors import ModelError


def whole_number(family: str, name: str, value: Any, *, low: int, high: int) -> None:
    """Refuse anything but a whole number from ``low`` to ``high``."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ModelError(
            f"{family} config: {name} is {value!r}. Give a whole number from {low} to {high}."
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
