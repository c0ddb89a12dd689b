"""What a work shows of its records."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from broadsheet.catalog.faces import FACELESS, Stored, earliest, face

DATES = ("", "2023", "2023-05", "2023-05-03", "2024")


def record(number: int, **fields: object) -> Stored:
    values: dict[str, object] = {
        "id": number,
        "work_id": 1,
        "origin_id": 1,
        "import_id": 1,
        "source": "lab",
        "name": "lab\ta",
        "version": "",
        "published": "",
        "announced": "",
        "updated": "",
        "content_hash": b"",
        "fullness": 3,
        "identifiers": "lab\ta",
        "categories": "",
    }
    return Stored(**{**values, **fields})  # type: ignore[arg-type]


def test_the_first_date_is_told_as_precisely_as_it_is_known() -> None:
    assert earliest(["2024", "2023", "2023-05-03", ""]) == "2023-05-03"
    assert earliest(["2023-05", "2023-06-01"]) == "2023-05"
    assert earliest(["", ""]) == ""


def test_no_record_shows_nothing() -> None:
    assert face([]) == FACELESS


def test_a_record_without_a_number_follows_what_came_before_it() -> None:
    versions = [record(1, version="v2", updated="2024"), record(2), record(3, version="v1")]
    assert face(versions).record_id == 2


def test_numbers_count_as_numbers() -> None:
    versions = [record(1, version="v10"), record(2, version="v9")]
    assert face(versions).record_id == 1


def test_the_first_source_stays_unless_another_is_fuller() -> None:
    first, other = record(1), record(2, source="acl")
    assert face([first, other]).record_id == 1
    first.fullness = 1
    assert face([first, other]).record_id == 2
    assert face([first, other]).sources == "acl\nlab"


def test_a_poorer_record_of_the_same_version_does_not_hide_the_abstract() -> None:
    full, poor = record(1, fullness=3), record(2, fullness=1)
    assert face([full, poor]).record_id == 1
    assert face([full, poor]).complete == 1
    assert face([full, poor, record(3, fullness=3)]).record_id == 3
    newer = record(4, version="v2", fullness=1)
    assert face([full, newer]).record_id == 4, "what a newer version says, it says"
    assert face([full, record(4, updated="2024", fullness=1)]).record_id == 4


records = st.lists(
    st.builds(
        lambda source, version, dates, fullness: (source, version, dates, fullness),
        st.sampled_from(("lab", "acl")),
        st.sampled_from(("", "v1", "v2", "final")),
        st.tuples(*[st.sampled_from(DATES)] * 3),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=6,
)


@given(records, st.randoms(use_true_random=False))
def test_the_order_in_which_records_are_read_does_not_matter(
    drawn: list[tuple[str, str, tuple[str, str, str], int]], chance: object
) -> None:
    made = [
        record(
            number,
            source=source,
            version=version,
            fullness=fullness,
            published=dates[0],
            announced=dates[1],
            updated=dates[2],
        )
        for number, (source, version, dates, fullness) in enumerate(drawn, 1)
    ]
    expected = face(made)
    chance.shuffle(made)  # type: ignore[attr-defined]
    assert face(made) == expected
    assert expected.versions == len(made)
    shown = next(entry for entry in made if entry.id == expected.record_id)
    best = max(entry.fullness for entry in made if entry.source == shown.source)
    assert shown.fullness <= best
