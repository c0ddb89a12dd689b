"""Files of records: every good one arrives, every bad one is named, nothing crashes."""

from __future__ import annotations

import gzip
import json
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.papers import Author, Identifier, Link, Paper
from broadsheet.sources import (
    Arrived,
    BrokenStreamError,
    Rejected,
    SourceError,
    default_source,
    read,
    starter,
)


def written(folder: Path, *records: object, name: str = "corpus.jsonl") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(json.dumps(record).encode() + b"\n" for record in records))
    return path


def only(path: Path, **options: object) -> Paper:
    items = list(read(path, **options))  # type: ignore[arg-type]
    assert len(items) == 1 and isinstance(items[0], Arrived), items
    return items[0].paper


def reasons(path: Path) -> list[tuple[int, str]]:
    return [(item.line, item.reason) for item in read(path) if isinstance(item, Rejected)]


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}
GOOD = {"id": "2401.00001v2", "title": "T", "abstract": "A"}


def test_every_known_field_finds_its_place(tmp_path: Path) -> None:
    record = {
        **GOOD,
        "authors": ["Jo Doe", {"name": "Al Roe", "affiliation": "MIT"}],
        "categories": ["cs.LG", "stat.ML", "cs.LG"],
        "date": "2024-01-02T10:00:00Z",
        "updated": "Feb 3, 2024",
        "doi": "https://doi.org/10.1000/ABC",
        "summary": "Ours.",
        "url": "https://arxiv.org/abs/2401.00001",
        "pdf": "https://arxiv.org/pdf/2401.00001",
        "venue": ["x"],
        "keywords": ["k"],
        "unknown": {"a": 1},
    }
    assert only(written(tmp_path / "feed", record)) == Paper(
        id="2401.00001v2",
        source="feed",
        title="T",
        abstract="A",
        summary="Ours.",
        authors=(Author("Jo Doe"), Author("Al Roe", "MIT")),
        categories=("cs.LG", "stat.ML"),
        identifiers=(Identifier("arxiv", "2401.00001"), Identifier("doi", "10.1000/abc")),
        links=(
            Link("abstract", "https://arxiv.org/abs/2401.00001"),
            Link("pdf", "https://arxiv.org/pdf/2401.00001"),
        ),
        published="",
        announced="2024-01-02",
        updated="2024-02-03",
        version="v2",
        extra={"venue": ["x"], "keywords": ["k"], "unknown": {"a": 1}},
    )


def test_a_date_is_announced_unless_said_otherwise_or_not_a_day(tmp_path: Path) -> None:
    path = written(tmp_path, {**GOOD, "date": "2024-01-02"})
    assert only(path).announced == "2024-01-02"
    paper = only(path, date_is="published")
    assert (paper.published, paper.announced) == ("2024-01-02", "")
    paper = only(written(tmp_path, {**GOOD, "date": 1958}))
    assert (paper.published, paper.announced) == ("1958", "")
    paper = only(written(tmp_path, {**GOOD, "announced": "2024-05"}))
    assert (paper.published, paper.announced) == ("2024-05", "")


def test_a_date_that_cannot_be_read_is_kept_as_it_came(tmp_path: Path) -> None:
    paper = only(written(tmp_path, {**GOOD, "date": "last Tuesday"}))
    assert (paper.published, paper.announced, paper.extra) == ("", "", {"date": "last Tuesday"})


def test_an_explicit_date_wins_over_the_general_one(tmp_path: Path) -> None:
    paper = only(written(tmp_path, {**GOOD, "date": "2024-01-02", "announced": "2024-01-03"}))
    assert paper.announced == "2024-01-03"


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("A. Smith, B. Jones and C. Wu", ["A. Smith", "B. Jones", "C. Wu"]),
        ("Smith, A.; Jones, B.", ["A. Smith", "B. Jones"]),
        ("Smith, Anna and Jones, Bob", ["Anna Smith", "Bob Jones"]),
        ("Anna Smith", ["Anna Smith"]),
        ("A B and C; D E", ["A B", "C", "D E"]),
        ([{"given": "Anna", "family": "Smith"}, " "], ["Anna Smith"]),
        (["Alexandra Brand", ""], ["Alexandra Brand"]),
        (["Smith, Anna", "van der Berg, Jo"], ["Anna Smith", "Jo van der Berg"]),
        # What the other order would no longer tell apart stays.
        (["García Márquez, Gabriel", "Anna Smith, MIT"],
         ["García Márquez, Gabriel", "Anna Smith, MIT"]),
        (["王, 小明", "山田 太郎", {"given": "철수", "family": "김"}],
         ["王 小明", "山田 太郎", "김 철수"]),
        (None, []),
    ],
)  # fmt: skip
def test_authors_are_read_in_every_common_form(
    tmp_path: Path, value: object, names: list[str]
) -> None:
    paper = only(written(tmp_path, {**GOOD, "authors": value}))
    assert [author.name for author in paper.authors] == names


