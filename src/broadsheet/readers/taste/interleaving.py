"""Two rankers compared on live use: their lists interleaved, credit to who brought what is liked.

Team draft (Radlinski, Kurup and Joachims 2008): in each round a coin says who picks first, and
each ranker adds its best paper that is not there yet. What a reader likes counts for the ranker
that picked it; over many days the better one wins more often.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select

from broadsheet.readers import checks
from broadsheet.readers.acts import Acts
from broadsheet.readers.store import Store
from broadsheet.readers.tables_taste import trials

LIKES = ("upvote", "save", "rate_up")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a trial says so far.

    ``wins``, ``losses`` and ``ties`` are days (of any reader) on which more of the first
    ranker's papers, of the second's, or as many were liked; ``p`` is that of a two-sided sign
    test, ties left out. ``likes`` are likes by ranker.
    """

    first: str
    second: str
    wins: int
    losses: int
    ties: int
    likes: Mapping[str, int]
    p: float

    def sentence(self) -> str:
        """The report in a line."""
        if self.wins + self.losses == 0:
            return f"{self.first} against {self.second}: nothing to say yet"
        better = self.first if self.wins >= self.losses else self.second
        sure = "" if self.p < 0.05 else ", which may be chance"
        return (
            f"{self.first} against {self.second}: {self.wins} days to {self.losses}, "
            f"{self.ties} even; {better} is ahead (p = {self.p:.3f}{sure})"
        )


def team_draft(
    first: Sequence[int], second: Sequence[int], length: int, seed: str
) -> list[tuple[int, int]]:
    """(work, 0 or 1 for the ranker that picked it), at most ``length``.

    The coins come from ``seed``, so that the same day shows the same list.
    """
    digest = hashlib.blake2b(seed.encode(), digest_size=8).digest()
    coins = np.random.default_rng(int.from_bytes(digest, "big"))
    rankings = (list(first), list(second))
    at = [0, 0]
    taken: set[int] = set()
    found: list[tuple[int, int]] = []
    while len(found) < length:
        before = len(found)
        one = int(coins.integers(2))
        for ranker in (one, 1 - one):
            ranking = rankings[ranker]
            while at[ranker] < len(ranking) and ranking[at[ranker]] in taken:
                at[ranker] += 1
            if at[ranker] < len(ranking) and len(found) < length:
                found.append((ranking[at[ranker]], ranker))
                taken.add(ranking[at[ranker]])
        if len(found) == before:
            break
    return found


class Interleaving:
    """Trials of two rankers, kept by reader and day."""

    def __init__(self, store: Store, acts: Acts) -> None:
        self._store = store
        self._acts = acts

    def show(
        self,
        reader_id: int,
        day: str,
        names: tuple[str, str],
        rankings: tuple[Sequence[int], Sequence[int]],
        length: int,
    ) -> list[int]:
        """The interleaved list of a day; who picked what is kept until it is asked for.

        A list shown before on that day is shown again.
        """
        day = checks.a_day(day)
        pair = "\t".join(names)
        mine = (trials.c.reader_id == reader_id) & (trials.c.day == day) & (trials.c.pair == pair)
        with self._store.read() as connection:
            query = select(trials.c.work_id).where(mine).order_by(trials.c.place)
            held = list(connection.execute(query).scalars())
        if held:
            return held
        drawn = team_draft(rankings[0], rankings[1], length, f"{reader_id} {day} {pair}")
        rows = [
            {
                "reader_id": reader_id,
                "day": day,
                "work_id": work_id,
                "pair": pair,
                "ranker": names[ranker],
                "place": place,
            }
            for place, (work_id, ranker) in enumerate(drawn)
        ]
        if rows:
            with self._store.write() as (connection, _):
                other = (trials.c.reader_id == reader_id) & (trials.c.day == day)
                connection.execute(trials.delete().where(other))
                connection.execute(trials.insert(), rows)
        return [work_id for work_id, _ in drawn]

    def report(self, names: tuple[str, str], reader_id: int | None = None) -> Outcome:
        """What readers' likes say, of one reader or of all."""
        query = select(trials.c.reader_id, trials.c.day, trials.c.work_id, trials.c.ranker)
        query = query.where(trials.c.pair == "\t".join(names))
        if reader_id is not None:
            query = query.where(trials.c.reader_id == reader_id)
        with self._store.read() as connection:
            rows = connection.execute(query).all()
        liked: dict[int, dict[int, str]] = {}
        for reader in {row.reader_id for row in rows}:
            liked[reader] = {act.work_id: act.at for act in self._acts.of(reader, LIKES)}
        credit: dict[tuple[int, str], list[int]] = {}
        for row in rows:
            score = credit.setdefault((row.reader_id, row.day), [0, 0])
            at = liked[row.reader_id].get(row.work_id)
            if at is not None and at >= row.day:
                score[names.index(row.ranker)] += 1
        wins = sum(a > b for a, b in credit.values())
        losses = sum(a < b for a, b in credit.values())
        totals = {
            name: sum(score[at] for score in credit.values()) for at, name in enumerate(names)
        }
        return Outcome(
            *names, wins, losses, len(credit) - wins - losses, totals, sign_test(wins, losses)
        )


def sign_test(wins: int, losses: int) -> float:
    """The two-sided p of a sign test: chance of a count at least so uneven from a fair coin."""
    trials_ = wins + losses
    if trials_ == 0:
        return 1.0
    tail = sum(math.comb(trials_, k) for k in range(max(wins, losses), trials_ + 1))
    share: float = 2 * tail / 2**trials_
    return min(1.0, share)
