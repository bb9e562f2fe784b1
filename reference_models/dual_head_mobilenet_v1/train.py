"""Train the dual-head reference model on rendered figures.

Run from the repository: ``python reference_models/dual_head_mobilenet_v1/train.py``. A killed
run goes on where its last checkpoint was written; ``--heads 2d`` trains the 2D-only variant.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from training.augment import Batch, training_batch
from training.cache import Cache, filling
from training.crew import average_gradients, join, share_of
from training.metrics import scores
from training.objective import losses
from training.optimizers import optimizer_for, rate_at, set_rate
from training.state import Run, load, save, update_average

from poseconvert.network.checkpoint import save_checkpoint
from poseconvert.network.dual_head import DualHeadConfig, DualHeadNet
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions

SEED = 20190301
FOLDER = Path(__file__).parent
RUNS = FOLDER / "runs"
SHOWN = ("PCK@0.1 2d", "MPJPE 3d")
TRAINING, VALIDATION = 1, 2  # seeds of figures; 3 is held out for evaluate.py


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train; ``ranks`` processes share every batch.

    Batches are small: in a training of an hour or two steps count for more than pictures.
    """

    steps: int
    batch: int = 8
    rate: float = 4e-3
    optimizer: str = "adam"
    decay: float = 0.99
    save_every: float = 120.0
    check_every: int = 500
    check_figures: int = 256
    rank: int = 0
    ranks: int = 1


def started(config: DualHeadConfig, plan: Plan, device: str = "cpu") -> Run:
    """Return a run at step 0: seeded weights, the same on every device."""
    torch.manual_seed(SEED)
    network = DualHeadNet(config)
    for name, head in network.heads.items():
        with torch.no_grad():
            scale = 1 / config.grid if name.startswith("offset") else 0.3
            for parameter in head.parameters():
                parameter.mul_(scale)
    network.to(device, memory_format=torch.channels_last)
    optimizer = optimizer_for(network, plan.optimizer, rate=plan.rate, cells=config.grid)
    average = {name: value.clone() for name, value in network.state_dict().items()}
    return Run(network, optimizer, average)


def train_step(run: Run, batch: Batch, plan: Plan) -> dict[str, float]:
    """Take one step; return the terms of the loss."""
    set_rate(run.optimizer, rate_at(run.step, plan.steps, peak=plan.rate))
    run.network.train()
    batch = batch.to(next(run.network.parameters()).device)
    terms = losses(run.network, batch.pictures, batch.joints, batch.visible)
    run.optimizer.zero_grad()
    torch.stack(list(terms.values())).sum().backward()
    average_gradients(run.network, plan.ranks)
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), 10.0)
    run.optimizer.step()
    run.samples += plan.batch
    run.step += 1
    update_average(run, decay=plan.decay)
    return {name: float(term.detach()) for name, term in terms.items()}


def train(
    run: Run, cache: Cache, plan: Plan, *, checkpoint: Path,
    report: Callable[[Run, dict[str, float]], None],
) -> None:  # fmt: skip
    """Train to the last step, saving every few minutes and at the end."""
    saved, began = time.monotonic(), time.monotonic()
    while run.step < plan.steps:
        first, count = share_of(run.samples, plan.batch, rank=plan.rank, ranks=plan.ranks)
        batch = training_batch(cache, first, count, size=run.network.config.input_size)
        terms = train_step(run, batch, plan)
        now = time.monotonic()
        run.seconds, began = run.seconds + now - began, now
        report(run, terms)
        if now - saved > plan.save_every and plan.rank == 0:
            save(run, checkpoint)
            saved = now
    if plan.rank == 0:
        save(run, checkpoint)


