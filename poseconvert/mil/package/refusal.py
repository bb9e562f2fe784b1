"""The one form of every refusal: *where: what. What to do.*, in one line."""

from __future__ import annotations

from typing import TypeVar

from poseconvert.budgets import REFUSAL_LENGTH
from poseconvert.errors import PoseconvertError

Refusal = TypeVar("Refusal", bound=PoseconvertError)


def refusal(
    kind: type[Refusal], where: object, what: str, cure: str = "Convert the model again."
) -> Refusal:
    """Build an error whose text stays one line, whatever names a damaged package brings.

    Parameters
    ----------
    kind
        The error's class.
    where, what, cure
        The package or file, what is wrong with it, and what to do, each without its full stop but
        for the cure; what is long is cut in the middle.

    Returns
    -------
    Refusal
        To be raised by the caller.
    """
    if len(what) > REFUSAL_LENGTH.value:
        half = REFUSAL_LENGTH.value // 2
        what = f"{what[:half]} ... {what[-half:]}"
    line = f"{where}: {what}. {cure}"
    return kind("".join(letter if letter.isprintable() else "?" for letter in line))
