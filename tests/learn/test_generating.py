"""Generated queries, asked of a real server on this machine that answers as OpenAI's do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from learn_small import document, job_of, pairs_of, with_student

from broadsheet.learn.errors import LearnError, RecipeError
from broadsheet.learn.generating import (
    EXAMPLES,
    KEY_VARIABLE,
    Endpoint,
    prompt,
    read_examples,
    read_queries,
)
from broadsheet.learn.parts import Pair, built
from broadsheet.learn.recipe import Spec
from broadsheet.learn.training import register_parts

register_parts()

PAPERS = [
    document(f"p{number}", f"Paper {number}", f"Owls of kind {number}.") for number in range(5)
]
SECRET = "sk-very-secret"


@dataclass
class Model:
    """What a server was asked, and its replies: (status, headers, body) in turn."""

    address: str
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    first: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)


def said(content: object) -> bytes:
    return json.dumps(
        {"choices": [{"message": {"role": "assistant", "content": content}}]}
    ).encode()


def two_queries(asked: dict[str, Any]) -> bytes:
    paper = asked["messages"][-1]["content"].splitlines()[0].removeprefix("Title: ")
    return said(f"1. where do owls of {paper} nest\n2. how {paper} was observed")


@contextmanager
def model(answer: Callable[[dict[str, Any]], bytes] = two_queries) -> Iterator[Model]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            running.asked.append((self.path, headers, body))
            status, extra, content = (
                running.first.pop(0) if running.first else (200, {}, answer(body))
            )
            self.send_response(status)
            for name, value in extra.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = Model(f"http://127.0.0.1:{server.server_address[1]}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def generated(folder: Path, running: Model, **args: object) -> tuple[list[Pair], dict[str, float]]:
    job = job_of(PAPERS, folder)
    pairs = pairs_of(job, "generated", endpoint=running.address, model="tiny", **args)
    return pairs, job.history


def test_every_paper_is_asked_for_by_its_queries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, SECRET)
    with model() as running:
        pairs, told = generated(tmp_path, running, per_paper=2)
    assert [(pair.query, pair.document) for pair in pairs[:2]] == [
        ("where do owls of Paper 0 nest", 0),
        ("how Paper 0 was observed", 0),
    ]
    assert len(pairs) == 10
    assert told == {"generated_queries": 10, "generated_broken": 0}
    path, headers, body = running.asked[0]
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {SECRET}"
    assert body["model"] == "tiny"
    examples = [one["content"] for one in body["messages"] if one["role"] == "assistant"]
    assert examples == [example.query for example in EXAMPLES]


def test_no_answer_is_asked_for_twice(tmp_path: Path) -> None:
    with model() as running:
        first, _ = generated(tmp_path, running)
        again, _ = generated(tmp_path, running)
        assert len(running.asked) == 5
        assert again == first
        generated(tmp_path, running, per_paper=1)  # another prompt is another question
        assert len(running.asked) == 10


def test_a_torn_file_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with model() as running:
        whole, _ = generated(tmp_path, running)
        (file,) = (tmp_path / "generated").glob("*.jsonl")
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(lines[:2]) + lines[2][:25])
        again, _ = generated(tmp_path, running)
        assert again == whole
        assert len(running.asked) == 5 + 3
        generated(tmp_path, running)
        assert len(running.asked) == 5 + 3


def test_a_busy_host_is_asked_again_when_it_says(tmp_path: Path) -> None:
    with model() as running:
        running.first = [
            (429, {"Retry-After": "0"}, b"slow down"),
            (503, {"Retry-After": "0"}, b""),
        ]
        pairs, _ = generated(tmp_path, running, share=0.2)
        assert len(running.asked) == 3
    assert len(pairs) == 2


def test_a_refusal_ends_it_in_one_line_without_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, SECRET)
    with model() as running:
        job = job_of(PAPERS, tmp_path)
        fine = (200, {}, two_queries({"messages": [{"content": "Title: first"}]}))
        running.first = [fine, (401, {}, f"bad key {SECRET}".encode())]
        with pytest.raises(LearnError) as caught:
            pairs_of(job, "generated", endpoint=running.address, model="tiny")
        message = str(caught.value)
        assert "answered 401" in message
        assert "1 answers are kept" in message
        assert "\n" not in message
        assert SECRET not in message
        assert SECRET not in repr(Endpoint(running.address, "tiny", SECRET))
        kept = "".join(
            path.read_text("utf-8", "replace") for path in tmp_path.rglob("*") if path.is_file()
        )
        assert SECRET not in kept
        generated(tmp_path, running)
        assert len(running.asked) == 2 + 4


def test_broken_answers_are_counted_and_left_out(tmp_path: Path) -> None:
    with model() as running:
        running.first = [
            (200, {}, b"<html>no JSON"),
            (200, {}, said(None)),
            (200, {}, json.dumps({"choices": []}).encode()),
            (200, {}, said("Paper 3")),  # its own title
        ]
        pairs, told = generated(tmp_path, running)
        assert {pair.document for pair in pairs} == {4}
        assert told == {"generated_queries": 2, "generated_broken": 4}
        generated(tmp_path, running)  # what was broken is not paid for again
        assert len(running.asked) == 5


def test_a_model_that_says_nothing_of_use_is_given_up(tmp_path: Path) -> None:
    papers = [document(f"p{number}", f"T{number}", "Owls.") for number in range(50)]
    with model(lambda asked: said("")) as running:
        with pytest.raises(LearnError, match="20 answers and no query in them"):
            pairs_of(job_of(papers, tmp_path), "generated", endpoint=running.address, model="m")
        assert len(running.asked) == 20


def test_queries_are_read_from_what_models_write() -> None:
    text = '<think>hm\nlong</think>Here are some queries:\n1. "first good query"\n- **second good '
    text += "query**\n\n2) first  good query\n(3) short\nok\n" + "x" * 400
    assert (
        read_queries(said(text), "A title", 5)
        == [
            "first good query",
            "second good query",
            "(3) short".removeprefix("(3) "),
        ][:2]
    )
    assert read_queries(said("a fine query\nanother fine query"), "", 1) == ["a fine query"]
    assert read_queries(b"\xff", "", 3) == []
    assert read_queries(said(["a list of things"]), "", 3) == []


def test_own_examples_are_shown(tmp_path: Path) -> None:
    file = tmp_path / "examples.jsonl"
    file.write_text('{"query": "q one", "title": "t", "abstract": "a"}\n\n')
    messages = prompt(PAPERS[0], read_examples(file), 3)
    assert [one["role"] for one in messages] == ["system", "user", "assistant", "user"]
    assert messages[2]["content"] == "q one"
    assert messages[3]["content"].endswith("Write 3 queries.")


@pytest.mark.parametrize(
    ("args", "wrong"),
    [
        ({"endpoint": "127.0.0.1:1", "model": "m"}, "endpoint must be an address"),
        ({"endpoint": "http://user:pass@host/v1", "model": "m"}, "endpoint must be an address"),
        ({"endpoint": "http://127.0.0.1:1/v1"}, "model is missing"),
        ({"endpoint": "http://127.0.0.1:1/v1", "model": "m", "per_paper": 0}, "from 1 to 20"),
        (
            {"endpoint": "http://127.0.0.1:1", "model": "m", "examples": "/no/file"},
            "cannot be read",
        ),
    ],
)
def test_what_cannot_be_asked_is_one_line(
    tmp_path: Path, args: dict[str, object], wrong: str
) -> None:
    with pytest.raises(RecipeError, match=wrong) as caught:
        pairs_of(job_of(PAPERS, tmp_path), "generated", **args)
    assert "pass@" not in str(caught.value) or "user:" in str(args["endpoint"])


@pytest.mark.parametrize(
    ("lines", "wrong"), [("", "holds none"), ("\n{}", "line 2"), ("[", "line 1")]
)
def test_examples_that_cannot_be_used_are_named_by_line(
    tmp_path: Path, lines: str, wrong: str
) -> None:
    file = tmp_path / "examples.jsonl"
    file.write_text(lines)
    with pytest.raises(ValueError, match=wrong):
        read_examples(file)


def test_queries_that_do_not_find_their_paper_are_left_out(tmp_path: Path) -> None:
    papers = [document("a", "owls", "owls"), document("b", "trout", "trout"),
              document("c", "moss", "moss")]  # fmt: skip
    pairs = [
        Pair("owls", 0, "generated"),
        Pair("trout", 0, "generated"),  # finds another paper first
        Pair("trout", 2, "title-abstract"),  # not generated: not asked
    ]
    job = with_student(job_of(papers, tmp_path), pairs)
    assert built("choice", Spec("round-trip", {"depth": 1}), job).tolist() == [0, 2]
    assert job.history["round_trip_lost"] == pytest.approx(0.5)
    everything = built("choice", Spec("round-trip", {"depth": 3}), job)
    assert np.array_equal(everything, [0, 1, 2])
