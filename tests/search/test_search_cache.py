"""Answers that are kept."""

from __future__ import annotations

from broadsheet.search.cache import Cache


def kept(cache: Cache[str], keys: str) -> str:
    return "".join(key for key in keys if cache.get(key) is not None)


def test_the_longest_unused_is_forgotten_first() -> None:
    cache: Cache[str] = Cache(2)
    for key in "ab":
        cache.put(key, key)
    cache.get("a")
    cache.put("c", "c")
    assert kept(cache, "abc") == "ac"


def test_what_weighs_more_takes_the_place_of_several() -> None:
    cache: Cache[str] = Cache(10, len)
    for key in "abcd":
        cache.put(key, "xx")
    cache.put("e", "xxxxxx")
    assert kept(cache, "abcde") == "cde"
    cache.put("e", "x")  # in place of the heavier
    for key in "fg":
        cache.put(key, "xx")
    assert kept(cache, "cdefg") == "cdefg"
    cache.put("h", "x" * 11)
    assert len(cache) == 0
