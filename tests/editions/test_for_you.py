"""For you: within the budget, to an end, nothing twice; a backlog by storylines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from broadsheet.editions import for_you, reading_seconds, recommending, storylines
from broadsheet.papers import Paper
from broadsheet.readers import ReadersError
from tests.readers.taste_home import DAY, Home, four_topics, keep, made, taste_home
from tests.web.serving import file_papers

LATER = "2026-08-21"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with taste_home(tmp_path / "home", four_topics()) as made_home:
        made_home.like(*(f"galaxies-{n}" for n in range(6)))
        yield made_home


def _list(home: Home, day: str = DAY, **asked):
    reader = home.readers.accounts.get(1)
    assert reader is not None
    return for_you(home.readers, home.taste, home.catalog, reader, day, **asked)


def test_the_list_holds_what_is_meant_and_ends(home: Home) -> None:
    found = _list(home, budget_minutes=200)
    topics = home.topics([work.id for work in found.works])
    assert topics[:6] == ["galaxies"] * 6
    assert found.done and found.left_out == 0
    assert found.below + len(found.entries) == len(home.all()) - 6
    assert "done" in found.sentence()
    assert all(entry.recommendation.probability >= found.line for entry in found.entries)
    judged = {act.work_id for act in home.readers.acts.of(1)}
    assert not judged & {work.id for work in found.works}


def test_what_is_unlike_everything_liked_lies_under_the_line(home: Home) -> None:
    home.like(*(f"galaxies-{n}" for n in range(6, 11)))
    found = _list(home, budget_minutes=200)
    assert found.below > 0
    assert found.works[0].paper.id == "galaxies-11"


def test_the_list_keeps_to_the_minutes_and_says_what_it_left_out(home: Home) -> None:
    short = _list(home, budget_minutes=0.3)
    assert short.minutes <= 0.3
    assert not short.done
    assert 0 < short.left_out == 6 - len(short.entries)  # on galaxies, of twelve six are judged
    assert str(short.left_out) in short.sentence()


def test_what_a_weekly_digest_leaves_to_the_list_is_in_it_until_the_next(home: Home) -> None:
    assert not _list(home, "2026-08-30").entries
    home.readers.accounts.update(1, digest="weekly")
    assert (
        home.topics([work.id for work in _list(home, "2026-08-30").works])[:6] == ["galaxies"] * 6
    )


def test_what_is_unlikely_is_not_told_to_be_worth_a_look(home: Home) -> None:
    everything = _list(home, budget_minutes=200)
    short = _list(home, budget_minutes=1)
    assert home.topics([work.id for work in short.works]) == ["galaxies"] * 6
    assert len(everything.entries) > 6
    assert short.done and short.left_out == 0


def test_what_was_not_worth_its_own_day_does_not_fill_the_quiet_days_after_it(home: Home) -> None:
    short = _list(home, budget_minutes=1, mark=True)
    assert short.done and len(_list(home, budget_minutes=200).entries) > len(short.entries)
    quiet = _list(home, LATER, budget_minutes=200)
    assert not quiet.entries and quiet.below, "it said that nothing else matters"
    assert "is likely to matter" in quiet.sentence()
    assert "Nothing new" in _list(home, "2026-12-21").sentence()
    home.like(*(f"proteins-{n}" for n in range(6)))
    later = _list(home, LATER, budget_minutes=200)
    assert home.topics([work.id for work in later.works])[:3] == ["proteins"] * 3, (
        "taste may change"
    )


def test_what_was_told_to_be_left_has_another_chance(home: Home) -> None:
    short = _list(home, budget_minutes=0.3, mark=True)
    later = _list(home, LATER, budget_minutes=200)
    assert len(later.entries) == short.left_out > 0
    assert home.topics([work.id for work in later.works]) == ["galaxies"] * short.left_out


def test_who_mutes_all_their_interests_is_recommended_nothing(home: Home) -> None:
    (only,) = home.taste.profile(1).interests
    home.taste.editing.mute(1, only.id)
    found = _list(home, budget_minutes=200)
    assert found.muted and not found.entries and not found.left
    assert "muted" in found.sentence()
    assert _list(home, budget_minutes=200, interest=only.id).entries, "one may be asked for"
    ada = home.readers.accounts.get(1)
    assert ada is not None
    picks = recommending(home.catalog, home.readers, home.taste)
    assert picks(ada, DAY, DAY, 20.0) == ([], ())


def test_an_interest_that_is_no_more_has_no_list(home: Home) -> None:
    with pytest.raises(ReadersError, match="no interest 99999 in this profile"):
        _list(home, interest=99_999, mark=True)
    assert not home.readers.shown.of(1), "nothing is used up"


@pytest.mark.parametrize("minutes", [0, -1, float("nan"), float("inf")])
def test_a_budget_is_a_time(home: Home, minutes: float) -> None:
    with pytest.raises(ValueError, match="budget"):
        _list(home, budget_minutes=minutes)


def test_nothing_is_shown_twice_unless_asked(home: Home) -> None:
    first = _list(home, budget_minutes=1, mark=True)
    assert _list(home, budget_minutes=1).works == first.works  # the same day: the same list
    second = _list(home, LATER, budget_minutes=200)
    assert not {w.id for w in first.works} & {w.id for w in second.works}
    again = _list(home, LATER, budget_minutes=200, again=True)
    assert {w.id for w in first.works} <= {w.id for w in again.works}


def test_a_new_version_returns_only_with_another_text(home: Home) -> None:
    first = _list(home, budget_minutes=200, mark=True)
    same, other = (work.paper for work in first.works[:2])
    keep(
        home.catalog,
        home.settings,
        [
            replace(same, version="v2", updated=LATER),
            replace(other, version="v2", updated=LATER, abstract=other.abstract + " Dust too."),
        ],
    )
    file_papers(home.settings, home.catalog, home.encoder)
    home.taste.index.refresh()
    second = _list(home, LATER, budget_minutes=200)
    assert [work.paper.id for work in second.works] == [other.id]


def _file_twins(home: Home) -> list[Paper]:
    """Three papers that tell the same, after the first list."""
    twins = [
        replace(made("galaxies", 40), id=f"twin-{n}", announced="2026-09-01", title=f"Twin {n}")
        for n in range(3)
    ]
    keep(home.catalog, home.settings, twins)
    file_papers(home.settings, home.catalog, home.encoder)
    home.taste.index.refresh()
    return twins


def test_after_an_absence_a_backlog_is_told_by_storylines(home: Home) -> None:
    _list(home, "2026-08-20", budget_minutes=1, mark=True)
    _file_twins(home)
    found = _list(home, "2026-09-05", budget_minutes=200)
    assert found.catch_up
    names = [{work.paper.id for work in (e.work, *e.folded)} for e in found.entries]
    assert {"twin-0", "twin-1", "twin-2"} in [
        {name for name in group if name.startswith("twin")} for group in names
    ]
    told = [work.id for entry in found.entries for work in (entry.work, *entry.folded)]
    assert len(told) == len(set(told))


def test_a_newcomer_gets_the_newest(tmp_path: Path) -> None:
    with taste_home(tmp_path / "home", four_topics()) as home:
        found = _list(home, budget_minutes=2)
        assert found.newcomer and found.entries
        endless = _list(home, budget_minutes=480)
        assert len(endless.entries) <= 20, "nobody begins with a catalogue"
        assert endless.left_out, "and the rest is counted"


def test_reading_takes_longer_for_what_is_wanted(home: Home) -> None:
    work = next(iter(home.catalog.get_many([home.work("graphs-1")]).values()))
    assert reading_seconds(work, 0.9) > reading_seconds(work, 0.1) > 2


def test_storylines_are_led_by_their_best() -> None:
    one, other = np.eye(2, dtype=np.float32)
    near = (one + 0.3 * other) / np.linalg.norm(one + 0.3 * other)
    lone = np.zeros(2, np.float32)
    assert storylines(np.stack([one, other, near, lone])) == [[0, 2], [1], [3]]


def _withdraw(home: Home, *papers: Paper) -> None:
    gone = [replace(paper, extra={"withdrawn": "The stars were dust."}) for paper in papers]
    keep(home.catalog, home.settings, gone)


def test_what_was_withdrawn_is_recommended_to_nobody(home: Home) -> None:
    before = _list(home, budget_minutes=200)
    best, second = before.works[:2]
    _withdraw(home, best.paper)
    after = _list(home, budget_minutes=200)
    assert best.id not in {work.id for work in after.works}
    assert after.works[0].id == second.id and after.done


def test_a_storyline_is_led_by_a_paper_that_stands(home: Home) -> None:
    _list(home, "2026-08-20", budget_minutes=1, mark=True)
    twins = _file_twins(home)

    def told() -> list[tuple[str, ...]]:
        found = _list(home, "2026-09-05", budget_minutes=200)
        lines = (tuple(w.paper.id for w in (one.work, *one.folded)) for one in found.entries)
        return [line for line in lines if line[0].startswith("twin")]

    ((head, *rest),) = told()
    _withdraw(home, *(twin for twin in twins if twin.id == head))
    assert told() == [tuple(rest)]