def shown(
    progress: Progress, task: TaskID, plan: Plan, validation: Cache, log: Path
) -> Callable[[Run, dict[str, float]], None]:
    """Return what reports a step: a moving average of the loss, and now and then PCK and MPJPE."""
    smooth: dict[str, float] = {}
    checked: dict[str, float] = {}

    def report(run: Run, terms: dict[str, float]) -> None:
        for name, value in terms.items():
            smooth[name] = 0.98 * smooth.get(name, value) + 0.02 * value
        if run.step % plan.check_every == 0 or run.step == plan.steps:
            network = run.averaged(copy.deepcopy(run.network))
            checked.update(scores(network, validation, count=plan.check_figures))
            line = {"step": run.step, "samples": run.samples, "hours": run.seconds / 3600}
            with log.open("a") as file:
                file.write(json.dumps(line | smooth | checked) + "\n")
            progress.console.print(_line(line | smooth | checked))
        elif run.step % 20 == 0 and not progress.console.is_terminal:  # a log file shows no bar
            progress.console.print(_line({"step": run.step, "hours": run.seconds / 3600} | smooth))
        loss = f"loss {sum(smooth.values()):.3f}"
        marks = [f"{name} {checked[name]:.1f} %" for name in SHOWN if name in checked]
        progress.update(task, completed=run.step, note="  ".join([loss, *marks]))

    return report


def _silent(run: Run, terms: dict[str, float]) -> None:
    """Report nothing: the first process reports for all."""


def _line(values: dict[str, float]) -> str:
    return "  ".join(
        f"{name} {value}" if isinstance(value, int) else f"{name} {value:.3f}"
        for name, value in values.items()
    )


def main() -> None:
    """Train, or go on, and export the averaged weights."""
    options = _options()
    rank, ranks = join()
    plan = Plan(
        steps=options.steps, optimizer=options.optimizer, rate=options.rate,
        check_every=options.check_every, rank=rank, ranks=ranks,
    )  # fmt: skip
    config = DualHeadConfig(width=options.width, heads=options.heads)
    work, checkpoint = options.work, options.work / f"{options.heads}.pt"
    run = started(config, plan, "cuda" if torch.cuda.is_available() else "cpu")
    console = Console()
    if options.start is not None:
        weights = load_source(options.start, ModelOptions()).module.state_dict()
        run.network.load_state_dict(weights)
        run.average.update({name: value.clone() for name, value in weights.items()})
    if load(run, checkpoint):
        console.print(f"goes on at step {run.step} of {plan.steps}")
    columns = (TextColumn("train"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
               TextColumn("{task.fields[note]}"))  # fmt: skip
    figures = options.cache or work / "cache"
    with (
        filling(figures, seed=VALIDATION, count=plan.check_figures, render=not rank) as validation,
        filling(figures, seed=TRAINING, count=options.figures, render=not rank) as cache,
        Progress(*columns, console=console) as progress,
    ):
        task = progress.add_task("train", total=plan.steps, note="")
        report = shown(progress, task, plan, validation, work / f"{options.heads}.jsonl")
        if rank:
            progress.stop()
            report = _silent
        train(run, cache, plan, checkpoint=checkpoint, report=report)
    if rank:
        return
    export(run, config, options.out)
    console.print(f"wrote {options.out} after {run.seconds / 3600:.2f} hours")


def export(run: Run, config: DualHeadConfig, path: Path) -> None:
    """Write the averaged weights."""
    network = run.averaged(DualHeadNet(config))
    save_checkpoint(path, network, architecture="dual_head_mobilenet_v1", config=config)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=14000)
    parser.add_argument("--figures", type=int, default=48000, help="figures rendered to train on")
    parser.add_argument("--heads", choices=("both", "2d", "3d"), default="both")
    parser.add_argument("--width", type=float, default=0.5)
    parser.add_argument("--optimizer", default="adam", help="adam, adamw or adabound")
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--check-every", type=int, default=500, help="steps between PCK, MPJPE")
    parser.add_argument("--start", type=Path, help="weights to begin with, of the same shape")
    parser.add_argument("--work", type=Path, default=RUNS, help="checkpoints and the log")
    parser.add_argument("--cache", type=Path, help="rendered figures; WORK/cache if not given")
    parser.add_argument("--out", type=Path, default=FOLDER / "model.safetensors")
    return parser.parse_args()


if __name__ == "__main__":
    main()
