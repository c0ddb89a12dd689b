"""What becomes of papers that come in."""

from __future__ import annotations

from dataclasses import asdict, replace

from broadsheet.catalog import Catalog
from broadsheet.papers import Identifier, Link, Paper
from broadsheet.sources.records import paper_from
from broadsheet.text import text_hash
from tests.catalog.kit import check, content, everything, paper, store


def counts(result: object) -> dict[str, int]:
    return {name: n for name, n in asdict(result.counts).items() if n}  # type: ignore[attr-defined]


def test_a_paper_comes_back_as_it_went_in(catalog: Catalog) -> None:
    given = paper(
        "2501.00001v2",
        "Deep $x^2$ Nets",
        "10.1000/xyz",
        summary="Nets are deep.",
        links=(Link("code", "https://example.org/code"),),
        published="2025-01-01",
        announced="2025-01-02",
        updated="2025-02-03",
        extra={"venue": ["x", {"y": 1}], "score": 0.5},
    )
    store(catalog, given)
    (work,) = everything(catalog).values()
    names = (Identifier("arxiv", "2501.00001"), Identifier("doi", "10.1000/xyz"))
    assert work.paper.id == "2501.00001v2"
    assert work.paper.version == "v2"
    assert work.identifiers == work.paper.identifiers == names
    for name in ("title", "abstract", "summary", "authors", "categories", "links", "extra"):
        assert getattr(work.paper, name) == getattr(given, name)
    assert (work.published, work.announced, work.updated) == (
        "2025-01-01",
        "2025-01-02",
        "2025-02-03",
    )
    assert (work.versions, work.sources, work.deleted) == (1, ("lab",), False)
    assert work.text_hash == text_hash(work.paper)
    assert catalog.get(work.id) == work


def test_the_same_record_again_changes_nothing(catalog: Catalog) -> None:
    store(catalog, paper("1"), paper("2", "Other Things"))
    before, seq = content(catalog), catalog.seq()
    result = store(catalog, paper("2", "Other Things"), paper("1"))
    assert counts(result) == {"read": 2, "unchanged": 2}
    assert (content(catalog), catalog.seq()) == (before, seq)


def titled(title: str, *people: str, **fields: object) -> Paper:
    """A paper whose record brought no id."""
    record = {"title": title, "authors": list(people), **fields}
    return paper_from(record, "lab", "published")


def test_papers_of_one_title_by_other_people_are_papers_of_their_own(catalog: Catalog) -> None:
    book = titled("Deep Learning", "Ian Goodfellow", "Yoshua Bengio", "Aaron Courville")
    article = titled("Deep Learning", "Yann LeCun", "Yoshua Bengio", "Geoffrey Hinton")
    nobody = titled("Editorial")
    result = store(catalog, book, article, titled("Editorial", "A. Ochs"), nobody)
    assert counts(result) == {"read": 4, "new": 3, "updated": 1}, "nobody may be anyone"
    ids = {work.paper.id for work in everything(catalog).values()}
    (other,) = (name for name in ids if name.startswith("lab:deep-learning-"))
    assert ids == {"lab:deep-learning", other, "lab:editorial"}
    assert catalog.work_of(book) == catalog.resolve("lab:deep-learning")[0]
    assert catalog.work_of(article) == catalog.resolve(other)[0]
    check(catalog)

    assert counts(store(catalog, article, book)) == {"read": 2, "unchanged": 2}
    told = "We review what learning in many layers is, and what it is good for."
    more = titled("Deep Learning", "Yann LeCun", "Y. Bengio", "Geoffrey Hinton", abstract=told)
    assert counts(store(catalog, more)) == {"read": 1, "updated": 1}
    found = catalog.get(catalog.resolve(other)[0])
    assert found is not None and found.paper.abstract == told
    first = titled("Deep Learning", "Ian Goodfellow", "Yoshua Bengio")
    assert counts(store(catalog, first)) == {"read": 1, "updated": 1}, "the list was shortened"
    with_id = replace(article, id="lab:deep-learning-ii", identifiers=())
    assert counts(store(catalog, with_id))["new"] == 1
    check(catalog)


