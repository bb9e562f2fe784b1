"""How every result shows itself: one line, and a small table in notebooks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # numpy comes with it, and ``doctor`` must run where that is missing
    from poseconvert.reports.notebook import Card


class Shown(ABC):
    """A record with a line of its own, the verdict first."""

    __slots__ = ()

    @abstractmethod
    def _card(self) -> Card:
        """Return what is shown."""

    def __repr__(self) -> str:
        from poseconvert.reports.notebook import card_line

        return card_line(self._card())

    def _repr_html_(self) -> str:
        from poseconvert.reports.notebook import card_html

        return card_html(self._card())
