"""What the address of a search page says, and the addresses that lead on from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlencode

from starlette.requests import Request

from broadsheet.web.params import LAST_OFFSET, query_text, tidy, whole_number

Sort = Literal["relevance", "newest"]

SEARCH = "/search"
MOST_EXAMPLES = 8  # papers that may be named as liked, and as many as disliked
LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as its address names it. All of it stands there, so that it can be shared.

    ``cut`` says that the query was longer than what is read. ``more`` and ``less`` are the
    public names of papers whose like is wanted, or not. ``path`` is the page's own: all papers
    are searched at one address, those of a list at another.
    """

    query: str = ""
    cut: bool = False
    offset: int = 0
    sort: Sort = "relevance"
    diverse: bool = False
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    path: str = SEARCH

    @classmethod
    def of(cls, request: Request, path: str = SEARCH) -> Asked:
        """Reads an address leniently: what makes no sense is left out."""
        given = request.query_params
        query, cut = query_text(given.get("q", ""))
        return cls(
            query,
            cut,
            whole_number(request, "from", 0, 0, LAST_OFFSET),
            "newest" if given.get("sort") == "newest" else "relevance",
            given.get("diverse") == "1",
            _names(given.getlist("more")),
            _names(given.getlist("less")),
            path,
        )

    @property
    def bare(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.query or self.more)

    def parameters(self) -> list[tuple[str, str]]:
        """What makes the search another one, beside its words and its page."""
        found = [("sort", "newest")] if self.sort == "newest" else []
        found += [("diverse", "1")] if self.diverse else []
        found += [("more", name) for name in self.more]
        return found + [("less", name) for name in self.less]

    def address(self, base: str, under: str = "", **beside: str) -> str:
        """The address of this search under a base path, or of a page ``under`` it; ``beside``
        are further parameters."""
        pairs = [("q", self.query), *self.parameters()]
        if self.offset:
            pairs.append(("from", str(self.offset)))
        return f"{base}{self.path}{under}?{urlencode([*pairs, *beside.items()])}"

    def asking(self, query: str) -> Asked:
        """The same way of looking for other words, from the first page on."""
        return replace(self, query=query, cut=False, offset=0)

    def everywhere(self) -> Asked:
        """The same among all papers."""
        return replace(self, path=SEARCH, offset=0)

    def at(self, offset: int) -> Asked:
        """Another page of it."""
        return replace(self, offset=max(offset, 0))

    def sorted_by(self, sort: Sort) -> Asked:
        """The same papers in another order."""
        return replace(self, sort=sort, offset=0)

    def spread(self, diverse: bool) -> Asked:
        """With papers that differ from one another, or without regard to that."""
        return replace(self, diverse=diverse, offset=0)

    def liking(self, name: str) -> Asked:
        """More like this paper."""
        less = tuple(other for other in self.less if other != name)
        return replace(self, more=_names([*self.more, name]), less=less, offset=0)

    def disliking(self, name: str) -> Asked:
        """Less like this paper."""
        more = tuple(other for other in self.more if other != name)
        return replace(self, less=_names([*self.less, name]), more=more, offset=0)

    def forgetting(self, name: str) -> Asked:
        """Without this paper as an example of either."""
        more = tuple(other for other in self.more if other != name)
        less = tuple(other for other in self.less if other != name)
        return replace(self, more=more, less=less, offset=0)


def _names(given: list[str]) -> tuple[str, ...]:
    names = (tidy(name).strip()[:LONGEST_NAME] for name in given)
    return tuple(dict.fromkeys(name for name in names if name))[-MOST_EXAMPLES:]
