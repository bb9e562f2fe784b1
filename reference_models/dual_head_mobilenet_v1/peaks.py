"""Histograms of heatmap peaks, of joints the camera sees and of hidden ones, as one picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, MARGIN, GAP = 460, 300, 56, 24
COLOURS = {"visible": (0, 110, 190), "hidden": (215, 95, 0)}
INK, GRID, PAPER = (40, 40, 40), (210, 210, 210), (255, 255, 255)
BAND = 0.5


def save_histograms(record: Mapping[str, Any], edges: np.ndarray, path: Path) -> None:
    """Draw both heads side by side: share of joints by the height of their peaks."""
    sheet = Image.new("RGB", (2 * WIDTH, HEIGHT), PAPER)
    for place, head in enumerate(("2d", "3d")):
        shares = {name: _shares(record[f"histogram {name} {head}"]) for name in COLOURS}
        sheet.paste(_chart(f"{head} head", shares, edges), (place * WIDTH, 0))
    sheet.save(path, optimize=True)


def _shares(counts: list[int]) -> np.ndarray:
    return 100 * np.array(counts) / max(1, sum(counts))


def _chart(title: str, shares: Mapping[str, np.ndarray], edges: np.ndarray) -> Image.Image:
    chart = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw, font = ImageDraw.Draw(chart), ImageFont.load_default(13)
    left, right, top, bottom = MARGIN, WIDTH - GAP, MARGIN, HEIGHT - MARGIN
    most = 10 * np.ceil(max(share.max() for share in shares.values()) / 10)

    def x(peak: float) -> float:
        return left + (right - left) * (peak - edges[0]) / (edges[-1] - edges[0])

    def y(share: float) -> float:
        return bottom - (bottom - top) * share / most

    for share in np.linspace(0, most, 3):
        draw.line((left, y(share), right, y(share)), GRID)
        draw.text((left - 8, y(share)), f"{share:.0f} %", INK, font, anchor="rm")
    for peak in np.arange(edges[0], edges[-1] + 0.01, 0.2):
        draw.text((x(peak), bottom + 6), f"{peak:.1f}", INK, font, anchor="mt")
    draw.line((x(BAND), top, x(BAND), bottom), INK)
    for name, share in shares.items():
        corners = [(x(edges[0]), y(0))]
        for low, high, height in zip(edges[:-1], edges[1:], share, strict=True):
            corners += [(x(low), y(height)), (x(high), y(height))]
        draw.line([*corners, (x(edges[-1]), y(0))], COLOURS[name], 2, joint="curve")
    draw.text((left, 12), f"{title}: joints by the height of their peak", INK, font)
    for index, name in enumerate(shares):
        start = left + 110 * index
        draw.line((start, 40, start + 16, 40), COLOURS[name], 2)
        draw.text((start + 22, 32), name, COLOURS[name], font)
    draw.text(((left + right) / 2, HEIGHT - 22), "peak of the heatmap", INK, font, anchor="mt")
    return chart
