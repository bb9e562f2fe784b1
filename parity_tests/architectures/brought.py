"""Small random networks of the kinds that users bring: 32x32 pictures, few channels, seeded."""

import torch
import torch.nn.functional as F
from torch import nn


def block(inside, outside, size=3, *, stride=1, groups=1, act=nn.ReLU):
    """A convolution, batch norm with statistics of its own, and an activation."""
    conv = nn.Conv2d(
        inside, outside, size, stride=stride, padding=size // 2, groups=groups, bias=False
    )
    return nn.Sequential(conv, nn.BatchNorm2d(outside), act())


class Residual(nn.Module):
    def __init__(self, inside, outside, *, stride=1):
        super().__init__()
        self.body = nn.Sequential(
            block(inside, outside, stride=stride), block(outside, outside, act=nn.Identity)
        )
        same = inside == outside and stride == 1
        self.short = nn.Identity() if same else nn.Conv2d(inside, outside, 1, stride=stride)

    def forward(self, x):
        return F.relu(self.body(x) + self.short(x))


class Hourglass(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = block(3, 8, stride=2)
        self.skips = nn.ModuleList(Residual(8, 8) for _ in range(2))
        self.downs = nn.ModuleList(Residual(8, 8) for _ in range(2))
        self.middle = Residual(8, 8)
        self.head = nn.Conv2d(8, 17, 1)

    def forward(self, x):
        x, kept = self.stem(x), []
        for skip, down in zip(self.skips, self.downs, strict=True):
            kept.append(skip(x))
            x = down(F.max_pool2d(x, 2))
        x = self.middle(x)
        for skip in reversed(kept):
            x = skip + F.interpolate(x, scale_factor=2, mode="nearest")
        return self.head(x)


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = block(3, 8), block(8, 16), block(16, 16)
        self.wide = nn.ConvTranspose2d(16, 16, 2, stride=2)
        self.wider = nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1)
        self.join, self.last = block(32, 16), nn.Conv2d(16, 5, 1)

    def forward(self, x):
        a = self.first(x)
        b = self.second(F.max_pool2d(a, 2))
        c = self.third(F.max_pool2d(b, 2))
        b = self.join(torch.cat([b, self.wide(c)], 1))
        return self.last(torch.cat([a, self.wider(b)], 1))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(block(3, 8, 7, stride=2), nn.MaxPool2d(3, 2, 1))
        self.body = nn.Sequential(Residual(8, 8), Residual(8, 16, stride=2))
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        return self.head(torch.flatten(F.adaptive_avg_pool2d(self.body(self.stem(x)), 1), 1))


class Squeeze(nn.Module):
    def __init__(self, channels, *, inner, gate):
        super().__init__()
        self.down, self.up = nn.Conv2d(channels, 4, 1), nn.Conv2d(4, channels, 1)
        self.inner, self.gate = inner(), gate()

    def forward(self, x):
        return x * self.gate(self.up(self.inner(self.down(x.mean((2, 3), keepdim=True)))))


class Inverted(nn.Module):
    def __init__(self, inside, outside, *, stride=1, act=nn.ReLU6, squeeze=None):
        super().__init__()
        wide = inside * 3
        layers = [
            block(inside, wide, 1, act=act),
            block(wide, wide, stride=stride, groups=wide, act=act),
        ]
        if squeeze:
            layers.append(Squeeze(wide, inner=squeeze[0], gate=squeeze[1]))
        self.body = nn.Sequential(*layers, block(wide, outside, 1, act=nn.Identity))
        self.same = inside == outside and stride == 1

    def forward(self, x):
        return x + self.body(x) if self.same else self.body(x)


def mobile(act, squeeze=None):
    return nn.Sequential(
        block(3, 8, stride=2, act=act),
        Inverted(8, 8, act=act, squeeze=squeeze),
        Inverted(8, 12, stride=2, act=act, squeeze=squeeze),
        nn.Conv2d(12, 17, 1),
    )


class Shuffle(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = block(3, 16, stride=2)
        self.branch = nn.Sequential(
            block(8, 8, 1), block(8, 8, groups=8, act=nn.Identity), block(8, 8, 1)
        )
        self.head = nn.Conv2d(16, 17, 1)

    def forward(self, x):
        kept, changed = self.stem(x).chunk(2, 1)
        x = torch.cat([kept, self.branch(changed)], 1)
        n, c, h, w = x.shape
        return self.head(x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w))


