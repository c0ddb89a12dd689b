"""The templates, with what every page needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from broadsheet.editions import plain_date
from broadsheet.settings import Settings
from broadsheet.web.signatures import signature
from broadsheet.web.statics import assets


@dataclass(frozen=True, slots=True)
class NavEntry:
    """One entry of the main navigation."""

    name: str
    path: str


NAVIGATION = (
    NavEntry("Today", "/"),
    NavEntry("Week", "/editions/week"),
    NavEntry("Month", "/editions/month"),
    NavEntry("Trending", "/trending"),
    NavEntry("Terms", "/terms"),
    NavEntry("Archive", "/editions"),
)


# Letters that are written from right to left, and what turns the direction of others.
_TURNED = re.compile(
    "[\u0590-\u08ff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def turned(text: str) -> Markup:
    """The attribute that lets what others wrote run as it is written; none where it can only run
    from left to right, as most of a page's many lines do."""
    return Markup(' dir="auto"') if _TURNED.search(text) else Markup("")


def kept_apart(text: str) -> Markup:
    """The same for a name among others: in a ``bdi`` where it could turn what stands around it."""
    return Markup("<bdi>{}</bdi>").format(text) if _TURNED.search(text) else Markup.escape(text)


def apart(names: Iterable[str]) -> Markup:
    """Names in a row. A name that runs from right to left leaves what stands around it in place."""
    return Markup(", ").join(Markup("<bdi>{}</bdi>").format(name) for name in names)


def day_of(stamp: str) -> str:
    """The day of a time as people write it: ``23 November 2026``."""
    return plain_date(stamp[:10])


def moment_of(stamp: str) -> str:
    """A stored time in words: ``21 August 2026, 04:20 UTC``; '' for none."""
    return f"{day_of(stamp)}, {stamp[11:16]} UTC" if stamp else ""


class Templates:
    """Renders pages to bytes. Everything that is not Markup is escaped."""

    def __init__(self, settings: Settings) -> None:
        self._environment = _environment(settings.base_path, settings.name)

    def render(self, name: str, values: Mapping[str, object]) -> bytes:
        """A page as UTF-8; lone surrogates, which UTF-8 cannot hold, become question marks."""
        page = self._environment.get_template(name).render(values)
        return page.encode("utf-8", "replace")


@lru_cache(maxsize=4)
def _environment(base: str, paper_name: str) -> Environment:
    """All templates, compiled: half a second of work, once however many sites a process serves."""
    environment = Environment(
        loader=PackageLoader("broadsheet.web"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    for filter_ in (apart, day_of, kept_apart, moment_of, turned):
        environment.filters[filter_.__name__] = filter_
    addresses = {name: f"{base}/static/{asset.name}" for name, asset in assets().items()}
    environment.globals.update(
        signature=signature,
        asset=addresses.__getitem__,
        base=base,
        paper_name=paper_name,
        nav=NAVIGATION,
        front=False,
        here="",
        own_search=False,
    )
    for name in environment.list_templates():
        environment.get_template(name)  # compiled now, not by the first reader
    return environment
