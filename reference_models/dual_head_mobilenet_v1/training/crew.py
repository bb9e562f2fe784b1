"""Several processes that train one network: each takes a share of every batch.

Two processes of one thread wait for each other once a step; two threads of one process wait
hundreds of times, which on shared cores costs more than half of the time.
Started by ``torchrun --nproc-per-node 2 train.py``; alone, everything here does nothing.
"""

from __future__ import annotations

import os

import torch
import torch.distributed as dist
from torch import nn


def join() -> tuple[int, int]:
    """Join the others, if torchrun started any; return this process's rank and their number."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return 0, 1
    dist.init_process_group("gloo")
    torch.set_num_threads(1)
    return dist.get_rank(), dist.get_world_size()


def share_of(first: int, count: int, *, rank: int, ranks: int) -> tuple[int, int]:
    """First sample and number of samples of this process in a batch."""
    part = count // ranks
    return first + rank * part, part


@torch.no_grad()
def average_gradients(network: nn.Module, ranks: int) -> None:
    """Replace every gradient by its mean over the processes."""
    if ranks == 1:
        return
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    flat /= ranks
    start = 0
    for gradient in gradients:
        gradient.copy_(flat[start : start + gradient.numel()].view_as(gradient))
        start += gradient.numel()
