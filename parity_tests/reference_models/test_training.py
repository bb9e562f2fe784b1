"""A killed run goes on bit for bit; figures, orders and flips are what they are said to be."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from train import Plan, started, train, train_step
from training.augment import MIRROR, _moved, order, plain_batch, training_batch
from training.cache import open_cache, rendered
from training.objective import losses
from training.optimizers import AdaBound, optimizer_for, rate_at
from training.state import load, save

from poseconvert.figures.body import JOINTS
from poseconvert.figures.figure import figure
from poseconvert.network.dual_head import DualHeadConfig, DualHeadNet

CONFIG = DualHeadConfig(width=0.25, input_size=64, depth=4)
PLAN = Plan(steps=6, batch=4, rate=2e-3, save_every=0.0)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def silent(run, terms):
    pass


def everything(run):
    yield from run.network.state_dict().values()
    yield from run.average.values()
    for state in run.optimizer.state_dict()["state"].values():
        yield from (value for value in state.values() if isinstance(value, torch.Tensor))


def same(first, second):
    pairs = list(zip(everything(first), everything(second), strict=True))
    return len(pairs) > 100 and all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.slow
@pytest.mark.parametrize("killed_at", [1, 3, 5])
def test_a_run_that_was_killed_ends_as_one_that_was_not(few_figures, tmp_path, killed_at):
    whole = started(CONFIG, PLAN)
    train(whole, few_figures, PLAN, checkpoint=tmp_path / "whole.pt", report=silent)

    class KilledError(Exception):
        pass

    def kill(run, terms):
        # The step after the last checkpoint is lost, and done again.
        if run.step == killed_at + 1:
            raise KilledError

    broken = started(CONFIG, PLAN)
    path = tmp_path / "broken.pt"
    with pytest.raises(KilledError):
        train(broken, few_figures, PLAN, checkpoint=path, report=kill)
    resumed = started(CONFIG, PLAN)
    assert load(resumed, path)
    assert 0 < resumed.step <= killed_at
    assert not same(resumed, whole)
    train(resumed, few_figures, PLAN, checkpoint=path, report=silent)
    assert resumed.step == whole.step == 6
    assert resumed.samples == whole.samples
    assert same(resumed, whole)


def test_a_kill_while_a_checkpoint_is_written_leaves_the_old_one(tmp_path, monkeypatch):
    run = started(CONFIG, PLAN)
    path = tmp_path / "run.pt"
    save(run, path)
    before = path.read_bytes()

    def half(record, file):
        file.write(b"half a checkpoint")
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", half)
    run.step = 9
    with pytest.raises(KeyboardInterrupt):
        save(run, path)
    assert path.read_bytes() == before
    assert load(started(CONFIG, PLAN), path)


def test_training_learns(few_figures):
    plan = replace(PLAN, steps=10_000)
    run = started(CONFIG, plan)
    losses = [
        sum(train_step(run, plain_batch(few_figures, 0, 4, size=64), plan).values())
        for _ in range(30)
    ]
    assert np.mean(losses[-5:]) < 0.7 * losses[0]


@pytest.mark.parametrize("name", ["adam", "adamw", "adabound"])
def test_each_optimizer_moves_the_weights_of_every_kind_of_layer(few_figures, name):
    plan = replace(PLAN, optimizer=name)
    run = started(CONFIG, plan)
    before = {key: value.clone() for key, value in run.network.named_parameters()}
    train_step(run, plain_batch(few_figures, 0, 4, size=64), plan)
    moved = {k for k, v in run.network.named_parameters() if not torch.equal(v, before[k])}
    assert {key for key in before if key.startswith("heads.")} <= moved
    assert "stem.conv.weight" in moved
    # AdaBound's upper bound leaves a few tiny gradients below the last bit of their weights.
    assert len(moved) > 0.9 * len(before)


def test_an_unknown_optimizer_is_one_line():
    with pytest.raises(
        SystemExit, match=r'there is no optimizer "sgd". Use adam, adamw or adabound.'
    ):
        optimizer_for(started(CONFIG, PLAN).network, "sgd", rate=1e-3, cells=4)


def test_the_2d_variant_trains(few_figures):
    run = started(replace(CONFIG, heads="2d"), PLAN)
    terms = train_step(run, plain_batch(few_figures, 0, 4, size=64), PLAN)
    assert set(terms) == {"heatmap2d", "offset2d"}


def test_the_loss_is_computed_where_the_network_lies(few_figures):
    """On torch's device without storage, which refuses tensors of any other as a GPU does."""
    elsewhere = torch.device("meta")
    network = DualHeadNet(CONFIG).to(elsewhere)
    batch = plain_batch(few_figures, 0, 2, size=64)
    moved = batch.to(elsewhere)
    terms = losses(network, moved.pictures, moved.joints, moved.visible)
    torch.stack(list(terms.values())).sum().backward()
    assert {weight.grad.device for weight in network.parameters()} == {elsewhere}
    with pytest.raises((NotImplementedError, RuntimeError)):
        losses(network, moved.pictures, batch.joints, moved.visible)


