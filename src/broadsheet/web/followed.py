"""What readers follow of the last two weeks, found once and kept for pages and the API."""

from __future__ import annotations

from collections.abc import Hashable

from broadsheet.cache import Cache
from broadsheet.editions import Followed
from broadsheet.readers import Reader
from broadsheet.web.desk import State
from broadsheet.web.feed_lists import all_followed

_KEPT = 300


class FollowedBook:
    """The followed papers of readers, each for one state of the home; least lately used go first.

    May be called from any thread.
    """

    def __init__(self) -> None:
        self._found: Cache[Hashable, dict[int, Followed]] = Cache(_KEPT)

    def of(self, state: State, reader: Reader) -> dict[int, Followed]:
        """The papers of what a reader follows, and saved ones of which there is news, newest
        first, and why each is among them."""
        follows = state.readers.follows.of(reader.id)
        saved = state.readers.acts.state(reader.id, "save")
        if not (follows or any(saved)):
            return {}
        key = (state.token, reader.id, tuple(follows), saved)
        found = self._found.get(key)
        if found is None:
            found = all_followed(state, reader)
            self._found.put(key, found)
        return found
