"""How far the reference is from itself when only its arithmetic changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from poseconvert.drift import ULP, Floor, ValueDrift
from poseconvert.drift.op_drift import span_of
from poseconvert.errors import PoseconvertError
from poseconvert.runners.runner import Batch, Outputs, Runner, Tensor, Varied

# Other arithmetic is tried on so many inputs: each costs a run of the network, or more.
_TRIED = 1


@dataclass(frozen=True, slots=True)
class Noise:
    """What float32 leaves open.

    Attributes
    ----------
    floor : of each output, over all inputs.
    moved : what each way to run returned, of the first inputs at least.
    """

    floor: Mapping[str, Floor] = field(default_factory=dict)
    moved: tuple[Outputs, ...] = ()


def noise_floor(runner: Runner, batch: Batch, outputs: Outputs) -> Noise:
    """Find what moves each output most: one ulp at every input, or another way to run.

    Parameters
    ----------
    batch, outputs : what the runner was given, and what it returned.
    """
    floor: dict[str, Floor] = {}
    found = tuple(_changed(runner, batch))
    for source, moved in found:
        for name, values in outputs.items():
            # Both parts are of the same inputs; the range is that of all of them.
            count = len(moved[name])
            drift = ValueDrift().add(values[:count], moved[name], span=span_of(values))
            if name not in floor or drift > floor[name].relative:
                floor[name] = Floor(drift, source)
    return Noise(floor, tuple(moved for _, moved in found))


def _changed(runner: Runner, batch: Batch) -> Iterator[tuple[str, Outputs]]:
    """Yield what was changed, and the outputs of the first inputs under it."""
    yield ULP, runner.run(_nudged(batch))
    if not isinstance(runner, Varied):
        return
    for source, run in runner.variants():
        with suppress(PoseconvertError):  # not every network can be run in every way
            yield source, run(batch[:_TRIED])


def _nudged(batch: Batch) -> Batch:
    """Move every value one ulp up or down; zero stays, for its neighbours are not rounding."""
    generator = np.random.Generator(np.random.PCG64(0))

    def nudged(tensor: Tensor) -> Tensor:
        up = generator.random(tensor.shape) < 0.5
        moved = np.nextafter(tensor, np.where(up, np.inf, -np.inf).astype(np.float32))
        return np.where(tensor == 0, tensor, moved)

    return Batch({name: nudged(tensor) for name, tensor in batch.tensors.items()})
