"""What a tool works with: the state of the paper, who asks, and under which address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from broadsheet.catalog import Work
from broadsheet.editions import public_name
from broadsheet.readers import Reader
from broadsheet.search import Searcher
from broadsheet.web.desk import State
from broadsheet.web.params import tidy
from broadsheet.web.visitors import Visitor

T = TypeVar("T")

_SHOWN = 120  # characters of what was given, in an error
_LONGEST_ID = 2000
_MOST_NAMED = 5


class Refusal(Exception):  # noqa: N818  # an answer to the agent, not a fault of ours
    """What an agent asked cannot be done; the text is one line and says what to do."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One call. ``base`` is the address of the site without a slash at its end; ``key`` seals
    cursors; ``writes``: whether this asker may change what is their reader's; ``wait``: the
    seconds to wait for one who asks too much, else 0."""

    state: State
    visitor: Visitor
    base: str
    key: bytes
    writes: bool
    wait: float = 0.0

    @property
    def reads_own(self) -> bool:
        """Whether what belongs to a reader may be read."""
        scopes = self.visitor.scopes
        return self.visitor.reader is not None and (scopes is None or "read" in scopes)

    @property
    def reader(self) -> Reader:
        """Whose paper it is; a `Refusal` for nobody."""
        if self.visitor.reader is None or not self.reads_own:
            raise Refusal("This needs a personal token with the scope “read” of a reader.")
        return self.visitor.reader

    @property
    def searcher(self) -> Searcher:
        """What finds papers; a `Refusal` while there is no index."""
        if self.state.searcher is None:
            raise Refusal(
                f"Nothing can be searched yet: {self.state.index_problem or 'no index is made'}."
            )
        return self.state.searcher

    def work(self, name: str) -> Work:
        """The only paper of a name; a `Refusal` where there is none, or several."""
        ids = self.state.catalog.resolve(name) if 0 < len(name) <= _LONGEST_ID else []
        works = [one for one in self.state.catalog.get_many(ids).values() if not one.deleted]
        if not works:
            raise Refusal(
                f"No paper here is “{shown(name)}”. Ids come from search, papers or a feed; arXiv "
                "ids, DOIs and addresses of papers are read too."
            )
        if len(works) > 1:
            names = ", ".join(shown(public_name(one.paper)) for one in works[:_MOST_NAMED])
            raise Refusal(f"“{shown(name)}” is the id of {len(works)} papers: say {names}.")
        return works[0]


def shown(text: str) -> str:
    """What was given, fit to stand in a line."""
    line = " ".join(tidy(text).split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


def check_days(first: str, last: str) -> None:
    """Refuses a last day before the first; each is ISO of any precision, or ''."""
    if last and first[: len(last)] > last:
        raise Refusal(f"last_day: {last} is before {first}.")


def valid(work: Callable[[], T]) -> T:
    """What a piece of work gives; its ValueError (a day that is none) as a `Refusal`."""
    try:
        return work()
    except ValueError as error:
        raise Refusal(" ".join(str(error).split()) + ".") from error