def test_papers_of_one_title_by_the_same_people_in_other_years_are_papers_of_their_own(
    catalog: Catalog,
) -> None:
    def overview(year: str, **fields: object) -> Paper:
        return titled("Overview of the Shared Task on Claims", "A. Ochs", published=year, **fields)

    years = [overview(year) for year in ("2019", "2020", "2021")]
    assert counts(store(catalog, *years[:2])) == {"read": 2, "new": 2}
    assert counts(store(catalog, years[2])) == {"read": 1, "new": 1}
    assert sorted(work.published for work in everything(catalog).values()) == [
        "2019",
        "2020",
        "2021",
    ]
    assert len({catalog.work_of(one) for one in years} - {None}) == 3
    assert counts(store(catalog, *reversed(years))) == {"read": 3, "unchanged": 3}
    undated = overview("")
    assert counts(store(catalog, undated)) == {"read": 1, "updated": 1}, "it may be of any year"
    check(catalog)
    # A preprint and the article of the next year say the same: one work, which can be undone.
    told = {"abstract": "We review what claims are made in the debates of a parliament, and " * 2}
    title = "Of Claims Made in Long Debates of Parliaments"
    store(catalog, *(titled(title, "B. Roe", published=y, **told) for y in ("2023", "2024")))
    (merge,) = catalog.merges()
    assert "abstract agree" in merge.reason
    catalog.undo_merge(merge.id)
    assert len(everything(catalog)) == 5
    check(catalog)


def test_votes_that_a_source_counts_anew_make_no_new_version(catalog: Catalog) -> None:
    def counted(votes: int) -> Paper:
        return paper("1", extra={"upvotes": votes, "venue": "x"})

    store(catalog, counted(1))
    seq = catalog.seq()
    assert counts(store(catalog, counted(9))) == {"read": 1, "updated": 1}
    (work,) = everything(catalog).values()
    assert (work.versions, work.paper.extra) == (1, {"upvotes": 9, "venue": "x"})
    assert work.seq > seq
    assert counts(store(catalog, counted(9))) == {"read": 1, "unchanged": 1}
    store(catalog, paper("1", extra={"upvotes": 9, "venue": "y"}))
    (work,) = everything(catalog).values()
    assert work.versions == 2


def test_another_text_under_the_same_id_is_a_new_version_and_the_old_one_stays(
    catalog: Catalog,
) -> None:
    store(catalog, paper("1", "First"))
    result = store(catalog, paper("1", "Second"))
    assert counts(result) == {"read": 1, "updated": 1}
    (work,) = everything(catalog).values()
    assert (work.paper.title, work.versions) == ("Second", 2)
    assert [version.title for version in catalog.versions(work.id)] == ["First", "Second"]
    check(catalog)


def test_an_older_text_that_arrives_again_does_not_take_the_page_back(catalog: Catalog) -> None:
    store(catalog, paper("1", "First"))
    store(catalog, paper("1", "Second"))
    assert counts(store(catalog, paper("1", "First"))) == {"read": 1, "unchanged": 1}
    (work,) = everything(catalog).values()
    assert work.paper.title == "Second"


def test_a_version_by_number_is_shown_whatever_the_order_of_arrival(catalog: Catalog) -> None:
    store(catalog, paper("2501.00001v2", "Two"))
    store(catalog, paper("2501.00001v1", "One"))
    (work,) = everything(catalog).values()
    assert (work.paper.title, work.versions) == ("Two", 2)


def test_duplicates_within_one_file_are_told_apart_from_versions(catalog: Catalog) -> None:
    result = store(catalog, paper("1"), paper("1"), paper("1", "Another"), paper("2"))
    assert counts(result) == {"read": 4, "new": 2, "unchanged": 1, "updated": 1}
    check(catalog)


def test_announcing_again_later_is_no_change_and_earlier_moves_the_day(catalog: Catalog) -> None:
    store(catalog, paper("1", announced="2025-03-05"))
    later = store(catalog, paper("1", announced="2025-03-06"))
    assert counts(later) == {"read": 1, "unchanged": 1}
    earlier = store(catalog, paper("1", announced="2025-03-04"))
    assert counts(earlier) == {"read": 1, "updated": 1}
    assert catalog.days(5) == [("2025-03-04", 1)]
    check(catalog)


