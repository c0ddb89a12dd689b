"""What `evaluate taste`, `screening` and `replay` print is what docs/cli.md says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog
from broadsheet.readers import Readers
from broadsheet.settings import Settings
from tests.readers.taste_home import TOPICS, four_topics

from .conftest import Terminal
from .test_contract import agrees


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A taste set, a review and libraries out of the same papers."""
    folder = tmp_path_factory.mktemp("judged")
    rows = [{"id": p.id, "title": p.title, "abstract": p.abstract} for p in four_topics()]
    for name in ("corpus", "made.items"):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "reviews").mkdir()
    labelled = [row | {"label": int(row["id"].startswith("proteins"))} for row in rows]
    lines = "".join(json.dumps(row) + "\n" for row in labelled)
    (folder / "reviews" / "proteins.jsonl").write_text(lines)
    profiles = {topic: [f"{topic}-{n}" for n in range(4)] for topic in TOPICS}
    (folder / "profiles.json").write_text(json.dumps(profiles))
    rated = [f"{a}\t{b}-9\t{5 if a == b else 1}\n" for a in TOPICS for b in TOPICS]
    (folder / "ratings.tsv").write_text("".join(rated))
    users = [" ".join(r["id"] for r in rows if r["id"].startswith(topic)) for topic in TOPICS]
    libraries = "".join(f"{number}\t{items}\n" for number, items in enumerate(users))
    (folder / "made.users.tsv").write_text(libraries)
    return folder


@pytest.mark.parametrize(
    ("schema", "verb", "where"),
    [
        ("evaluate-taste", "taste", ""),
        ("evaluate-screening", "screening", "reviews"),
        ("evaluate-replay", "replay", ""),
    ],
)
def test_the_json_of_judged_taste_is_as_documented(
    terminal: Terminal, judged: Path, schema: str, verb: str, where: str
) -> None:
    asked = ["evaluate", verb, str(judged / where), "--systems", "mean-cosine,random"]
    agrees(schema, (found := terminal.ok(*asked, "--json")).json)
    assert "mean-cosine" in found.out


def test_a_homes_own_history_is_replayed_as_documented(filled: Terminal) -> None:
    none = filled.fails("evaluate", "replay", "--systems", "random")
    assert "no day yet" in none
    settings = Settings(home=filled.home, database="")
    with Catalog.open(settings) as catalog:
        acts = Readers(catalog).acts
        (first,), (second,) = (catalog.resolve(f"2401.0000{n}") for n in (1, 2))
        acts.do(1, "upvote", first, at="2024-01-02T09:00:00Z")
        acts.do(1, "save", second, at="2024-01-03T09:00:00Z")
    found = filled.ok("evaluate", "replay", "--systems", "random", "--json").json
    agrees("evaluate-replay-home", found)
    assert (found["days"], found["likes"], found["candidates"]) == (1, 1, 2)
    assert "1 likes on 1 days" in filled.ok("evaluate", "replay", "--systems", "random").out
    assert "no reader" in filled.fails("evaluate", "replay", "--reader", "nobody")
