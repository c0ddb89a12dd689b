"""Small plots as SVG, made here: no script, no inline style, and always a text that says the same.

Drawn in units of their own and stretched to their place, lines of one width (CSS).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from broadsheet.editions import plain_date
from broadsheet.text import Month

_WIDTH, _HEIGHT = 600.0, 100.0
_SMALL_WIDTH, _SMALL_HEIGHT = 72.0, 16.0
_PLOT = Markup(
    '<svg class="plot" viewBox="0 0 600 100" preserveAspectRatio="none" role="img"'
    ' aria-label="{}"><polygon points="{}"/><polyline points="{}"/></svg>'
)
_SPARK = Markup(
    '<svg class="spark" viewBox="0 0 72 16" preserveAspectRatio="none" aria-hidden="true">'
    '<polyline points="{}"/></svg>'
)


def plot(months: Sequence[Month]) -> Markup:
    """The share of papers over the months, with its 95 % interval; '' for less than three."""
    if len(months) < 3:
        return Markup("")
    top = top_of(months)
    places = _places(months, _WIDTH)
    line = _points(zip(places, (m.share for m in months), strict=True), top, _HEIGHT)
    upper = list(zip(places, (m.high for m in months), strict=True))
    lower = list(zip(places, (m.low for m in months), strict=True))
    band = _points([*upper, *reversed(lower)], top, _HEIGHT)
    return _PLOT.format(in_words(months), band, line)


def top_of(months: Sequence[Month]) -> float:
    """The share at the upper edge of a plot: a month of few papers, whose interval is wide, must
    not press the line to the ground."""
    most = max((month.share for month in months), default=0.0)
    high = max((month.high for month in months), default=0.0)
    return min(high, 2 * most) or 1.0


def spark(months: Sequence[Month]) -> Markup:
    """The same without its interval, as small as a word; words beside it must say the trend."""
    if len(months) < 3:
        return Markup("")
    top = max(month.share for month in months) or 1.0
    pairs = zip(_places(months, _SMALL_WIDTH), (m.share for m in months), strict=True)
    return _SPARK.format(_points(pairs, top, _SMALL_HEIGHT))


def in_words(months: Sequence[Month]) -> str:
    """What a plot shows, for who does not see it."""
    first, last = months[0], months[-1]
    most = max(months, key=lambda month: month.share)
    return (
        f"Share of papers by month: {percent(first.share)} in {plain_date(first.month)}, "
        f"{percent(last.share)} in {plain_date(last.month)}, "
        f"at most {percent(most.share)} in {plain_date(most.month)}."
    )


def percent(share: float) -> str:
    """A share as one reads it: two digits that count."""
    value = 100 * share
    if value >= 10 or value == 0:
        return f"{value:.0f} %"
    return f"{value:.1f} %" if value >= 1 else f"{value:.2g} %" if value >= 0.01 else "< 0.01 %"


def _places(months: Sequence[Month], width: float) -> list[float]:
    """Months by their time, so that one that is missing leaves its gap."""
    numbers = [12 * int(month.month[:4]) + int(month.month[5:7]) for month in months]
    span = max(numbers[-1] - numbers[0], 1)
    return [width * (number - numbers[0]) / span for number in numbers]


def _points(pairs: Iterable[tuple[float, float]], top: float, height: float) -> str:
    inner = height - 2.0
    return " ".join(f"{x:.0f},{1 + inner * (1 - min(y / top, 1.0)):.1f}" for x, y in pairs)