def test_a_record_without_a_day_does_not_change_one_that_has_it(catalog: Catalog) -> None:
    store(catalog, paper("1", announced="2025-03-05"))
    assert counts(store(catalog, paper("1"))) == {"read": 1, "unchanged": 1}


def test_a_shared_identifier_makes_one_work_of_two_sources(catalog: Catalog) -> None:
    store(catalog, paper("2501.00001", "A Preprint", published="2025-01-01"))
    result = store(
        catalog,
        paper("P19-1001", "In Proceedings", "arxiv:2501.00001v3", source="acl", published="2025"),
    )
    assert counts(result) == {"read": 1, "merged": 1}
    (work,) = everything(catalog).values()
    assert work.sources == ("lab", "acl")
    assert work.paper.id == "2501.00001", "the id that was printed stays"
    assert {str(name) for name in work.identifiers} == {"arxiv:2501.00001", "acl:P19-1001"}
    assert work.published == "2025-01-01"
    check(catalog)


def test_an_abstract_that_was_missing_changes_what_is_shown(catalog: Catalog) -> None:
    store(catalog, paper("2501.00001", abstract="", summary="In other words.", source="starter"))
    store(catalog, paper("2501.00001"))
    (work,) = everything(catalog).values()
    assert (work.paper.source, work.sources) == ("lab", ("lab", "starter"))


def test_plain_numbers_of_two_sources_are_two_works(catalog: Catalog) -> None:
    store(catalog, paper("1", source="cacm"), paper("1", source="cran"))
    assert catalog.count() == 2
    assert len(catalog.resolve("1")) == 2
    (work_id,) = catalog.resolve("cran:1")
    work = catalog.get(work_id)
    assert work is not None
    assert (work.paper.source, work.paper.id) == ("cran", "1")


def test_an_id_that_names_its_source_already_is_not_named_twice(catalog: Catalog) -> None:
    store(catalog, paper("starter:on-things", source="starter"))
    assert catalog.resolve("starter:on-things") == catalog.resolve("on-things") != []


def test_ids_are_found_in_every_form(catalog: Catalog) -> None:
    store(catalog, paper("2501.00001v2", "Things", "10.1000/ABC", "acl:P19-1001"))
    for form in (
        "2501.00001",
        "2501.00001v1",
        " arXiv:2501.00001v9 ",
        "https://arxiv.org/abs/2501.00001",
        "10.48550/arXiv.2501.00001",
        "doi:10.1000/abc",
        "https://doi.org/10.1000/abc",
        "P19-1001",
        "https://aclanthology.org/P19-1001/",
    ):
        assert len(catalog.resolve(form)) == 1, form
    for form in ("", " ", "2501.00002", "lab:1", ":", "\0", "\ud800", "x" * 100_000, "%", "'"):
        assert catalog.resolve(form) == [], form


def test_what_cleaning_changed_is_kept_as_it_came(catalog: Catalog) -> None:
    store(catalog, paper("1", "<b>Bold\x00</b> &amp; \\emph{clear}", abstract="It is.\x00"))
    (work,) = everything(catalog).values()
    assert work.paper.title == "Bold & clear"
    with catalog.database.read() as connection:
        (original,) = connection.exec_driver_sql("SELECT original FROM records").scalars()
    assert "\\\\emph{clear}" in original
    assert "\\u0000" in original


def test_a_deleted_work_is_gone_and_stays_so_when_it_is_announced_again(catalog: Catalog) -> None:
    store(catalog, paper("1"), paper("2"))
    (work_id,) = catalog.resolve("1")
    catalog.delete(work_id)
    assert counts(store(catalog, paper("1", "New Text"))) == {"read": 1, "updated": 1}
    assert catalog.get(work_id) is None
    assert catalog.resolve("1") == []
    assert catalog.count() == 1
    gone = catalog.get(work_id, deleted=True)
    assert gone is not None
    assert gone.deleted
    check(catalog)
    catalog.undelete(work_id)
    (again,) = catalog.get_many(catalog.resolve("1")).values()
    assert again.paper.title == "New Text"
    check(catalog)


def test_works_come_in_the_order_asked_for(catalog: Catalog) -> None:
    store(catalog, *(paper(str(number)) for number in range(5)))
    assert list(catalog.get_many([4, 2, 99, 3, 2])) == [4, 2, 3]
