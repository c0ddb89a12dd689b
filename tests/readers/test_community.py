"""What readers do for one another, and who may decide about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadsheet.catalog import Catalog
from broadsheet.papers import Author, Link
from broadsheet.readers import (
    LOCAL,
    Reader,
    Readers,
    ReadersError,
    ThrottledError,
    addresses,
    checks,
)
from broadsheet.readers.affiliations import names_in
from broadsheet.readers.links import in_text
from broadsheet.readers.tables_community import organisations as organisations_table
from tests.catalog.kit import paper, store

from .conftest import PASSWORD, on_both


@pytest.fixture
def curator(readers: Readers) -> Reader:
    return readers.accounts.add("cora", None, "curator", display="Cora C.")


def merge(catalog: Catalog) -> None:
    store(catalog, paper("x", "Both", "lab:a", "lab:b"))


def test_a_known_paper_that_is_handed_in_is_here_at_once(readers: Readers, ada: Reader) -> None:
    made = readers.community.submissions.submit(ada.id, "lab:a", "it is *good*")
    assert (made.state, made.work_id, made.why) == ("here", 1, "it is *good*")
    assert readers.community.submissions.submit(ada.id, " lab:a") == made
    assert readers.community.submissions.on([1, 2]) == {1: made}
    assert readers.community.submissions.recent() == [made]


def test_an_unknown_paper_waits_until_a_source_brings_it(readers: Readers, ada: Reader) -> None:
    submissions = readers.community.submissions
    made = submissions.submit(ada.id, "https://arxiv.org/abs/2401.00001v2", "new")
    assert (made.state, made.work_id) == ("waiting", 0)
    assert submissions.settle() == []
    store(readers.catalog, paper("2401.00001", "At Last"))
    (found,) = submissions.settle()
    assert (found.id, found.state, found.work_id) == (made.id, "here", 6)
    assert submissions.waiting() == []


def test_the_worker_finds_what_was_waited_for(readers: Readers, ada: Reader) -> None:
    while readers.community.follow():
        pass
    made = readers.community.submissions.submit(ada.id, "10.1000/xyz")
    assert made.state == "waiting"
    assert readers.community.follow() == 0
    store(readers.catalog, paper("10.1000/xyz", "At Last"))
    assert readers.community.follow() == 1
    assert readers.community.submissions.of(ada.id)[0].work_id == 6


@pytest.mark.parametrize(
    "text", ["", "a paper about things", "javascript:alert(1)", "https://", "http://[", "a\nb",
             "https://user@example.org/x", "x" * 2_000, "\0", "\ud800"]
)  # fmt: skip
def test_what_names_no_paper_is_refused(readers: Readers, text: str) -> None:
    with pytest.raises(ReadersError):
        readers.community.submissions.submit(LOCAL, text)
    assert readers.community.submissions.of(LOCAL) == []


def test_a_file_of_papers_is_taken_in(readers: Readers, ada: Reader, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(
        '{"id": "m1", "title": "Mine", "abstract": "A thing of mine."}\n'
        '{"id": "2401.00001", "title": "Known", "abstract": "Elsewhere."}\n'
        "not a record\n"
    )
    made, result = readers.community.submissions.submit_file(
        ada.id, file, "ours", rejected_dir=tmp_path / "rejected"
    )
    assert [item.source_text for item in made] == ["m1", "2401.00001"]
    assert (result.counts.new, result.counts.rejected) == (2, 1)
    work = readers.catalog.get(made[0].work_id)
    assert work is not None
    assert (work.paper.title, work.sources) == ("Mine", ("submitted",))


@pytest.mark.parametrize("content", ["", "nothing to read", '{"id": "x"}\n', "\0\0"])
def test_a_file_without_papers_is_refused(readers: Readers, tmp_path: Path, content: str) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(content)
    with pytest.raises(ReadersError) as caught:
        readers.community.submissions.submit_file(LOCAL, file, rejected_dir=tmp_path)
    assert str(tmp_path) not in str(caught.value)


def test_a_file_of_too_many_papers_is_refused_whole(readers: Readers, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text("".join(f'{{"id": "m{n}", "title": "T {n}"}}\n' for n in range(101)))
    with pytest.raises(ReadersError, match="more than 100 papers"):
        readers.community.submissions.submit_file(LOCAL, file, rejected_dir=tmp_path)
    assert readers.catalog.count() == 5


def test_submissions_are_bounded_and_may_be_refused(
    readers: Readers, ada: Reader, curator: Reader
) -> None:
    submissions = readers.community.submissions
    made = [submissions.submit(ada.id, f"https://example.org/{n}") for n in range(50)]
    with pytest.raises(ThrottledError, match="50 papers handed in"):
        submissions.submit(ada.id, "https://example.org/more")
    with pytest.raises(ReadersError, match="only curators"):
        submissions.refuse(ada.id, made[0].id)
    refused = submissions.refuse(curator.id, made[0].id, "off topic")
    assert (refused.state, refused.by_reader) == ("refused", curator.id)
    with pytest.raises(ReadersError, match="no such paper waiting"):
        submissions.refuse(curator.id, made[0].id)


def test_a_pick_says_by_whom(readers: Readers, ada: Reader, curator: Reader) -> None:
    picks = readers.community.picks
    with pytest.raises(ReadersError, match="only curators"):
        picks.pick(ada.id, 1, "2026-08-21")
    made = picks.pick(curator.id, 2, "2026-08-21", "a lead")
    picks.pick(LOCAL, 2, "2026-08-21")
    assert picks.pick(curator.id, 2, "2026-08-21", "the lead").id == made.id
    assert [(pick.by, pick.note) for pick in picks.between("2026-08-20", "2026-08-22")] == [
        ("Cora C.", "the lead"),
        ("You", ""),
    ]
    merge(readers.catalog)
    assert [pick.by for pick in picks.on([1])[1]] == ["Cora C.", "You"]
    assert picks.unpick(curator.id, 1, "2026-08-21")
    assert [pick.by for pick in picks.on([1, 3])[1]] == ["You"]


def test_comments_are_said_answered_changed_and_deleted(
    readers: Readers, ada: Reader, eve: Reader
) -> None:
    comments = readers.community.comments
    first = comments.add(ada.id, 1, "I *like* <script>alert(1)</script> it")
    assert "<em>like</em>" in first.html
    assert "<script" not in first.html
    answer = comments.add(eve.id, 1, "so do I", parent_id=first.id)
    assert [item.by for item in comments.on(1)] == ["ada", "eve"]
    with pytest.raises(ReadersError, match="no such comment of yours"):
        comments.edit(eve.id, first.id, "no")
    with pytest.raises(ReadersError, match="no such comment of yours"):
        comments.delete(eve.id, first.id)
    assert comments.edit(ada.id, first.id, "I like it").edited_at
    comments.delete(ada.id, first.id)
    gone, kept = comments.on(1)
    assert (gone.state, gone.body, gone.html, kept) == ("deleted", "", "", answer)
    comments.delete(eve.id, answer.id)
    assert comments.on(1) == []
    assert comments.count([1]) == {1: 0}


def test_comments_follow_merges_and_are_counted(readers: Readers) -> None:
    comments = readers.community.comments
    comments.add(LOCAL, 1, "one")
    comments.add(LOCAL, 2, "two")
    merge(readers.catalog)
    assert [item.body for item in comments.on(2)] == ["one", "two"]
    assert comments.count([1, 2, 3]) == {1: 2, 2: 2, 3: 0}


@on_both
def test_a_comment_that_is_sent_twice_at_once_is_said_once(
    readers: Readers, ada: Reader, eve: Reader
) -> None:
    comments = readers.community.comments
    first = comments.add(ada.id, 1, "Quite so")
    assert comments.add(ada.id, 1, " Quite so\r\n") == first
    answer = comments.add(ada.id, 1, "Quite so", parent_id=first.id)
    others = [comments.add(eve.id, 1, "Quite so"), comments.add(ada.id, 2, "Quite so")]
    assert len({first.id, answer.id, *(other.id for other in others)}) == 4
    comments.delete(ada.id, first.id)
    assert comments.add(ada.id, 1, "Quite so").id != first.id, "it was taken back meanwhile"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ours.bib", "@article{x, title={Of Tides}, author={Doe, Jane}, year={2026}}"),
        ("ours.ris", "TY  - JOUR\nTI  - Of Tides\nAU  - Doe, Jane\nPY  - 2026\nER  - \n"),
        ("ours.json", '[{"id": "x", "type": "article", "title": "Of Tides"}]'),
        ("ours.jsonl", '{"id": "x-1", "title": "Of Tides", "abstract": "Tides."}'),
    ],
)
def test_a_record_without_an_identifier_is_handed_in_too(
    readers: Readers, ada: Reader, tmp_path: Path, name: str, content: str
) -> None:
    file = tmp_path / name
    file.write_text(content, "utf-8")
    submissions = readers.community.submissions
    (made,), result = submissions.submit_file(ada.id, file, "mine", rejected_dir=tmp_path)
    assert result.counts.new == 1
    assert (made.state, made.why) == ("here", "mine")
    work = readers.catalog.get(made.work_id)
    assert work is not None and work.paper.title == "Of Tides"


def test_a_namesake_that_is_handed_in_changes_nobody_elses_paper(
    readers: Readers, ada: Reader, curator: Reader, tmp_path: Path
) -> None:
    file, submissions = tmp_path / "ours.bib", readers.community.submissions

    def hand_in(reader: Reader, people: str, year: int) -> int:
        file.write_text(
            f"@misc{{k, title={{Of Tides}}, author={{{people}}}, year={year}}}", "utf-8"
        )
        (made,), _ = submissions.submit_file(reader.id, file, rejected_dir=tmp_path)
        return made.work_id

    first, second = hand_in(ada, "Jane Doe", 2025), hand_in(curator, "Emmy Noether", 2026)
    assert first != second
    for number, name in ((first, "Jane Doe"), (second, "Emmy Noether")):
        work = readers.catalog.get(number)
        assert work is not None and work.paper.authors == (Author(name),)
    assert hand_in(ada, "Emmy Noether", 2026) == second


@pytest.mark.parametrize("body", ["", " \n ", "x" * 10_001, "a\0b", "\x1b[31m", "\u202e"])
def test_a_comment_that_cannot_be_shown_is_refused(readers: Readers, body: str) -> None:
    with pytest.raises(ReadersError, match="comment"):
        readers.community.comments.add(LOCAL, 1, body)


def test_comments_are_bounded(readers: Readers) -> None:
    for number in range(30):
        readers.community.comments.add(LOCAL, 1, f"comment {number}")
    with pytest.raises(ThrottledError, match="30 comments within an hour"):
        readers.community.comments.add(LOCAL, 1, "one more")


@on_both
def test_reported_comments_are_hidden_or_left_by_a_moderator(
    readers: Readers, ada: Reader, eve: Reader, curator: Reader
) -> None:
    comments = readers.community.comments
    bad, good = (comments.add(ada.id, 1, text) for text in ("bad", "good"))
    for reader in (eve, curator):
        comments.report(reader.id, bad.id, "rude")
    comments.report(eve.id, good.id, "I disagree")
    comments.report(eve.id, bad.id, "very rude")
    assert [(item.comment.id, item.reasons) for item in comments.reported(50)] == [
        (bad.id, ("very rude", "rude")),
        (good.id, ("I disagree",)),
    ]
    for attempt in (
        lambda: comments.hide(ada.id, bad.id),
        lambda: comments.dismiss(ada.id, bad.id),
        lambda: comments.lock(ada.id, 1),
    ):
        with pytest.raises(ReadersError, match="only curators"):
            attempt()
    comments.hide(curator.id, bad.id, "be kind")
    comments.dismiss(curator.id, good.id)
    assert comments.reported(50) == []
    assert [item.body for item in comments.on(1)] == ["good"]
    assert [item.moderation for item in comments.on(1, hidden=True)] == ["be kind", ""]
    with pytest.raises(ReadersError, match="was taken away"):
        comments.edit(ada.id, bad.id, "changed")
    comments.hide(curator.id, bad.id, hidden=False)
    assert len(comments.on(1)) == 2
    comments.edit(ada.id, good.id, "bad as well")
    comments.report(eve.id, good.id, "and now it is rude")
    (again,) = comments.reported(50)
    assert again.comment.body == "bad as well", "what was settled once is heard again"
    assert again.reasons == ("and now it is rude",)


@on_both
def test_what_waits_is_counted_as_it_is_listed(
    readers: Readers, ada: Reader, eve: Reader, curator: Reader
) -> None:
    community = readers.community
    comments, claims, organisations = community.comments, community.claims, community.organisations

    def counted() -> tuple[int, int]:
        reported = len(comments.reported(50))
        more = len(claims.waiting(50)) + len(organisations.members(waiting=True))
        told = community.undecided(operator=False), community.undecided(operator=True)
        assert told == (reported, reported + more)
        return told

    assert counted() == (0, 0)
    said = [comments.add(ada.id, 1, text) for text in ("left", "hidden", "deleted", "waits")]
    for comment in said:
        for reader in (eve, curator):
            comments.report(reader.id, comment.id, "rude")
    comments.dismiss(curator.id, said[0].id)
    comments.hide(curator.id, said[1].id)
    comments.delete(ada.id, said[2].id)
    assert counted() == (1, 1)
    with_address(readers.catalog, readers, ada, "ada@example.org")
    store(readers.catalog, paper("claimed", "By Eve", authors=(Author("Eve Adams"),)))
    (work,) = [w.id for w in readers.catalog.get_many(range(1, 20)).values()
               if w.paper.title == "By Eve"]  # fmt: skip
    claims.claim(eve.id, work, "Eve Adams")
    organisations.make(eve.id, "Analytical Institute")
    organisations.make(ada.id, "Institute of Engines")
    assert counted() == (1, 4)
    readers.accounts.disable(eve.id)
    assert counted()[0] == 1


def test_a_locked_discussion_takes_no_comment(
    readers: Readers, ada: Reader, curator: Reader
) -> None:
    comments = readers.community.comments
    said = comments.add(ada.id, 1, "before")
    comments.lock(curator.id, 2, "enough")
    merge(readers.catalog)
    assert comments.locked(1) == "enough"
    with pytest.raises(ReadersError, match="ended by a moderator"):
        comments.add(ada.id, 1, "after")
    with pytest.raises(ReadersError, match="ended by a moderator"):
        comments.edit(ada.id, said.id, "after")
    comments.lock(curator.id, 1, locked=False)
    assert comments.locked(2) is None
    assert comments.add(ada.id, 1, "after").id


def with_address(catalog: Catalog, readers: Readers, reader: Reader, address: str) -> Reader:
    store(
        catalog,
        paper("mail", "By Ada", abstract="Write to {ada, emmy}@example.org.", authors=(
            Author("Ada Lovelace"), Author("Emmy Noether", "Göttingen, noether@uni.example"))),
    )  # fmt: skip
    secret = readers.letters.change_email(reader.id, address)
    return readers.letters.confirm_email(secret)


@on_both
def test_a_claim_is_confirmed_by_the_address_that_stands_in_the_paper(
    readers: Readers, catalog: Catalog, ada: Reader
) -> None:
    ada = with_address(catalog, readers, ada, "Ada@example.org")
    claim = readers.community.claims.claim(ada.id, 6, "Ada Lovelace")
    assert (claim.state, claim.how) == ("confirmed", "mail")
    assert readers.community.claims.is_author(ada.id, 6)
    assert readers.community.claims.on([1, 6]) == {6: (claim,)}


def test_a_claim_is_confirmed_by_a_mail_to_that_address(
    readers: Readers, catalog: Catalog, ada: Reader, eve: Reader
) -> None:
    claims = readers.community.claims
    with_address(catalog, readers, ada, "elsewhere@example.net")
    claim = claims.claim(ada.id, 6, "Emmy Noether")
    assert claim.state == "waiting"
    with pytest.raises(ReadersError, match="does not stand in the paper"):
        claims.send(ada.id, claim.id, "elsewhere@example.net")
    with pytest.raises(ReadersError, match="no such claim of yours"):
        claims.send(eve.id, claim.id, "noether@uni.example")
    first = claims.send(ada.id, claim.id, "noether@uni.example")
    second = claims.send(ada.id, claim.id, "NOETHER@uni.example")
    with pytest.raises(ReadersError, match="not valid any more"):
        claims.confirm(ada.id, first)
    for _ in range(3):
        second = claims.send(ada.id, claim.id, "noether@uni.example")
    with pytest.raises(ThrottledError, match="go on later"):
        claims.send(ada.id, claim.id, "noether@uni.example")
    with pytest.raises(ReadersError, match="another account claims this paper"):
        claims.confirm(eve.id, second)
    assert claims.mailed(second) == claim
    assert claims.confirm(ada.id, second).state == "confirmed"
    with pytest.raises(ReadersError, match="not valid any more"):
        claims.confirm(ada.id, second)


def test_a_claim_is_decided_by_an_operator_who_may_change_their_mind(
    readers: Readers, ada: Reader, curator: Reader, operator: Reader
) -> None:
    claims = readers.community.claims
    with pytest.raises(ReadersError, match="names no such author"):
        claims.claim(ada.id, 1, "Someone Else")
    claim = claims.claim(ada.id, 1, "Ada Lovelace")
    assert claims.claim(ada.id, 1, "Ada Lovelace") == claim
    assert claims.waiting(50) == [claim]
    with pytest.raises(ReadersError, match="only operators"):
        claims.decide(curator.id, claim.id, good=True)
    claims.decide(operator.id, claim.id, good=False, answer="another Ada")
    with pytest.raises(ReadersError, match="refused: another Ada; ask an operator"):
        claims.claim(ada.id, 1, "Ada Lovelace")
    with pytest.raises(ReadersError, match="no such claim of yours"):
        claims.withdraw(ada.id, claim.id)
    assert claims.decide(operator.id, claim.id, good=True).state == "confirmed"
    claims.withdraw(ada.id, claim.id)
    assert not claims.is_author(ada.id, 1)


def test_addresses_are_read_from_wherever_a_record_has_them() -> None:
    found = addresses(
        paper(
            "1",
            abstract="Contact: {a.b, c}@x.org; d@y.example. Not @z or e@localhost.",
            authors=(Author("F", "Lab, f@lab.example"),),
            extra={"email": "G@H.example", "more": [{"mail": "i@j.example"}], "n": 3},
        )
    )
    assert set(found) == {
        "a.b@x.org", "c@x.org", "d@y.example", "f@lab.example", "g@h.example", "i@j.example",
    }  # fmt: skip


@on_both
def test_links_say_where_they_come_from(readers: Readers, catalog: Catalog, ada: Reader) -> None:
    store(
        catalog,
        paper(
            "linked",
            abstract="Code: https://github.com/lab/code. Data at https://zenodo.org/records/1).",
            links=(Link("pdf", "https://lab.example/a.pdf"), Link("code", "https://git.example/c")),
        ),
    )
    links = readers.community.links
    added = links.add(ada.id, 6, "model", "https://huggingface.co/lab/model")
    assert links.add(ada.id, 6, "model", "http://www.huggingface.co/lab/model/").id == added.id
    links.add(ada.id, 6, "code", "https://GitHub.com/lab/code/")
    work = catalog.get(6)
    assert work is not None
    assert [(link.kind, link.origin, link.by) for link in links.of(work)] == [
        ("code", "source", ""),
        ("model", "reader", "ada"),
        ("code", "reader", "ada"),
        ("data", "text", ""),
    ]


def test_authors_have_the_last_word_on_links(
    readers: Readers, catalog: Catalog, ada: Reader, eve: Reader, operator: Reader
) -> None:
    store(catalog, paper("l", links=(Link("code", "https://git.example/wrong"),)))
    links, claims = readers.community.links, readers.community.claims
    added = links.add(eve.id, 6, "code", "https://git.example/other")
    for attempt in (
        lambda: links.strike(ada.id, 6, "https://git.example/wrong"),
        lambda: links.remove(ada.id, added.id),
        lambda: links.correct(ada.id, 6, "https://git.example/wrong", "code", "https://x.example"),
    ):
        with pytest.raises(ReadersError, match="only an author"):
            attempt()
    claims.decide(operator.id, claims.claim(ada.id, 6, "Ada Lovelace").id, good=True)
    right = links.correct(
        ada.id, 6, "http://git.example/wrong/", "code", "https://git.example/right"
    )
    assert right.origin == "author"
    links.strike(ada.id, 6, "https://git.example/other")
    work = catalog.get(6)
    assert work is not None
    assert [link.url for link in links.of(work)] == ["https://git.example/right"]
    with pytest.raises(ReadersError, match="not the paper's"):
        links.add(eve.id, 6, "code", "https://git.example/wrong")
    links.add(ada.id, 6, "code", "https://git.example/wrong")
    assert len(links.of(work)) == 2


@pytest.mark.parametrize(
    "url",
    ["", "x", "javascript:alert(1)", "data:text/html,x", "ftp://x.example", "https://", "//x",
     "https://a b.example", 'https://x.example/"onclick', "https://x.example/<b>",
     "https://u:p@x.example", "https://x.example:99999/", "https://x.example/\n",
     "https://x.example/" + "x" * 2_000],
)  # fmt: skip
def test_an_address_that_is_none_of_the_web_is_refused(readers: Readers, url: str) -> None:
    with pytest.raises(ReadersError, match="address"):
        readers.community.links.add(LOCAL, 1, "code", url)


def test_addresses_in_a_text_end_where_the_sentence_does() -> None:
    text = "See (https://github.com/a/b), https://a.github.io/x. Also https://news.example/x"
    assert in_text(text) == [
        ("code", "https://github.com/a/b"),
        ("project", "https://a.github.io/x"),
    ]


@pytest.mark.parametrize(
    ("affiliation", "names"),
    [
        ("University of Oslo", ("University of Oslo",)),
        ("Dept. of Physics, University of Oslo, Norway", ("University of Oslo",)),
        ("1 INRIA, Paris; Google Research, Zürich", ("INRIA", "Google Research")),
        ("Göttingen", ("Göttingen",)),
        ("Department of Mathematics", ()),
        ("", ()),
        ("x" * 500, ()),
        ("Department of Chemistry, Oslo", ()),
    ],
)
def test_organisations_are_read_from_affiliations(affiliation: str, names: tuple[str, ...]) -> None:
    assert names_in(affiliation) == names


LONG = "Key Laboratory of Intelligent Information Processing of the Chinese Academy of Sciences"


def test_organisations_whose_names_begin_alike_are_not_one(
    readers: Readers, catalog: Catalog, ada: Reader
) -> None:
    organisations = readers.community.organisations
    while organisations.gather():
        pass
    names = (f"{LONG} in Beijing", f"{LONG} in Hefei")
    store(
        catalog,
        *(paper(f"n-{n}", f"P {n}", authors=(Author("A B", n),)) for n in names),
    )
    while organisations.gather():
        pass
    found = {one.name: one for one in organisations.all()}
    assert [found[name].works for name in names] == [1, 1]
    assert len({found[name].slug for name in names}) == 2
    assert all(len(found[name].slug) <= 60 for name in names)
    other = organisations.make(ada.id, f"{LONG} in Wuhan")
    assert other.slug not in {found[name].slug for name in names}
    with pytest.raises(ReadersError, match="of this name"):
        organisations.make(ada.id, names[0])


def test_an_organisation_keeps_the_address_that_was_cut(
    readers: Readers, catalog: Catalog, ada: Reader
) -> None:
    organisations = readers.community.organisations
    name, cut = f"{LONG} in Beijing", "key-laboratory-of-intelligent-information-processing-of-the"
    with catalog.database.write() as connection:
        row = {"id": 900, "name": name, "slug": cut, "url": "", "about": "", "at": checks.now()}
        connection.execute(organisations_table.insert(), row)
    store(
        catalog,
        paper("n-1", "P 1", authors=(Author("A B", name),)),
        paper("n-2", "P 2", authors=(Author("A B", f"{LONG} in Hefei"),)),
    )
    while organisations.gather():
        pass
    other = checks.own_slug(f"{LONG} in Hefei")
    assert organisations.names([cut, other, "gone", "\0"]) == {
        cut: name,
        other: f"{LONG} in Hefei",
    }
    kept = organisations.by_slug(cut)
    assert kept is not None and (kept.id, kept.works) == (900, 1)
    with pytest.raises(ReadersError, match="of this name"):
        organisations.make(ada.id, name)


@on_both
def test_organisations_are_gathered_once_and_follow_what_changes(
    readers: Readers, catalog: Catalog
) -> None:
    organisations = readers.community.organisations
    while organisations.gather(2):
        pass
    (found,) = organisations.all()
    assert (found.name, found.slug, found.works) == ("Göttingen", "gottingen", 5)
    assert organisations.works(found.id) == [5, 4, 3, 2, 1]
    store(catalog, paper("a", "Moved", authors=(Author("A", "University of Oslo"),)))
    catalog.delete(5)
    assert organisations.gather() == 2
    assert organisations.gather() == 0
    oslo = organisations.by_slug("university-of-oslo")
    assert oslo is not None
    assert organisations.works(oslo.id) == [1]
    assert organisations.works(found.id) == [4, 3, 2]
    assert [item.name for item in organisations.on([1, 5]).get(1, ())] == ["University of Oslo"]


def test_who_speaks_for_an_organisation_is_confirmed_by_an_operator(
    readers: Readers, ada: Reader, eve: Reader, operator: Reader
) -> None:
    organisations = readers.community.organisations
    made = organisations.make(ada.id, "The Analytical Engine Lab")
    with pytest.raises(ReadersError, match="claim that one"):
        organisations.make(eve.id, "the analytical engine LAB")
    assert organisations.members(waiting=True)[0].by == "ada"
    with pytest.raises(ReadersError, match="no letter and no digit"):
        organisations.make(eve.id, "\U0001f3db\U0001f3db")
    with pytest.raises(ReadersError, match="who speak for"):
        organisations.edit(ada.id, made.id, about="mine")
    with pytest.raises(ReadersError, match="only operators"):
        organisations.decide(eve.id, made.id, ada.id, good=True)
    organisations.decide(operator.id, made.id, ada.id, good=True)
    organisations.edit(ada.id, made.id, about="We compute.", url="https://engine.example")
    organisations.attach(ada.id, made.id, 3)
    organisations.attach(ada.id, made.id, 3)
    assert organisations.works(made.id) == [3]
    organisations.attach(ada.id, made.id, 3, belongs=False)
    assert organisations.works(made.id) == []
    assert organisations.claim(eve.id, made.id).state == "waiting"
    organisations.decide(operator.id, made.id, eve.id, good=False)
    assert [member.by for member in organisations.members(made.id)] == ["ada"]


def test_an_organisation_that_nobody_could_change_goes_with_the_last_who_spoke_for_it(
    readers: Readers, ada: Reader, eve: Reader, operator: Reader
) -> None:
    organisations = readers.community.organisations
    kept, declined, left, deleted = (
        organisations.make(who.id, name, about="Buy tides.")
        for who, name in ((ada, "Kept"), (eve, "Declined"), (ada, "Left"), (eve, "Deleted"))
    )
    organisations.decide(operator.id, kept.id, ada.id, good=True)
    organisations.attach(ada.id, kept.id, 3)
    organisations.decide(operator.id, declined.id, eve.id, good=False)
    organisations.leave(ada.id, left.id)
    with pytest.raises(ReadersError, match="do not speak"):
        organisations.leave(ada.id, left.id)
    assert {one.id for one in organisations.all()} == {kept.id, deleted.id}
    readers.data.delete(eve.id)
    assert [one.id for one in organisations.all()] == [kept.id]
    readers.accounts.disable(ada.id)
    assert organisations.members(kept.id) == [], "who is shut out speaks for nobody"
    readers.accounts.disable(ada.id, disabled=False)
    organisations.leave(ada.id, kept.id)
    assert [one.id for one in organisations.all()] == [kept.id], "it has a paper"


def test_a_disabled_account_does_nothing_for_others(readers: Readers) -> None:
    gone = readers.accounts.add("gone", PASSWORD, "curator")
    readers.accounts.disable(gone.id)
    community = readers.community
    for attempt in (
        lambda: community.comments.add(gone.id, 1, "hello"),
        lambda: community.comments.lock(gone.id, 1),
        lambda: community.picks.pick(gone.id, 1, "2026-08-21"),
        lambda: community.links.add(gone.id, 1, "code", "https://x.example"),
        lambda: community.claims.claim(gone.id, 1, "Ada Lovelace"),
        lambda: community.organisations.make(gone.id, "Nowhere"),
        lambda: community.submissions.submit(gone.id, "lab:a"),
    ):
        with pytest.raises(ReadersError, match="disabled"):
            attempt()