def test_categories_may_be_one_string(tmp_path: Path) -> None:
    assert only(written(tmp_path, {**GOOD, "categories": "cs.LG stat.ML"})).categories == (
        "cs.LG",
        "stat.ML",
    )
    paper = only(written(tmp_path, {**GOOD, "categories": "Machine learning; Vision"}))
    assert paper.categories == ("Machine learning", "Vision")


def test_a_record_without_id_is_named_after_its_title(tmp_path: Path) -> None:
    paper = only(written(tmp_path / "zine", {"title": "Größe & <b>Form</b>!"}))
    assert paper.id == "zine:groe-b-form-b" or paper.id.startswith("zine:gro")
    assert paper.identifiers[0].scheme == "zine"
    assert f"zine:{paper.identifiers[0].value}" == paper.id
    assert paper.title == "Größe & <b>Form</b>!"


def test_titles_that_a_name_cannot_hold_get_different_names(tmp_path: Path) -> None:
    path = written(tmp_path, {"title": "论文一"}, {"title": "论文二"}, {"title": "x" * 300})
    ids = [item.paper.id for item in read(path) if isinstance(item, Arrived)]
    assert len(set(ids)) == 3 and all(len(name) < 150 for name in ids)


def test_plain_numbers_belong_to_their_source(tmp_path: Path) -> None:
    paper = only(written(tmp_path, {**GOOD, "id": 17}), source="cacm")
    assert (paper.id, paper.source) == ("17", "cacm")
    assert paper.identifiers == (Identifier("cacm", "17"),)


def test_code_that_an_abstract_names_becomes_a_link(tmp_path: Path) -> None:
    text = "Code: https://github.com/a/b. Site (https://a.github.io/b), see https://example.org/x"
    assert only(written(tmp_path, {**GOOD, "abstract": text})).links == (
        Link("code", "https://github.com/a/b"),
        Link("project", "https://a.github.io/b"),
    )


def test_an_address_that_is_no_web_address_is_no_link(tmp_path: Path) -> None:
    paper = only(written(tmp_path, {**GOOD, "url": "javascript:alert(1)"}))
    assert paper.links == () and paper.extra == {"url": "javascript:alert(1)"}


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({}, "neither title nor abstract"),
        ({"title": " ", "abstract": None}, "neither title nor abstract"),
        ({"title": ["a"]}, "field 'title' is a list, not a text"),
        ({**GOOD, "abstract": 3}, "field 'abstract' is a number, not a text"),
        ({**GOOD, "authors": 5}, "field 'authors'"),
        ({**GOOD, "authors": ["a", 5]}, "field 'authors' entry 2"),
        ({**GOOD, "categories": {"a": 1}}, "field 'categories' is an object"),
        ({**GOOD, "categories": [1]}, "field 'categories' holds a number"),
        ({**GOOD, "date": ["2024"]}, "field 'date' is a list"),
        ({**GOOD, "id": 1.5}, "field 'id'"),
        ({**GOOD, "doi": 7}, "field 'doi'"),
        ({**GOOD, "links": [7]}, "field 'links'"),
        ({**GOOD, "abstract": "x" * 1_000_001}, "1,000,001 characters; at most 1,000,000"),
        ({**GOOD, "id": "x" * 501}, "field 'id' has 501 characters"),
        ([1, 2], "JSON but not an object"),
    ],
)
def test_a_record_that_is_no_paper_is_rejected_with_its_reason(
    tmp_path: Path, record: object, said: str
) -> None:
    path = written(tmp_path, GOOD, record, GOOD)
    items = list(read(path))
    assert [type(item) for item in items] == [Arrived, Rejected, Arrived]
    assert items[1].line == 2
    assert said in items[1].reason  # type: ignore[union-attr]
    assert items[1].raw.startswith(json.dumps(record).encode()[:100])  # type: ignore[union-attr]


