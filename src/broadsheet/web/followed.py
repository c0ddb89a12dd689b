"""What readers follow of the last two weeks, found once and kept for pages and the API."""

from __future__ import annotations

import threading
from collections import OrderedDict

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
        self._lock = threading.Lock()
        self._found: OrderedDict[object, dict[int, Followed]] = OrderedDict()

    def of(self, state: State, reader: Reader) -> dict[int, Followed]:
        """The papers of what a reader follows, newest first, and why each is among them."""
        follows = state.readers.follows.of(reader.id)
        if not follows:
            return {}
        key = (state.token, reader.id, tuple(follows))
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        found = all_followed(state, reader)
        with self._lock:
            self._found[key] = found
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)
        return found
