"""Small seeded networks of the ops that pose networks are made of, all of them healthy."""

import numpy as np
import torch
from torch import nn


class Residual(nn.Module):
    """What a branch adds to its input."""

    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.layers(x)


def random_network(seed):
    """Return a network in eval mode and the side of its square input."""
    generator = np.random.default_rng(seed)
    torch.manual_seed(seed)
    side = int(generator.choice([17, 24, 32, 33]))
    channels = int(generator.choice([4, 6, 8]))
    layers = [nn.Conv2d(3, channels, 3, stride=int(generator.integers(1, 3)), padding=1)]
    for _ in range(int(generator.integers(2, 6))):
        layers += _LAYERS[int(generator.integers(len(_LAYERS)))](generator, channels)
        layers.append(nn.BatchNorm2d(channels))
        layers.append(_ACTIVATIONS[int(generator.integers(len(_ACTIVATIONS)))]())
    layers.append(nn.Conv2d(channels, int(generator.integers(1, 5)), 1))
    network = nn.Sequential(Scaled(generator), *layers)
    calibrate(network, side)
    return network.eval(), side


class Scaled(nn.Module):
    """0-255 to what the network was trained on."""

    def __init__(self, generator):
        super().__init__()
        self.scale, self.shift = [(1 / 127.5, -1.0), (1 / 255, 0.0), (1 / 58.0, -2.1)][
            int(generator.integers(3))
        ]

    def forward(self, x):
        return x * self.scale + self.shift


@torch.no_grad()
def calibrate(network, side):
    """Fill the statistics of batch norms, so that every layer answers its input."""
    generator = torch.Generator().manual_seed(1)
    coarse = torch.rand(16, 3, 5, 5, generator=generator) * 255
    pictures = nn.functional.interpolate(coarse, (side, side), mode="bilinear")
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
            nn.init.uniform_(module.weight, 0.8, 1.2)
            nn.init.uniform_(module.bias, -0.5, 1.0)
    network.train()
    network(pictures)


def _conv(generator, channels):
    size = int(generator.choice([1, 3, 5]))
    return [
        nn.Conv2d(channels, channels, size, padding=size // 2, bias=bool(generator.integers(2)))
    ]


def _separable(generator, channels):
    return [
        nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU6(),
        nn.Conv2d(channels, channels, 1),
    ]


def _residual(generator, channels):
    return [Residual(nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU())]


def _max_pool(generator, channels):
    return [nn.MaxPool2d(3, stride=2, padding=1)]


def _average_pool(generator, channels):
    inside = bool(generator.integers(2))
    return [nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=inside)]


def _upsample(generator, channels):
    mode = ["nearest", "bilinear"][int(generator.integers(2))]
    return [nn.Upsample(scale_factor=2, mode=mode)]


def _expand(generator, channels):
    return [nn.ConvTranspose2d(channels, channels, 4, stride=2, padding=1)]


_LAYERS = (_conv, _separable, _residual, _max_pool, _average_pool, _upsample, _expand)
_ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.SiLU, nn.Hardswish, nn.Sigmoid, nn.LeakyReLU, nn.Identity)
