"""What is kept for many threads."""

from __future__ import annotations

import threading

from broadsheet.cache import Cache


def kept(cache: Cache[str, str], keys: str) -> str:
    return "".join(key for key in keys if cache.get(key) is not None)


def test_the_longest_unused_is_forgotten_first() -> None:
    cache: Cache[str, str] = Cache(2)
    for key in "ab":
        cache.put(key, key)
    cache.get("a")
    cache.put("c", "c")
    assert kept(cache, "abc") == "ac"


def test_what_weighs_more_takes_the_place_of_several() -> None:
    cache: Cache[str, str] = Cache(10, len)
    for key in "abcd":
        cache.put(key, "xx")
    cache.put("e", "xxxxxx")
    assert kept(cache, "abcde") == "cde"
    cache.put("e", "x")  # in place of the heavier
    for key in "fg":
        cache.put(key, "xx")
    assert kept(cache, "cdefg") == "cdefg"
    cache.put("h", "x" * 11)
    assert kept(cache, "cdefgh") == "cdefg", "there is no room for it however much goes"
    cache.put("g", "x" * 11)
    assert kept(cache, "cdefg") == "cdef", "nor is what it was before given for it"


def test_many_are_asked_at_once_and_none_is_a_value_too() -> None:
    cache: Cache[int, str | None] = Cache(3)
    for number, value in ((1, "one"), (2, None), (3, "three")):
        cache.put(number, value)
    assert cache.found((2, 9, 1)) == {2: None, 1: "one"}
    cache.put(4, "four")
    assert list(cache.found((1, 2, 3, 4))) == [1, 2, 4], "those were asked for later than 3"


def test_what_another_state_gave_is_never_given() -> None:
    cache: Cache[str, str] = Cache(9)
    cache.put("a", "old", 1)
    assert cache.get("a", 1) == "old"
    assert cache.get("a", 2) is None
    cache.put("b", "new", 2)
    assert (cache.get("b", 2), len(cache)) == ("new", 1)
    cache.put("a", "late", 1)  # of who began before the change
    assert cache.get("a", 2) is None


def test_threads_share_it() -> None:
    cache: Cache[int, int] = Cache(50)
    wrong = []

    def use(first: int) -> None:
        for number in range(first, first + 3000):
            cache.put(number % 90, number % 90, number // 500)
            found = cache.found(range(90), number // 500)
            wrong.extend(key for key, value in found.items() if key != value)

    threads = [threading.Thread(target=use, args=(first,)) for first in (0, 7, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(cache) <= 50
