"""What is done to the numbers of a picture, by a caller or by the first ops of a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Scaling:
    """What is done to a picture in 0-255: ``x * scale + bias``.

    Attributes
    ----------
    scale : Factor of R, G and B.
    bias : Summand of R, G and B.
    """

    scale: tuple[float, float, float]
    bias: tuple[float, float, float]

    def __str__(self) -> str:
        scale, bias = (_short(one) for one in (self.scale, self.bias))
        return f"x * {scale} + {bias}"

    def apply(self, pictures: Any) -> Any:
        """Scale (N, 3, H, W)."""
        scale, bias = (
            np.asarray(one, np.float32).reshape(1, -1, 1, 1) for one in (self.scale, self.bias)
        )
        return pictures * scale + bias


def per_colour(scale: NDArray[Any], bias: NDArray[Any]) -> Scaling:
    """Return what is done to each of three colours."""
    a, b, c = np.broadcast_to(np.ravel(scale), 3).tolist()
    d, e, f = np.broadcast_to(np.ravel(bias), 3).tolist()
    return Scaling((a, b, c), (d, e, f))


def _short(values: tuple[float, ...]) -> str:
    """Write one number where all are the same."""
    return (
        f"{values[0]:.6g}" if len({*values}) == 1 else f"({', '.join(f'{v:.6g}' for v in values)})"
    )
