"""Whoever follows the change log by name has, at any moment, what the catalog has."""

from __future__ import annotations

import random

import pytest

from broadsheet.catalog import Catalog, Harvests, Section, departing
from broadsheet.catalog.departing import told_name
from tests.catalog.kit import everything, paper, store


def follow(catalog: Catalog, copy: dict[str, str], after: int) -> int:
    """Brings a copy up to date in small steps; returns where it stands."""
    harvests = Harvests(catalog.database)
    more = True
    while more:
        told, more = harvests.told(after, 0, Section(), 3)
        for one in told:
            assert one.seq >= after and one.at
            if one.work is None:
                copy.pop(one.name, None)
            else:
                copy[one.name] = one.work.paper.title
        after = told[-1].seq if told else after
    return after


def names(catalog: Catalog) -> dict[str, str]:
    return {
        told_name("\n".join(f"{one.scheme}\t{one.value}" for one in work.identifiers)): (
            work.paper.title
        )
        for work in everything(catalog).values()
    }


def test_a_copy_has_what_the_catalog_has_whatever_happens(catalog: Catalog) -> None:
    chance = random.Random(3)
    copy: dict[str, str] = {}
    after = 0
    imports: list[int] = []
    hidden: list[int] = []
    for step in range(30):
        some = [
            paper(f"p{chance.randrange(40)}", f"Title {step} {place}", version=f"v{step}")
            for place in range(3)
        ]
        if step % 5 == 4:
            # Becomes known at arXiv, and is told by that name from then on.
            some.append(
                paper(f"2601.{step:05}", f"Preprint {step}", f"lab:p{chance.randrange(40)}")
            )
        imports.append(store(catalog, *some).import_id)
        alive = list(everything(catalog))
        if step % 4 == 1:
            hidden.append(chance.choice(alive))
            catalog.delete(hidden[-1])
        if step % 9 == 8:
            catalog.undelete(hidden.pop(0))
        if step % 7 == 3 and len(alive) > 1:
            one, other = chance.sample(alive, 2)
            if one in everything(catalog) and other in everything(catalog):
                catalog.join(one, other, "by hand")
        if step % 6 == 5:
            catalog.undo_import(imports.pop(chance.randrange(len(imports))))
        if step % 3 == 0:
            after = follow(catalog, copy, after)
            assert copy == names(catalog)
    follow(catalog, copy, after)
    assert copy == names(catalog)
    assert len(copy) > 20
    fresh: dict[str, str] = {}
    follow(catalog, fresh, 0)
    assert fresh == copy


def test_times_never_go_back_when_the_clock_does(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(f"2026-08-20T00:00:{second:02}Z" for second in (5, 9, 3, 9, 12))
    monkeypatch.setattr(departing, "now", lambda: next(times))
    for place in range(5):
        store(catalog, paper(f"p{place}"))
    harvests = Harvests(catalog.database)
    told, _ = harvests.told(0, 0, Section(), 10)
    assert [one.at[-3:-1] for one in told] == ["05", "09", "09", "09", "12"]
    last = [one.seq for one in told]
    assert harvests.earliest() == "2026-08-20T00:00:05Z"
    assert harvests.stretch("2026-08-20T00:00:09Z", "") == (last[0], 0)
    assert harvests.stretch("2026-08-20T00:00:06Z", "2026-08-20T00:00:11Z") == (last[0], last[3])
    assert harvests.stretch("", "2026-08-19T00:00:00Z")[1] < 0
    assert harvests.count(last[0], last[3], Section()) == 3


def test_a_section_is_counted_as_it_is_told(catalog: Catalog) -> None:
    store(
        catalog,
        paper("a", categories=("cs.LG", "math.ST")),
        paper("b", categories=("cs.LGX",)),
        paper("c", categories=("math.ST",), source="acl"),
        paper("d", categories=()),
    )
    [gone] = catalog.resolve("a")
    catalog.delete(gone)
    harvests = Harvests(catalog.database)
    for section, wanted in (
        (Section(categories=("cs",)), {"lab\ta": True, "lab\tb": False}),
        (Section(categories=("cs.LG",)), {"lab\ta": True}),
        (
            Section(categories=("math", "cs.LGX")),
            {"lab\ta": True, "lab\tb": False, "acl\tc": False},
        ),
        (Section(sources=("acl",)), {"acl\tc": False}),
        (Section(sources=("ac%",)), {}),
    ):
        told, more = harvests.told(0, 0, section, 10)
        assert {one.name: one.work is None for one in told} == wanted and not more
        assert harvests.count(0, 0, section) == len(wanted)
