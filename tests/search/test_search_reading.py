"""How queries are read."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.search import Reading, parse, read_as_words

SYNTAX = st.lists(
    st.sampled_from(
        [
            *(
                "a",
                "b c",
                '"',
                '"x y"',
                "-",
                "-z",
                "(",
                ")",
                "OR",
                "NOT",
                "|",
                "title:",
                "author:b",
            ),
            *("year:2024..", "year:..", "date:2023-02-30", "cat:cs.LG", "-cat:cs.LG", "has:code"),
            *("AND", "ANDNOT", "all:a", "abs:b", "last week", "-cat:cs.CV"),
            *("has:cake", "source:x", ", not v", "without w", "but not", ":", "..", "“", "\x00"),
        ]
    ),
    max_size=12,
).map(" ".join)
QUERIES = st.one_of(st.text(max_size=200), SYNTAX)


def kinds(query: str) -> list[tuple[str, str]]:
    return [(part.kind, part.text) for part in parse(query).parts]


def clauses(reading: Reading) -> list[tuple[str, str, bool, str]]:
    return [(c.text, c.field, c.phrase, c.occur) for c in reading.words.clauses]


@given(QUERIES)
def test_no_query_raises_and_every_part_comes_from_the_query(query: str) -> None:
    reading = parse(query)
    for part in reading.parts:
        assert part.given in reading.query
        assert part.text
        assert len(part.without) <= len(reading.query)
    assert reading.meaning == reading.meaning.strip()


@given(
    st.lists(st.sampled_from(["-z", "cat:cs.LG", "year:2024", '"x y"', "author:lee"]), max_size=5)
)
def test_a_part_taken_out_leaves_the_others(items: list[str]) -> None:
    query = " ".join(["word", *items])
    parts = parse(query).parts
    for place, part in enumerate(parts):
        rest = parse(part.without).parts
        expected = [(p.kind, p.text) for at, p in enumerate(parts) if at != place]
        assert [(p.kind, p.text) for p in rest] == expected


@given(st.lists(st.text(st.characters(categories=["Ll"]), min_size=1), min_size=1, max_size=10))
def test_plain_words_are_one_bag_and_the_meaning(words: list[str]) -> None:
    query = " ".join(words)
    reading = parse(query)
    if reading.excluded or reading.identifier:  # "a but not b"
        return
    if any(part.text != part.given for part in reading.parts):  # "papers on a"
        return
    assert reading.words == read_as_words(query).words
    assert reading.meaning == reading.query


@given(QUERIES)
def test_read_as_words_knows_no_syntax(query: str) -> None:
    reading = read_as_words(query)
    assert all(clause.occur == "should" for clause in reading.words.clauses)
    assert reading.filters is None


def test_a_query_with_everything() -> None:
    reading = parse(
        'deep "chain of thought" -vision author:"geoffrey hinton" year:2024.. cat:cs.lg,cs.CL'
    )
    assert clauses(reading) == [
        ("deep", "text", False, "should"),
        ("chain of thought", "text", True, "must"),
        ("vision", "text", False, "must_not"),
    ]
    assert reading.meaning == "deep chain of thought"
    assert reading.filters is not None
    assert reading.filters.authors == ("geoffrey hinton",)
    assert reading.filters.first_day == "2024"
    assert reading.filters.categories == ("cs.LG", "cs.CL")


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("year:2024", "2024", "2024"),
        ("year:2024..", "2024", ""),
        ("year:..2022", "", "2022"),
        ("year:2020..2022", "2020", "2022"),
        ("year:2022..2020", "2020", "2022"),
        ("year:2020-2022", "2020", "2022"),
        ("date:2026-01-01..2026-02", "2026-01-01", "2026-02"),
        ("date:2026-01", "2026-01", "2026-01"),
        ("date:2026/08/21", "2026-08-21", "2026-08-21"),
        ('date:"August 2026"', "2026-08", "2026-08"),
        ('date:"1 Aug 2026 to 3 Aug 2026"', "2026-08-01", "2026-08-03"),
        ("year:>=2024", "2024", ""),
        ("year:>2024", "2025-01-01", ""),
        ("date:<=2024-05", "", "2024-05"),
        ("date:<2024-05", "", "2024-04-30"),
        ("since:2026-08-01", "2026-08-01", ""),
        ("after:2025", "2026-01-01", ""),
        ("until:2026-02", "", "2026-02"),
        ("before:2026-03", "", "2026-02-28"),
        ("since:2025-02 before:2025-04", "2025-02", "2025-03-31"),
        ("year:2019.. date:2021-05..", "2021-05", ""),
    ],
)
def test_dates_are_read(query: str, first: str, last: str) -> None:
    filters = parse(query).filters
    assert filters is not None
    assert (filters.first_day, filters.last_day) == (first, last)


@pytest.mark.parametrize(
    "query",
    [
        *(
            "date:2026-13",
            "date:2023-02-30",
            "year:soon",
            "has:cake",
            "year:..",
            "date:>",
            "date:<<1",
        ),
        *("before:lunch", "after:9999", "before:1000", "since:..", "date:2026-01-01T00:00"),
    ],
)
def test_what_cannot_be_read_is_searched_as_words_and_said(query: str) -> None:
    reading = parse(f"x {query}")
    assert reading.filters is None
    assert reading.words.clauses[0].text == f"x {query}"
    assert query in reading.notes[0]


def test_accents_apart_from_their_letters_are_read_as_papers_are_filed() -> None:
    reading = parse('Schro\u0308dinger author:"Bernhard Scho\u0308lkopf"')
    assert reading.meaning == "Schr\u00f6dinger"
    assert reading.filters is not None
    assert reading.filters.authors == ("Bernhard Sch\u00f6lkopf",)


@pytest.mark.parametrize(
    ("query", "read"),
    [
        (r"K\"ahler manifold", "Kähler manifold"),
        (r"K\"{a}hler or {\'E}tale", "Kähler or Étale"),
        (r"Erd\H{o}s-R\'enyi graphs", "Erdős-Rényi graphs"),
        (r"Erd\H os", "Erdős"),
        (r"na\"{\i}ve Bayes", "naïve Bayes"),
        (r"na\"\i ve Bayes", "naïve Bayes"),
        (r"\v{C}erenkov light in {\AA}ngstr\"om", "Čerenkov light in Ångström"),
        (r"S{\o}rensen \L{}ukasiewicz", "Sørensen Łukasiewicz"),
        (r"Alzheimer\'s disease", r"Alzheimer\'s disease"),
        (r"$\ell_1$ \bar{x} \alpha \d{3}", r"$\ell_1$ \bar{x} \alpha \d{3}"),
        (r"say \"deep nets\" twice", r"say \"deep nets\" twice"),
    ],
)
def test_letters_that_tex_builds_are_read_as_papers_are_filed(query: str, read: str) -> None:
    assert parse(query).meaning == read
    assert parse(query).notes == ()


def test_a_phrase_and_a_name_may_hold_letters_of_tex() -> None:
    reading = parse(r'"M\"obius inversion" author:"J\"urgen Schmidhuber"')
    assert clauses(reading) == [("Möbius inversion", "text", True, "must")]
    assert reading.filters is not None
    assert reading.filters.authors == ("Jürgen Schmidhuber",)


def test_an_open_quotation_mark_is_said() -> None:
    reading = parse('"deep learning')
    assert clauses(reading) == [("deep learning", "text", False, "should")]
    assert "quotation mark" in reading.notes[0]


@pytest.mark.parametrize(
    "query",
    [
        *("1706.03762", "arXiv:1706.03762v2", "https://arxiv.org/abs/1706.03762", "10.1000/xyz.1"),
        *("P19-1001", "https://openreview.net/forum?id=abcdefghij", "cranfield:12"),
    ],
)
def test_a_name_of_a_paper_is_one(query: str) -> None:
    assert parse(query).identifier == query


@pytest.mark.parametrize(
    "query",
    [
        *("2024", "gpt-4", "title:attention", "1706.03762 follow-ups", "BERT"),
        *("-author:Wang", "-title:graph", "-year:2025", "--cat:cs.LG"),
    ],
)
def test_words_and_numbers_are_no_names_of_papers(query: str) -> None:
    assert parse(query).identifier == ""


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("a OR b", [("any", "a or b")]),
        ('"x y" OR z', [("any", "“x y” or z")]),
        ("(diffusion OR flow) matching", [("any", "diffusion or flow"), ("words", "matching")]),
        ("title:foo OR title:bar", [("any", "foo in the title or bar in the title")]),
        ("deep learning OR neural networks", [("words", "deep learning OR neural networks")]),
        ("(PIM) in memory (or near)", [("words", "(PIM) in memory (or near)")]),
        ("OR", [("words", "OR")]),
    ],
)
def test_alternatives(query: str, parts: list[tuple[str, str]]) -> None:
    assert kinds(query) == parts
    assert parse(query).notes == ()


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("cat:cs.LG OR cat:cs.CL", [("category", "in cs.LG or in cs.CL")]),
        (
            "(author:Wang OR author:Li) graphs",
            [("author", "by Wang or by Li"), ("words", "graphs")],
        ),
        (
            "graphs year:2019 | year:2024..",
            [("words", "graphs"), ("date", "dated 2019 or dated from 2024")],
        ),
        (
            "has:code OR author:Li -vision",
            [("any", "with code or by Li"), ("exclude", "not vision")],
        ),
        (
            "(author:Li cat:cs.LG OR source:acl)",
            [("any", "by Li and in cs.LG or from acl")],
        ),
        ("cat:cs.LG cat:cs.CL", [("category", "in cs.LG"), ("category", "in cs.CL")]),
    ],
)
def test_filters_are_alternatives_too(query: str, parts: list[tuple[str, str]]) -> None:
    assert kinds(query) == parts
    assert parse(query).notes == ()


def test_alternatives_of_one_filter_are_one_filter() -> None:
    reading = parse("(cat:cs.LG OR cat:cs.CL) cat:math")
    assert reading.filters is not None
    assert reading.filters.categories == ("cs.LG", "cs.CL", "math")
    (group,) = parse("author:Wang OR author:Li").filters.one_of  # type: ignore[union-attr]
    assert [member.authors for member in group] == [("Wang",), ("Li",)]


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ('"x y" OR date:2026', [("phrase", "“x y”"), ("date", "dated 2026")]),
        ("graphs OR cat:cs.LG", [("words", "graphs"), ("category", "in cs.LG")]),
        ('"x y" OR deep learning', [("phrase", "“x y”"), ("words", "deep learning")]),
        ('"a" OR "b" OR deep learning', [("any", "“a” or “b”"), ("words", "deep learning")]),
        ("graphs OR -molecules", [("words", "graphs"), ("exclude", "not molecules")]),
        ("OR cat:cs.LG", [("category", "in cs.LG")]),
    ],
)
def test_an_or_that_is_not_understood_is_no_word_and_is_said(
    query: str, parts: list[tuple[str, str]]
) -> None:
    assert kinds(query) == parts
    assert any(note.startswith("OR is passed over") for note in parse(query).notes)


@pytest.mark.parametrize("query", ["title:(graph neural)", "cat: cs.LG", "graphs -author: Li"])
def test_a_field_without_anything_behind_it_is_said(query: str) -> None:
    assert "stands right behind the colon" in parse(query).notes[0]
    assert parse("CAT: causal attention tuning").notes == ()


@pytest.mark.parametrize(
    "query",
    [
        *('"language models" year:2026..', '"language models" cat:cs.LG date:2026-08-17..'),
        " ".join(f'"word {at}"' for at in range(14)),
        '"language models" ' + " ".join(f"cat:cs.{at}" for at in "ABCDEFGHIJKLMN"),
        " OR ".join(f'"word {at}"' for at in range(9)),
    ],
)
def test_fields_and_phrases_make_no_sentence(query: str) -> None:
    reading = parse(query)
    assert reading.required
    assert reading.notes == ()


@pytest.mark.parametrize("query", ['""', "“ ” graphs", 'title:"graphs" "" x'])
def test_nothing_in_quotation_marks_is_nothing(query: str) -> None:
    assert parse(query).notes == ()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("graphs -k-means", "text"),
        ("graphs -title:k-means", "title"),
        ("graphs NOT k-means", "text"),
    ],
)
def test_an_excluded_word_with_a_hyphen_is_excluded_as_a_whole(query: str, field: str) -> None:
    assert clauses(parse(query)) == [
        ("graphs", "text", False, "should"),
        ("k-means", field, True, "must_not"),
    ]


def test_exclusions_alone_narrow() -> None:
    reading = parse("-vision -author:Li year:2024..")
    assert reading.filters is not None
    assert reading.filters.unmet == reading.excluded
    assert reading.filters.first_day == "2024"
    assert parse("graphs -vision").filters is None


@pytest.mark.parametrize(
    ("query", "excluded"),
    [
        ("pruning of language models, not vision", ["vision"]),
        ("transformers but not for speech", ["speech"]),
        ("summarisation, without reinforcement learning", ["reinforcement learning"]),
        ("llm agents excluding games or robots", ["games", "robots"]),
        ("graphs not about molecules", ["molecules"]),
        ("pruning of language models, not vision cat:cs.LG year:2024..", ["vision"]),
        ("graphs NOT molecules", ["molecules"]),
        ("graphs -molecules", ["molecules"]),
        ('graphs -"small molecules"', ["small molecules"]),
    ],
)
def test_exclusions_in_signs_and_in_words(query: str, excluded: list[str]) -> None:
    reading = parse(query)
    assert [clause.text for clause in reading.excluded] == excluded
    assert not any(name in reading.meaning for name in excluded)


@pytest.mark.parametrize("sign", ["-", "NOT "])
@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("cat:cs.CV,cs.RO", "not in cs.CV or cs.RO"),
        ("source:acl", "not from acl"),
        ("year:..2023", "not dated to 2023"),
        ("has:code", "not with code"),
        ("has:github", "not with code"),
    ],
)
def test_what_a_filter_names_can_be_left_out(sign: str, field: str, said: str) -> None:
    reading = parse(f"graph learning {sign}{field}")
    left_out = parse(field).filters
    assert reading.filters is not None
    assert left_out is not None
    assert repr(reading.filters.none_of) == repr((left_out,))
    assert (reading.filters.categories, reading.filters.sources) == ((), ())
    assert (reading.filters.first_day, reading.filters.last_day, reading.filters.has) == (
        "",
        "",
        (),
    )
    assert reading.meaning == "graph learning"
    assert [(part.kind, part.text) for part in reading.parts] == [
        ("words", "graph learning"),
        ("exclude", said),
    ]


@pytest.mark.parametrize(
    "query",
    [
        "learning without labels",
        "treating adhd without stimulants",
        "Folic acid does not affect kidney disease.",
        "Beige cells occur in visceral fat, not subcutaneous fat.",
        "down but not out",
        "differentiated E2f-1, -2, -3 cells",
        "communicating, possibly, but not exclusively, in a distributed environment",
        "state-of-the-art methods",
        "NOT NULL CONSTRAINTS",
        "to be or not to be",
    ],
)
def test_what_is_no_exclusion(query: str) -> None:
    assert parse(query).excluded == ()


@pytest.mark.parametrize(
    ("query", "looked_for"),
    [
        ("how do LLM agents forget", ["LLM agents forget"]),
        ("I'm at a loss for what's new", ["at a loss for new"]),
        ("Why don't transformers plan?", ["transformers plan?"]),
        ("Is attention explanation?", ["attention explanation?"]),
        ("Isn't attention explanation", ["attention explanation"]),
        ('how does "chain of thought" help -vision', ["chain of thought", "help", "vision"]),
        ('how do "language models" -vision', ["language models", "vision"]),
        ("how do title:what work", ["what", "work"]),
        ("which (cats OR dogs)", [""]),
        ("what can be said of CAN bus and WHO", ["said of CAN bus and WHO"]),
        ("how to mine what-if questions", ["to mine what-if questions"]),
    ],
)
def test_a_question_looks_for_what_it_asks_about(query: str, looked_for: list[str]) -> None:
    reading = parse(query)
    assert [clause.text for clause in reading.words.clauses] == looked_for
    if len(reading.parts) == 1 and reading.parts[0].kind == "words":
        assert reading.meaning == query
        assert read_as_words(query).words == reading.words


@pytest.mark.parametrize(
    "query",
    [
        "proteins can be folded by machines",  # claims and titles say something by these words
        "attention is all you need",
        "type I error",
        "WHO guidelines",
        "CAN bus",
        "who can do what",  # nothing else is named
        "HOW DO AGENTS FORGET",
    ],
)
def test_what_does_not_ask_or_names_nothing_keeps_all_its_words(query: str) -> None:
    assert [clause.text for clause in parse(query).words.clauses] == [query]
    assert [clause.text for clause in read_as_words(query).words.clauses] == [query]


@pytest.mark.parametrize("narrowed", ["", " year:2024..", " cat:cs.LG -rats"])
def test_quotation_marks_demand_nothing_in_a_sentence(narrowed: str) -> None:
    reading = parse(f'What are "normal" vitamin levels?{narrowed}')
    assert reading.required == ()
    assert "quotation marks" in reading.notes[0]


@pytest.mark.parametrize(
    "query",
    [
        *("x " * 100_000, "(" * 50_000, '"' * 50_000, "-a " * 30_000, "a OR " * 30_000),
        *("title:" * 30_000, "a,not b" * 9_000, "é" * 200_000, " " * 200_000, "\x00\ud800" * 9),
        *("year:" + "9" * 90_000, "https://" + "a" * 90_000, "10.1234/" * 20_000),
    ],
    ids=lambda query: ascii(query[:8]),
)
def test_long_and_odd_queries_are_read_at_once(query: str) -> None:
    started = time.perf_counter()
    reading = parse(query)
    assert time.perf_counter() - started < 0.5  # a runaway, not a figure
    assert len(reading.query) <= 4_000
    json.dumps([part.given for part in reading.parts]).encode("utf-8")


def test_a_cut_is_said() -> None:
    reading = parse("word " * 5_000)
    assert any("characters of the query are read" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("query", "topic"),
    [
        ("papers about diffusion models", "diffusion models"),
        ("Show me papers on LLM agents", "LLM agents"),
        ("show me agents that plan", "agents that plan"),
        ("I'm interested in articles dealing with data types", "data types"),
        ("I'd like to find articles describing the use of SVD", "the use of SVD"),
        ("can you recommend some good papers on RLHF", "RLHF"),
        ("the latest research in graph learning", "graph learning"),
        ("recent advances in protein folding", "protein folding"),
        ("what work has been done on unlearning", "unlearning"),
        ("papers that use retrieval", "use retrieval"),
        ("papers using GNNs for traffic", "using GNNs for traffic"),
        ("graph transformer papers", "graph transformer"),
        ("deep learning papers", "deep learning"),
    ],
)
def test_a_request_for_papers_looks_for_their_topic(query: str, topic: str) -> None:
    reading = parse(query)
    assert [(clause.text, clause.occur) for clause in reading.words.clauses] == [(topic, "should")]
    assert reading.meaning == topic
    assert [(part.text, part.given, part.without) for part in reading.parts] == [(topic, query, "")]
    assert (read_as_words(query).words, read_as_words(query).meaning) == (reading.words, topic)
    assert reading.query == query


@pytest.mark.parametrize(
    ("query", "kinds_of_parts", "looked_for"),
    [
        ('papers about "gaussian splatting"', ["phrase"], ["gaussian splatting"]),
        ("recent papers author:hinton", ["author"], []),
        ("show me papers on agents, not robots", ["words", "exclude"], ["agents", "robots"]),
        ("year:2024.. papers on agents", ["date", "words"], ["agents"]),
        ("agent papers year:2024..", ["words", "date"], ["agent"]),
        ("papers on (cats OR dogs)", ["any"], [""]),
    ],
)
def test_a_request_may_name_its_topic_by_signs(
    query: str, kinds_of_parts: list[str], looked_for: list[str]
) -> None:
    reading = parse(query)
    assert [part.kind for part in reading.parts] == kinds_of_parts
    assert [clause.text for clause in reading.words.clauses] == looked_for


@pytest.mark.parametrize(
    "query",
    [
        "papers",
        "recent papers",
        "show me",
        "paper folding",
        "paper recommendation",
        "work in progress",
        "advances in nursing",
        "search for dark matter",
        "scientific papers",
        "information extraction from papers",
        "summarizing papers",
        "related work generation",
        "Recent Advances in Natural Language Inference",
    ],
)
def test_papers_may_be_the_topic(query: str) -> None:
    said = query.replace('"', "")
    assert " ".join(clause.text for clause in parse(query).words.clauses) == said


@pytest.mark.parametrize(
    ("query", "authors"),
    [
        *(("author:lovelace", ("lovelace",)), ("authors:lovelace", ("lovelace",))),
        *(
            ('author:"Lovelace et al."', ("Lovelace",)),
            ('author:"Lovelace, et al. 2024"', ("Lovelace",)),
        ),
        ('author:"Ada Lovelace and G. Hopper"', ("Ada Lovelace", "G. Hopper")),
        ('author:"Ada Lovelace & Hopper; Anderson"', ("Ada Lovelace", "Hopper", "Anderson")),
        *(
            ('author:"Lovelace, A."', ("Lovelace, A.",)),
            ('author:"Sandra et Al-Amin"', ("Sandra et Al-Amin",)),
        ),
    ],
)
def test_authors_are_named_as_references_name_them(query: str, authors: tuple[str, ...]) -> None:
    filters = parse(query).filters
    assert filters is not None
    assert filters.authors == authors


def test_who_is_left_out_may_have_others_with_them() -> None:
    assert [clause.text for clause in parse('x -author:"Lovelace et al."').excluded] == ["Lovelace"]
    assert parse('author:"et al."').filters is None


@pytest.mark.parametrize(
    ("query", "categories", "meaning"),
    [
        *(("cs.LG", ("cs.LG",), ""), ("cs.lg agents", ("cs.LG",), "agents")),
        *(("agents quant-ph", ("quant-ph",), "agents"), ("hep-th", ("hep-th",), "")),
        ("cond-mat.mtrl-sci alloys year:2025..", ("cond-mat.mtrl-sci",), "alloys"),
        ("physics.chem-ph cs.LG", ("physics.chem-ph", "cs.LG"), ""),
    ],
)
def test_a_subject_of_arxiv_narrows(query: str, categories: tuple[str, ...], meaning: str) -> None:
    reading = parse(query)
    assert reading.filters is not None
    assert reading.filters.categories == categories
    assert reading.meaning == meaning


@pytest.mark.parametrize(
    "query", ['"cs.LG"', "node.js", "math", "CS theory", "d.school", "Which papers are in cs.LG?"]
)
def test_other_words_with_dots_and_strokes_do_not_narrow(query: str) -> None:
    assert parse(query).filters is None


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        ("@article{x, title={Pruning {LLMs} well}, author={Doe, J.}}", "Pruning LLMs well"),
        (
            '@misc{y,\n  booktitle = {Not this},\n  title = "Roses {"}in{"} bloom",\n}',
            'Roses "in" bloom',
        ),
        ("@inproceedings{z, author={Doe}, Title = {{Trees: -deep}}", "Trees: -deep"),
        ("@article{x, title={Open", "Open"),
    ],
)
def test_of_an_entry_of_bibtex_the_title_is_looked_for(entry: str, title: str) -> None:
    reading = parse(entry)
    assert reading.meaning == title
    assert clauses(reading) == [(title, "text", False, "should")]
    assert [part.text for part in reading.parts] == [title]
    assert "BibTeX" in reading.notes[-1]


@pytest.mark.parametrize(
    "query", ["title = {x}", "@article", "@home{author={x}}", "a @article{title={x}}"]
)
def test_other_texts_are_no_entries(query: str) -> None:
    assert "BibTeX" not in " ".join(parse(query).notes)


@pytest.mark.parametrize(
    ("query", "looked_for"),
    [
        ("state spaces vs transformers", "state spaces transformers"),
        ("CNNs vs. ViTs for maps", "CNNs ViTs for maps"),
        ("CNNs, versus ViTs", "CNNs ViTs"),
        ("why CNNs vs ViTs?", "CNNs ViTs?"),
        ("vs", "vs"),
        ("vs code", "vs code"),
        ('"CNNs vs ViTs"', "CNNs vs ViTs"),
    ],
)
def test_what_stands_between_two_that_are_compared_is_not_looked_for(
    query: str, looked_for: str
) -> None:
    for read in (parse, read_as_words) if '"' not in query else (parse,):
        reading = read(query)
        assert [clause.text for clause in reading.words.clauses] == [looked_for]
        assert reading.meaning == query.strip('"')