def test_the_rate_warms_up_stays_and_falls_to_nothing():
    rates = [rate_at(step, 1000, peak=1.0) for step in range(1000)]
    assert rates[0] < 0.01
    assert rates[250] == rates[690] == 1
    assert rates[850] == pytest.approx(0.5)
    assert rates[-1] < 0.01
    # Until it falls it does not depend on the length of the run.
    assert rates[:700] == [rate_at(step, 9000, peak=1.0) for step in range(700)]


def test_the_first_pass_is_in_order_and_later_ones_hold_every_figure_once(few_figures):
    assert order(few_figures, 0, 12) == list(range(12))
    second, third = order(few_figures, 12, 12), order(few_figures, 24, 12)
    assert sorted(second) == sorted(third) == list(range(12))
    assert second != third


def test_a_batch_depends_on_its_first_sample_only(few_figures):
    first, again = (training_batch(few_figures, 4, 4, size=224) for _ in range(2))
    assert torch.equal(first.pictures, again.pictures)
    assert torch.equal(first.joints, again.joints)


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("shift", [(0, 0), (7, -12), (-20, 20)])
def test_a_moved_joint_lies_on_the_pixel_it_lay_on(few_figures, flip, shift):
    compared = 0
    for index in range(12):
        picture, joints, seen = _moved(few_figures, index, np.array(shift), flip=flip)
        truth = few_figures.joints[index]
        for j in np.flatnonzero(seen):
            x, y = (round(float(value)) for value in joints[j, :2])
            source = truth[MIRROR[j] if flip else j]
            column, row = (round(float(value)) for value in source[:2])
            assert joints[j, 2] == source[2]
            if abs(source[0] % 1 - 0.5) < 1e-3:
                continue  # between two pixels, a flip rounds the other way
            assert np.array_equal(picture[y, x], few_figures.pictures[index][row, column])
            compared += 1
    assert compared > 100


def test_mirror_swaps_right_and_left():
    for joint, other in enumerate(MIRROR):
        swap = {"r": "l", "l": "r"}.get(JOINTS[joint][0])
        expected = swap + JOINTS[joint][1:] if swap else JOINTS[joint]
        assert JOINTS[other] == expected
    assert [MIRROR[other] for other in MIRROR] == list(range(24))


@pytest.mark.slow
def test_the_cache_holds_the_figures_and_goes_on_after_a_kill(model_folder, tmp_path):
    code = (
        f"import sys; sys.path.insert(0, {str(model_folder)!r})\n"
        "from pathlib import Path; from training.cache import fill\n"
        f"fill(Path({str(tmp_path)!r}), 4, 5000)"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    cache = open_cache(tmp_path, seed=4, count=5000)
    while rendered(cache.folder) < 64:
        assert process.poll() is None
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = rendered(cache.folder)
    assert 64 <= done < 5000
    again = open_cache(tmp_path, seed=4, count=5000)
    for index in (0, 63):
        made = figure(4, index)
        assert np.array_equal(again.pictures[index], made.picture)
        assert np.allclose(again.joints[index], made.joints, atol=1e-4)
        assert np.array_equal(again.visible[index], made.visible)


def test_adabound_steps_as_its_paper_says():
    """Algorithm 2 of Luo et al. in plain floats, one weight, three gradients."""
    weight = torch.nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
    optimizer = AdaBound([weight], lr=0.01)
    value, mean, square = 1.0, 0.0, 0.0
    for count, gradient in enumerate((0.5, -2.0, 1e-6), start=1):
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        step = 0.01 * (1 - 0.999**count) ** 0.5 / (1 - 0.9**count) / (square**0.5 + 1e-8)
        low = 0.1 * (1 - 1 / (0.001 * count + 1))
        high = 0.1 * (1 + 1 / (0.001 * count))
        value -= min(max(step, low), high) * mean
        weight.grad = torch.tensor([gradient], dtype=torch.float64)
        optimizer.step()
        assert weight.item() == pytest.approx(value, abs=1e-12)
