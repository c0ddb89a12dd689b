"""The client is polite whatever happens: intervals, pauses, retries, bounds."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from benchmarks.upstream import Bomb, Cut, Refuse, Slow, Truncated, Upstream

from broadsheet.sources import Client, FetchError, Patience
from broadsheet.sources.fetching.retrying import backoff, retry_after
from tests.sources.conftest import Ask

ROOT = Path(__file__).resolve().parents[2]


def feed(upstream: Upstream) -> str:
    return f"http://{upstream.origin}/rss/cs.CL"


def process(folder: Path, upstream: Upstream, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.sources.asking", str(folder), upstream.origin, *words]
    return subprocess.Popen(command, cwd=ROOT)


def test_two_processes_together_keep_the_interval_and_one_connection(
    upstream: Upstream, tmp_path: Path
) -> None:
    both = [process(tmp_path, upstream, "0.2", "4") for _ in range(2)]
    assert [one.wait(60) for one in both] == [0, 0]
    assert len(upstream.requests) == 8
    assert upstream.closest() >= 0.2
    assert upstream.most_at_once == 1


def test_a_restarted_process_waits_for_the_one_before(upstream: Upstream, ask: Ask) -> None:
    for _ in range(3):
        client = ask(interval=0.2)
        client.get(feed(upstream))
        client.close()
    assert upstream.closest() >= 0.2


def test_a_request_that_was_killed_counts(upstream: Upstream, ask: Ask, tmp_path: Path) -> None:
    upstream.fail(Slow(pause=0.05))
    asking = process(tmp_path / "fetching", upstream, "0.5", "1")
    while not upstream.requests:
        time.sleep(0.01)
    asking.kill()
    asking.wait()
    ask(interval=0.5).get(feed(upstream))
    assert upstream.closest() >= 0.5


@pytest.mark.parametrize("as_date", [False, True])
def test_a_pause_the_host_asks_for_is_kept(upstream: Upstream, ask: Ask, as_date: bool) -> None:
    # A date has whole seconds: two of them are more than one.
    upstream.fail(Refuse(503, 2 if as_date else 1, as_date=as_date))
    assert ask().get(feed(upstream)).status == 200
    assert [one.status for one in upstream.requests] == [503, 200]
    assert upstream.closest() >= 1


def test_other_processes_keep_the_pause_too(upstream: Upstream, ask: Ask) -> None:
    upstream.fail(Refuse(429, 60))
    hasty = Patience(attempts=1, backoff=0.01, wait=5)
    with pytest.raises(FetchError) as refused:
        ask(patience=hasty).get(feed(upstream))
    assert refused.value.status == 429 and refused.value.transient
    assert refused.value.retry_after == 60
    with pytest.raises(FetchError, match=r"asked for a pause of (59|60) s more") as waiting:
        ask(patience=hasty).get(feed(upstream))
    assert waiting.value.retry_after == pytest.approx(60, abs=2)
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_host_is_asked_again_a_bounded_number_of_times(
    upstream: Upstream, ask: Ask, status: int
) -> None:
    upstream.fail(Refuse(status, times=-1))
    with pytest.raises(FetchError) as error:
        ask().get(feed(upstream))
    assert len(upstream.requests) == Patience().attempts
    assert str(status) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("fault", [Cut(times=2), Truncated(times=2)], ids=["cut", "truncated"])
def test_a_connection_that_breaks_is_tried_again(
    upstream: Upstream, ask: Ask, fault: Cut | Truncated
) -> None:
    fault.times = 2
    upstream.fail(fault)
    answer = ask().get(feed(upstream))
    assert answer.content.endswith(b"</rss>\n")
    assert len(upstream.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_what_will_not_change_is_not_asked_again(upstream: Upstream, ask: Ask, status: int) -> None:
    upstream.fail(Refuse(status))
    with pytest.raises(FetchError) as error:
        ask().get(feed(upstream))
    assert (error.value.status, error.value.transient) == (status, False)
    assert len(upstream.requests) == 1


def test_what_is_sent_is_sent_once_unless_it_was_refused(upstream: Upstream, ask: Ask) -> None:
    upstream.fail(Cut())
    with pytest.raises(FetchError):
        ask().post(feed(upstream), b"{}")
    assert upstream.requests == []  # the server takes no POST: nothing was answered
    refused = ask(patience=Patience(attempts=2, backoff=0.01))
    with pytest.raises(FetchError) as error:
        refused.post(feed(upstream), b"{}")
    assert error.value.status == 501


def test_an_unchanged_answer_comes_from_the_folder(upstream: Upstream, ask: Ask) -> None:
    first = ask().get(feed(upstream), remember=True)
    again = ask().get(feed(upstream), remember=True)
    assert [one.status for one in upstream.requests] == [200, 304]
    assert (again.not_modified, again.content) == (True, first.content)
    upstream.today = "2026-03-04"
    changed = ask().get(feed(upstream), remember=True)
    assert not changed.not_modified and changed.content != first.content


def test_a_damaged_memory_is_asked_anew(upstream: Upstream, ask: Ask, tmp_path: Path) -> None:
    ask().get(feed(upstream), remember=True)
    for path in (tmp_path / "fetching" / "answers").iterdir():
        path.write_bytes(path.read_bytes()[:40])
    assert ask().get(feed(upstream), remember=True).status == 200


def test_an_answer_larger_than_wanted_is_left(upstream: Upstream, ask: Ask) -> None:
    with pytest.raises(FetchError, match="more than 500 bytes"):
        ask().get(feed(upstream), most_bytes=500)


def test_a_packed_bomb_is_noticed_before_it_goes_off(upstream: Upstream, ask: Ask) -> None:
    upstream.fail(Bomb(size=64 << 20, times=-1))
    with pytest.raises(FetchError, match="more than 1,000,000 bytes"):
        ask().get(feed(upstream), most_bytes=1_000_000)
    assert len(upstream.requests) == 1


def test_bytes_that_drip_do_not_prolong_an_answer(upstream: Upstream, ask: Ask) -> None:
    upstream.fail(Slow(pause=0.05, times=-1))
    client = ask(patience=Patience(read=5, total=0.4, attempts=1, backoff=0.01))
    began = time.monotonic()
    with pytest.raises(FetchError, match=r"too long|timed out"):
        client.get(feed(upstream))
    assert time.monotonic() - began < 2


def test_it_says_who_asks(upstream: Upstream, ask: Ask) -> None:
    ask(contact="ops@example.org").get(feed(upstream))
    agent = upstream.requests[0].headers["user-agent"]
    assert agent.startswith("broadsheet/") and agent.endswith("(ops@example.org)")


@pytest.mark.parametrize("spoiled", [b"", b"{", b"[1]", b"\xff" * 600, b'{"last": "x"}'])
def test_a_spoiled_lock_file_costs_no_more_than_a_wait(
    upstream: Upstream, ask: Ask, tmp_path: Path, spoiled: bytes
) -> None:
    ask().get(feed(upstream))
    (lock,) = (tmp_path / "fetching").glob("*.lock")
    lock.write_bytes(spoiled)
    assert ask(interval=0.1).get(feed(upstream)).status == 200


def test_a_clock_set_back_does_not_stop_it(upstream: Upstream, ask: Ask) -> None:
    waits: list[float] = []
    now = [1e9]

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    ask(interval=3.0, clock=lambda: now[0], sleep=sleep).get(feed(upstream))
    now[0] -= 365 * 86400
    ask(interval=3.0, clock=lambda: now[0], sleep=sleep).get(feed(upstream))
    assert sum(waits) == pytest.approx(3.0)


def test_hosts_of_arxiv_share_one_interval(tmp_path: Path) -> None:
    """No name resolves, so every request fails at once: what counts is who waits for whom."""
    slept: list[float] = []
    now = [1e9]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no network")

    client = Client(
        tmp_path,
        intervals={"arxiv.org": 0.1},  # its terms say more
        clock=lambda: now[0],
        sleep=sleep,
        resolver=nowhere,
        patience=Patience(attempts=1, backoff=0.0),
    )
    for host in ("export.arxiv.org", "oaipmh.arxiv.org", "rss.arxiv.org", "arxiv.org"):
        with pytest.raises(FetchError, match="cannot be resolved"):
            client.get(f"https://{host}/")
    assert slept == [pytest.approx(3.0)] * 3
    assert [path.name for path in tmp_path.glob("*.lock")] == ["arxiv.org.lock"]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("", None),
        ("0", 0.0),
        ("120", 120.0),
        ("-5", None),
        ("soon", None),
        ("1e400", None),
        ("9" * 40, 999_999_999.0),
        ("Fri, 27 Mar 2026 00:01:00 GMT", 60.0),
        ("Fri, 27 Mar 2026 00:01:00", 60.0),
        ("Thu, 26 Mar 2026 00:01:00 GMT", 0.0),
        ("Fri, 99 Mar 2026 00:01:00 GMT", None),
        ("\x00", None),
    ],
)
def test_a_pause_is_read_in_both_forms(said: str, seconds: float | None) -> None:
    headers = {"retry-after": said, "date": "Fri, 27 Mar 2026 00:00:00 GMT"}
    assert retry_after(headers, 0.0) == seconds


def test_a_pause_grows_with_each_refusal_and_by_chance() -> None:
    for attempt in range(8):
        pauses = [backoff(attempt, 2.0) for _ in range(50)]
        longest = min(2.0 * 2**attempt, 120.0)
        assert longest / 2 <= min(pauses) < max(pauses) <= longest