class ViT(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 16, 8, stride=8)
        self.places = nn.Parameter(torch.randn(1, 16, 16) * 0.1)
        self.norms = nn.ModuleList(nn.LayerNorm(16) for _ in range(2))
        self.qkv, self.out = nn.Linear(16, 48), nn.Linear(16, 16)
        self.mlp = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))
        self.head = nn.Linear(16, 34)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2) + self.places
        n, tokens, width = x.shape
        qkv = self.qkv(self.norms[0](x)).reshape(n, tokens, 3, 4, width // 4)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        seen = F.scaled_dot_product_attention(q, k, v)
        x = x + self.out(seen.transpose(1, 2).reshape(n, tokens, width))
        return self.head((x + self.mlp(self.norms[1](x))).mean(1))


class ConvNeXt(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 12, 4, stride=4)
        self.depthwise = nn.Conv2d(12, 12, 7, padding=3, groups=12)
        self.norm = nn.LayerNorm(12, eps=1e-6)
        self.wide, self.narrow = nn.Linear(12, 48), nn.Linear(48, 12)
        self.scale = nn.Parameter(torch.rand(12))
        self.head = nn.Conv2d(12, 6, 1)

    def forward(self, x):
        x = self.stem(x)
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        y = self.narrow(F.gelu(self.wide(y))) * self.scale
        return self.head(x + y.permute(0, 3, 1, 2))


class HRNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.middle = block(3, 8, stride=2), block(8, 12, stride=2)
        self.quarter = block(12, 16, stride=2)
        self.up, self.upper = nn.Conv2d(12, 8, 1), nn.Conv2d(16, 8, 1)
        self.down, self.heat = block(8, 12, stride=2, act=nn.Identity), nn.Conv2d(8, 17, 1)
        self.part = nn.Conv2d(12, 3, 1)

    def forward(self, x):
        a = self.stem(x)
        b = self.middle(a)
        c = self.quarter(b)
        wide = [
            F.interpolate(self.up(b), scale_factor=2, mode="bilinear", align_corners=False),
            F.interpolate(self.upper(c), scale_factor=4, mode="bilinear", align_corners=False),
        ]
        return self.heat(F.relu(a + wide[0] + wide[1])), self.part(F.relu(b + self.down(a)))


class GRUHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(block(3, 8, stride=4), block(8, 8, stride=2))
        self.gru, self.head = nn.GRU(32, 12, batch_first=True), nn.Linear(12, 6)

    def forward(self, x):
        rows = self.stem(x).permute(0, 2, 1, 3).flatten(2)
        return self.head(self.gru(rows)[0])


class PixelShuffle(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            block(3, 8, stride=2, act=nn.LeakyReLU), nn.Conv2d(8, 12, 3, padding=1)
        )

    def forward(self, x):
        return torch.sigmoid(F.pixel_shuffle(self.body(x), 2))


NETWORKS = {
    "hourglass": Hourglass,
    "unet": UNet,
    "resnet": ResNet,
    "mobilenet_v2": lambda: mobile(nn.ReLU6),
    "mobilenet_v3": lambda: mobile(nn.Hardswish, (nn.ReLU, nn.Hardsigmoid)),
    "efficientnet": lambda: mobile(nn.SiLU, (nn.SiLU, nn.Sigmoid)),
    "shufflenet": Shuffle,
    "vit": ViT,
    "convnext": ConvNeXt,
    "hrnet": HRNet,
    "gru": GRUHead,
    "pixel_shuffle": PixelShuffle,
}


class Pictures(nn.Module):
    """A network that takes pixels from 0 to 255, as an image input gives them."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x / 127.5 - 1)


def seeded(name):
    """Build a network whose batch norm has seen noise, so that it is not the identity."""
    torch.manual_seed(sum(name.encode()))
    network = Pictures(NETWORKS[name]()).train()
    with torch.no_grad():
        for _ in range(3):
            network(torch.rand(4, 3, 32, 32) * 255)
    return network.eval()


def written(network, path, shape=(1, 3, 32, 32)):
    """Write ``network`` in the form that the suffix of ``path`` names."""
    example = (torch.zeros(shape),)
    if path.suffix == ".pt2":
        torch.export.save(torch.export.export(network, example), path)
    elif path.suffix == ".pt":
        torch.jit.trace(network, example).save(path)
    else:
        program = torch.onnx.export(
            network, example, dynamo=True, opset_version=18, verbose=False, input_names=["image"]
        )
        program.save(path)
    return path
