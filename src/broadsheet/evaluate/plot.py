"""A comparison as a picture: means with their intervals, a row a system, a panel a collection."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

_WIDTH, _LEFT, _RIGHT = 760, 150, 60
_ROW, _HEAD, _GAP, _FOOT = 20, 26, 18, 30
_TICKS = 5


def as_svg(figures: Mapping[str, Any], baseline: str) -> str:
    """The nDCG@10 of every system with its 95 % interval, the baseline's mean as a line.

    A whole SVG document in one colour that fits light and dark pages.
    """
    panels: list[str] = []
    top = 10
    for one in figures["collections"]:
        drawn, height = _panel(one, baseline, top)
        panels.append(drawn)
        top += height + _GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" width="{_WIDTH}"'
        f' height="{top}" role="img" aria-label="nDCG@10 by system and collection"'
        ' font-family="system-ui, sans-serif" font-size="12" fill="#777">'
        f"{''.join(panels)}</svg>\n"
    )


def _panel(one: Mapping[str, Any], baseline: str, top: int) -> tuple[str, int]:
    systems = one["systems"]
    highest = max(max(row["high"] for row in systems.values()), 0.1)
    scale = (_WIDTH - _LEFT - _RIGHT) / highest
    base = top + _HEAD + _ROW * len(systems)
    parts = [
        f'<text x="0" y="{top + 14}" font-weight="bold">{escape(one["collection"])}'
        f" ({one['queries']:,} queries)</text>"
    ]
    for tick in range(_TICKS + 1):
        value = highest * tick / _TICKS
        x = _LEFT + value * scale
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top + _HEAD - 4}" y2="{base}"'
            ' stroke="#777" stroke-opacity=".2"/>'
            f'<text x="{x:.1f}" y="{base + 14}" text-anchor="middle">{value:.2f}</text>'
        )
    if baseline in systems:
        x = _LEFT + systems[baseline]["ndcg@10"] * scale
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top + _HEAD - 4}" y2="{base}"'
            ' stroke="#777" stroke-dasharray="3 3"/>'
        )
    for place, (name, row) in enumerate(systems.items()):
        parts.append(_row(name, row, top + _HEAD + _ROW * place + _ROW / 2 - 2, scale))
    return "".join(parts), base - top + _FOOT


def _row(name: str, row: Mapping[str, Any], y: float, scale: float) -> str:
    low, high, mean = (_LEFT + row[key] * scale for key in ("low", "high", "ndcg@10"))
    return (
        f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{escape(name)}</text>'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y:.1f}" y2="{y:.1f}"'
        ' stroke="#777" stroke-width="2"/>'
        f'<circle cx="{mean:.1f}" cy="{y:.1f}" r="4"><title>{row["ndcg@10"]:.4f}</title></circle>'
        f'<text x="{high + 6:.1f}" y="{y + 4:.1f}">{row["ndcg@10"]:.3f}</text>'
    )