def test_one_of_title_and_abstract_is_enough(tmp_path: Path) -> None:
    assert only(written(tmp_path, {"id": "1", "title": "T"})).abstract == ""
    assert only(written(tmp_path, {"id": "1", "abstract": "A"})).title == ""


def test_bad_lines_are_named_by_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    good = json.dumps(GOOD).encode()
    lines = [good, b'{"title": "caf\xe9"}', b"", b'{"title": "a\0b"}', b"{oops", good + b"\r"]
    path.write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines))
    assert [item.line for item in read(path) if isinstance(item, Arrived)] == [1, 6]
    said = dict(reasons(path))
    assert "not UTF-8: byte 14 of the line is 0xe9" in said[2]
    assert "NUL byte at byte 12" in said[4]
    assert "not JSON" in said[5]


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_packed_files_read_like_plain_ones(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"c.jsonl{suffix}"
    content = b"".join(json.dumps({**GOOD, "id": str(n)}).encode() + b"\n" for n in range(5000))
    pack = PACKERS[suffix]
    half = len(content) // 2
    path.write_bytes(pack(content[:half]) + pack(content[half:]))
    ids = [item.paper.id for item in read(path) if isinstance(item, Arrived)]
    assert ids == [str(n) for n in range(5000)]
    resumed = list(read(path, start_line=4990))
    assert [item.line for item in resumed] == list(range(4991, 5001))


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_broken_stream_gives_its_good_lines_first(
    tmp_path: Path, suffix: str, damage: str
) -> None:
    random.seed(5)
    texts = [{**GOOD, "id": str(n), "abstract": random.randbytes(300).hex()} for n in range(3000)]
    content = b"".join(json.dumps(text).encode() + b"\n" for text in texts)
    packed = bytearray(PACKERS[suffix](content))
    place = len(packed) * 2 // 3
    if damage == "cut":
        del packed[place:]
    else:
        packed[place : place + 64] = bytes(64)
    path = tmp_path / f"c.jsonl{suffix}"
    path.write_bytes(packed)
    items: list[Arrived | Rejected] = []
    with pytest.raises(BrokenStreamError) as broken:
        for item in read(path):
            items.append(item)  # noqa: PERF402 - what came before the error is wanted
    good = [item for item in items if isinstance(item, Arrived)]
    assert 500 < len(good) <= len(items) <= 3000
    assert [item.paper.id for item in good] == [str(n) for n in range(len(good))]
    said = str(broken.value)
    assert said.startswith(f"{path}: ") and ("cut off" in said) == (damage == "cut")
    assert f"nothing after line {items[-1].line:,} could be read" in said


def skippable(size: int) -> bytes:
    """A frame that Zstandard passes over: RFC 8878, 3.1.2."""
    return b"\x5a\x2a\x4d\x18" + size.to_bytes(4, "little") + b"x" * size


def test_what_tools_put_between_packed_streams_is_passed_over(tmp_path: Path) -> None:
    content = b"".join(json.dumps({**GOOD, "id": str(n)}).encode() + b"\n" for n in range(4000))
    one, other = content[:70_000], content[70_000:]
    zst, gz = PACKERS[".zst"], PACKERS[".gz"]
    files = {
        "parallel.jsonl.zst": skippable(4) + zst(one) + skippable(4) + zst(other),
        "seekable.jsonl.zst": zst(one) + zst(other) + skippable(5000),
        "empty.jsonl.zst": skippable(0) + zst(content),
        "padded.jsonl.gz": gz(one) + bytes(700) + gz(other) + bytes(9000),
    }
    for name, packed in files.items():
        path = tmp_path / name
        path.write_bytes(packed)
        assert [item.paper.id for item in read(path) if isinstance(item, Arrived)] == [
            str(n) for n in range(4000)
        ], name


@pytest.mark.parametrize("left", [3, 6, 40])
def test_a_file_that_is_cut_off_in_what_is_passed_over_says_so(tmp_path: Path, left: int) -> None:
    path = tmp_path / "c.jsonl.zst"
    packed = PACKERS[".zst"](json.dumps(GOOD).encode() + b"\n")
    path.write_bytes(packed + skippable(90)[:left])
    items = read(path)
    assert isinstance(next(items), Arrived)
    with pytest.raises(BrokenStreamError, match="not Zstandard" if left < 4 else "cut off"):
        next(items)


def test_a_file_whose_start_is_damaged_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd" + b"\xff" * 100)
    with pytest.raises(SourceError, match=r"c\.jsonl\.zst: the Zstandard stream is damaged"):
        read(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 20, "binary file"),
        (b"\x7fELF" + bytes(5000), "binary file"),
        ('{"title": "x"}'.encode("utf-16"), "UTF-16"),
        (b'[{"title": "x"}]', "one JSON array"),
        (b'{\n  "title": "x"\n}\n', "JSON over several lines"),
    ],
)
def test_a_file_that_is_no_jsonl_is_refused_at_once(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read(path)
    assert said in str(caught.value) and str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_a_missing_file_and_an_unknown_format_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a folder"):
        read(tmp_path)
    with pytest.raises(SourceError, match="no such file"):
        read(tmp_path / "none.jsonl")
    with pytest.raises(SourceError, match="format 'marc' is not known"):
        read(written(tmp_path, GOOD), format="marc")


def test_a_huge_line_is_rejected_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.zst"
    writer = zstandard.ZstdCompressor().compressobj()
    good = json.dumps(GOOD).encode() + b"\n"
    with path.open("wb") as file:
        file.write(writer.compress(good + b'{"title": "'))
        for _ in range(80):
            file.write(writer.compress(b"a" * (1 << 20)))
        file.write(writer.compress(b'"}\n' + good))
        file.write(writer.flush())
    tracemalloc.start()
    items = list(read(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [type(item) for item in items] == [Arrived, Rejected, Arrived]
    assert "longer than 64 MiB" in items[1].reason  # type: ignore[union-attr]
    assert len(items[1].raw) <= 1 << 20  # type: ignore[union-attr]
    assert peak < 300 << 20


def test_the_default_source_is_the_folder(tmp_path: Path) -> None:
    assert default_source(tmp_path / "my papers: new" / "x.jsonl") == "my-papers-new"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode)))
