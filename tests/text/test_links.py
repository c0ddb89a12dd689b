"""Addresses in abstracts: found, mended, checked, named."""

from __future__ import annotations

import time

import pytest

from broadsheet.text import found_links, shown_host


def urls(text: str) -> list[str]:
    return [link.url for link in found_links(text)]


@pytest.mark.parametrize(
    ("text", "kind", "url"),
    [
        ("Code: https://github.com/a/b.", "code", "https://github.com/a/b"),
        ("Code is at github.com/a/b_c (MIT).", "code", "https://github.com/a/b_c"),
        ("See https://huggingface.co/datasets/a/b,", "data", "https://huggingface.co/datasets/a/b"),
        ("Weights: https://huggingface.co/a/b.", "model", "https://huggingface.co/a/b"),
        ("Try https://huggingface.co/spaces/a/b!", "project", "https://huggingface.co/spaces/a/b"),
        ("at https://doi.org/10.5281/zenodo.207.", "data", "https://doi.org/10.5281/zenodo.207"),
        ("The code is on https://zenodo.org/records/7", "code", "https://zenodo.org/records/7"),
        ("Project page: a-b.github.io/c/", "project", "https://a-b.github.io/c/"),
        ("Project page: a-b.github.io.", "project", "https://a-b.github.io"),
        ("The data are at www.a-b.edu.", "data", "https://www.a-b.edu"),
        ("(www.kaggle.com/datasets/a/b)", "data", "https://www.kaggle.com/datasets/a/b"),
        ("Our web site is http://www.lefff.net/.", "project", "http://www.lefff.net/"),
        ("The corpus is at http://a.edu/x?y=1#z.", "data", "http://a.edu/x?y=1#z"),
        ("An article: https://doi.org/10.1016/j.x.2015", "other", "https://doi.org/10.1016/j.x.2015"),
    ],
)  # fmt: skip
def test_an_address_has_a_kind_and_no_mark_of_its_sentence(text: str, kind: str, url: str) -> None:
    (link,) = found_links(text)

    assert (link.kind, link.url) == (kind, url)
    assert link.host in url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("released on https: //github.com/a/b.git.", "https://github.com/a/b.git"),
        ("available at https://github.com/ a/b.", "https://github.com/"),
        ("available at https://github.com/a/ b.", "https://github.com/a/b"),
        ("available at https://github. com/a/b now", "https://github.com/a/b"),
        (r"at https://github.com/a/b\_c.", "https://github.com/a/b_c"),
        ("(see [it](https://github.com/a/b)).", "https://github.com/a/b"),
        ("at https://github.com/a/b.The code", "https://github.com/a/b"),
    ],
)
def test_broken_addresses_are_mended_where_it_is_certain(text: str, url: str) -> None:
    assert urls(text)[0].startswith(url)


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost/x", "http://127.0.0.1/x", "http://10.0.0.1/x", "http://[::1]/x",
        "https://user:secret@github.com/a/b", "http://intranet/x", "http://box.local/a",
        "https://example.com/a", "http://", "https://.", "HTTP/2.0 and HTTPS", "the .NET framework",
        "on GitHub", "reddit.com users", "http://140.138.155.216/x", "javascript:alert(1)",
        "http://a..b/c", "http://exa mple", "https://github", "ftp://a.b/c", "http://a.b:99999/",
    ],
)  # fmt: skip
def test_what_nobody_should_be_sent_to_is_left_out(text: str) -> None:
    assert urls(text) == []


def test_a_host_in_other_letters_is_shown_in_ascii_too() -> None:
    (link,) = found_links("Code: https://müller.de/code.")

    assert link.url == "https://xn--mller-kva.de/code"
    assert shown_host(link.host) == "müller.de (xn--mller-kva.de)"
    assert shown_host("github.com") == "github.com"


def test_the_same_address_counts_once() -> None:
    assert len(urls("https://github.com/a/b and https://github.com/A/b/.")) == 1


@pytest.mark.parametrize("part", ["http://", "https://a.b/)", "www.a", "github.com/a/ ", "a-"])
def test_long_texts_take_no_long_time(part: str) -> None:
    started = time.process_time()
    found_links(part * 20_000)

    assert time.process_time() - started < 2
