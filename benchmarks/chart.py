"""The one chart: time of ours over time of every neighbour, on a logarithmic axis, as SVG."""

from __future__ import annotations

import math
from html import escape
from typing import Any

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 860, 330, 60, 56, 34
ROW, HEADING = 34, 26
QUICKER, SLOWER = "#1f4e79", "#a23b2a"
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#222}"
    ".heading{font-weight:600}.other,.tick{fill:#666;font-size:11px}"
    ".grid{stroke:#ddd;stroke-width:1}.one{stroke:#444;stroke-width:1.5}"
    ".promise{stroke:#888;stroke-width:2}"
)


def chart(results: dict[str, Any]) -> str:
    """Draw the ratios of the first table of every benchmark that has any."""
    groups = [
        (f"{name}: {tables[0]['title']}", tables[0]["ratios"])
        for name, tables in (
            (name, found.get("tables", ())) for name, found in results["benchmarks"].items()
        )
        if tables and tables[0]["ratios"]
    ]
    ratios = [ratio for _, found in groups for ratio in found]
    low = math.floor(math.log10(min(one["low"] for one in ratios)))
    high = math.ceil(math.log10(max(one["high"] for one in ratios)))
    height = TOP + BOTTOM + HEADING * len(groups) + ROW * len(ratios)
    parts = _axis(low, max(high, low + 1), height)
    y = TOP
    for heading, found in groups:
        parts.append(f'<text class="heading" x="12" y="{y + 17}">{escape(heading)}</text>')
        y += HEADING
        for ratio in found:
            parts += _row(ratio, y, low, max(high, low + 1))
            y += ROW
    title = "Time of ours over time of each neighbour, with its spread"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' aria-label="{title}"><title>{title}</title><style>{STYLE}</style>'
        f'<rect width="{WIDTH}" height="{height}" rx="6" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _x(ratio: float, low: int, high: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(ratio) - low) / (high - low)


def _axis(low: int, high: int, height: int) -> list[str]:
    parts = []
    for power in range(low, high + 1):
        x = _x(10**power, low, high)
        kind = "grid" if power else "one"
        parts.append(
            f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}"'
            f' y2="{height - BOTTOM}"/><text class="tick" x="{x:.1f}" y="{height - 14}"'
            f' text-anchor="middle">{10.0**power:g}</text>'
        )
    one = _x(1, low, high)
    parts.append(
        f'<text x="{one - 8:.1f}" y="24" text-anchor="end">← ours is quicker</text>'
        f'<text x="{one + 8:.1f}" y="24">ours takes longer →</text>'
        f'<text class="tick" x="12" y="24">ours / neighbour; grey: promised at most</text>'
    )
    return parts


def _row(ratio: dict[str, Any], y: int, low: int, high: int) -> list[str]:
    middle = y + ROW / 2
    at, start, end = (_x(ratio[name], low, high) for name in ("median", "low", "high"))
    colour = QUICKER if ratio["median"] < 1 else SLOWER
    parts = [
        f'<text x="24" y="{middle - 2}">{escape(ratio["case"])}</text>'
        f'<text class="other" x="24" y="{middle + 12}">/ {escape(ratio["against"])}</text>'
    ]
    if ratio["target"]:
        mark = _x(ratio["target"], low, high)
        parts.append(
            f'<line class="promise" x1="{mark:.1f}" x2="{mark:.1f}" y1="{middle - 9}"'
            f' y2="{middle + 9}"/>'
        )
    parts.append(
        f'<line x1="{start:.1f}" x2="{end:.1f}" y1="{middle}" y2="{middle}" stroke="{colour}"'
        f' stroke-width="2"/><circle cx="{at:.1f}" cy="{middle}" r="4.5" fill="{colour}"/>'
        f'<text x="{max(at, end) + 9:.1f}" y="{middle + 4}">{ratio["median"]:.3g}</text>'
    )
    return parts