def test_no_bytes_do_more_than_be_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.jsonl"
    path.write_bytes(content)
    for form in (None, "jsonl", "page"):
        try:
            items = list(read(path, format=form))
        except SourceError as error:
            assert "\n" not in str(error)
        else:
            assert all(item.line > 0 for item in items)


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-9, 3000), st.text(max_size=8), st.floats(0, 1)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["name", "url"]), inner)
    ),
    max_leaves=4,
)
FIELDS = (
    *("id", "title", "abstract", "summary", "authors", "categories", "date", "published", "doi"),
    *("url", "links", "version", "arxiv_id", "updated", "announced", "pdf", "else"),
)
NAMES = st.sampled_from(FIELDS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(record=st.dictionaries(NAMES, VALUES, max_size=8))
def test_any_json_object_is_a_paper_or_is_rejected_by_a_reason(
    tmp_path: Path, record: dict[str, object]
) -> None:
    (item,) = read(written(tmp_path, record))
    if isinstance(item, Rejected):
        assert item.reason
    else:
        assert item.paper.title or item.paper.abstract
        assert item.paper.announced == "" or len(item.paper.announced) == 10


def test_the_starter_edition_is_whole() -> None:
    papers = [item.paper for item in starter()]
    assert len(papers) == len({paper.id for paper in papers}) == 482
    assert all(paper.id.startswith("starter:") and paper.summary for paper in papers)
    assert not any(paper.abstract or paper.announced for paper in papers)
    assert sum(bool(paper.published) for paper in papers) == 70
    assert all({"kind", "topic"} <= paper.extra.keys() for paper in papers)


@pytest.mark.parametrize(
    ("folder", "papers"), [("adi", 82), ("cranfield", 1398), ("scifact", 5183), ("cacm", 3204)]
)
def test_whole_collections_arrive(shared_data: Path, folder: str, papers: int) -> None:
    items = list(read(shared_data / folder / "corpus.jsonl.zst"))
    arrived = [item for item in items if isinstance(item, Arrived)]
    assert len(arrived) == papers
    assert all(item.paper.source == folder for item in arrived)
