"""Which papers readers did or said anything about: for most of them nobody did.

Programs ask for thousands of papers, each with its votes, comments, claims and the like; asking
six tables for every one of them would cost more than all the rest.
"""

from __future__ import annotations

import threading
from collections.abc import Collection

from sqlalchemy import BindParameter, Connection, bindparam, select, union_all

from broadsheet.catalog import chunked
from broadsheet.readers.store import COUNTER, Store, fit
from broadsheet.readers.tables import acts, counters, works
from broadsheet.readers.tables_community import (
    claims,
    comments,
    links,
    organisation_works,
    submissions,
)

# Rows of these keep their work: those since the last look are the ones with higher numbers.
_KEPT = (
    select(acts.c.work_id, acts.c.id).where(acts.c.kind == "upvote"),
    select(comments.c.work_id, comments.c.id),
    select(claims.c.work_id, claims.c.id),
    select(links.c.work_id, links.c.id),
)
# Asked with every page: composing these statements would cost more than running them. Whatever
# has anything merged into it is looked at more closely by others.
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_ELSEWHERE = union_all(
    select(organisation_works.c.work_id).where(organisation_works.c.work_id.in_(_IDS)),
    select(works.c.merged_into).where(works.c.merged_into.in_(_IDS)),
)
_SEQ = select(counters.c.value).where(counters.c.name == COUNTER)


class Talked:
    """Follows what readers do. Never says no wrongly; yes may be of what was taken back since."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._seq = 0
        self._works: set[int] = set()
        self._submitted: set[int] = set()

    def among(self, work_ids: Collection[int]) -> set[int]:
        """Those of these works that have votes, comments, claims, submissions, links or
        organisations, by themselves or by what was merged into them."""
        asked = {number for number in work_ids if fit(number)}
        with self._store.read() as connection:
            self._follow(connection)
            found: set[int] = set()
            for part in chunked(sorted(asked)):
                found.update(connection.execute(_ELSEWHERE, {"ids": part}).scalars())
        with self._lock:
            return found | (asked & self._works) | (asked & self._submitted)

    def _follow(self, connection: Connection) -> None:
        seq = int(connection.execute(_SEQ).scalar_one_or_none() or 0)
        with self._lock:
            if seq == self._seq:
                return
            after = self._seq if seq > self._seq else 0
            for query in _KEPT:
                number = query.selected_columns[1]
                self._works.update(connection.execute(query.where(number > after)).scalars())
            # These get their work when it comes.
            here = select(submissions.c.work_id).where(submissions.c.work_id != 0)
            self._submitted = set(connection.execute(here).scalars())
            self._seq = seq
