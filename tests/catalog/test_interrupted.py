"""Imports that are interrupted at any moment go on, and nothing is counted twice."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from broadsheet.catalog import Catalog, CatalogError, import_file, ingest
from broadsheet.settings import Settings
from broadsheet.sources import Arrived, Rejected, SourceError, read
from tests.catalog.kit import check, content, everything, paper, take

PAPERS = 6_000


def lines(count: int = PAPERS) -> Iterator[str]:
    """Some repeat an earlier one, some are no good."""
    for number in range(count):
        if number % 100 == 99:
            yield "this is no JSON"
        elif number % 100 == 50:
            yield json.dumps({"id": str(number - 1), "title": f"Thing {number - 1}"})
        else:
            yield json.dumps({"id": str(number), "title": f"Thing {number}"})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lab" / "papers.jsonl"
    path.parent.mkdir()
    path.write_text("\n".join(lines()))
    return path


def whole(count: int = PAPERS) -> dict[str, int]:
    return {
        "read": count,
        "new": count - 2 * (count // 100),
        "updated": 0,
        "merged": 0,
        "unchanged": count // 100,
        "rejected": count // 100,
        "undated": 0,
    }


class InterruptionError(Exception):
    pass


def test_an_interrupted_import_goes_on_behind_its_last_stored_paper(
    catalog: Catalog, settings: Settings, file: Path
) -> None:
    def breaking(items: Iterator[Arrived | Rejected], after: int) -> Iterator[Arrived | Rejected]:
        for item in items:
            if item.line > after:
                raise InterruptionError
            yield item

    for after in (1_500, 3_700):
        with pytest.raises(InterruptionError):
            ingest(
                catalog,
                breaking(read(file), after),
                path=file,
                source="lab",
                rejected_dir=settings.rejected_path,
            )
    assert catalog.count() == whole(3_500)["new"]
    result = import_file(catalog, file, rejected_dir=settings.rejected_path)
    assert result.resumed_after == 3_500
    assert asdict(result.counts) == whole()
    (run,) = catalog.imports()
    assert (run.state, run.counts) == ("finished", result.counts)
    assert result.rejected_file is not None
    rejected = [json.loads(line) for line in result.rejected_file.read_text().splitlines()]
    assert [entry["line"] for entry in rejected] == list(range(100, PAPERS + 1, 100))
    check(catalog)


def test_a_finished_import_is_read_again_and_changes_nothing(
    catalog: Catalog, settings: Settings, file: Path
) -> None:
    import_file(catalog, file, rejected_dir=settings.rejected_path)
    seq = catalog.seq()
    result = import_file(catalog, file, rejected_dir=settings.rejected_path)
    assert result.counts.unchanged == PAPERS - PAPERS // 100
    assert (catalog.seq(), result.resumed_after) == (seq, 0)


def test_a_file_that_has_changed_is_read_from_its_start(
    catalog: Catalog, settings: Settings, file: Path
) -> None:
    def interrupt(done: int) -> None:
        raise InterruptionError

    with pytest.raises(InterruptionError):
        import_file(catalog, file, rejected_dir=settings.rejected_path, progress=interrupt)
    file.write_text('{"id": "new", "title": "First Line Now"}\n' + file.read_text())
    result = import_file(catalog, file, rejected_dir=settings.rejected_path)
    assert (result.resumed_after, result.counts.read) == (0, PAPERS + 1)
    assert len(catalog.resolve("lab:new")) == 1
    check(catalog)


def test_a_file_whose_import_is_being_undone_has_to_wait(
    catalog: Catalog, settings: Settings, file: Path
) -> None:
    import_file(catalog, file, rejected_dir=settings.rejected_path)
    with catalog.database.write() as connection:
        connection.exec_driver_sql("UPDATE imports SET state = 'undoing'")
    with pytest.raises(CatalogError, match="--undo 1"):
        import_file(catalog, file, rejected_dir=settings.rejected_path)
    catalog.undo_import(1)
    assert import_file(catalog, file, rejected_dir=settings.rejected_path).import_id == 2


def cut_off(folder: Path, count: int = 3_000) -> tuple[Path, bytes]:
    """A packed file of which two thirds have come, and all of its bytes."""
    chance = random.Random(7)
    texts = [{"id": str(n), "title": f"{chance.getrandbits(900):x}"} for n in range(count)]
    packed = gzip.compress("".join(json.dumps(text) + "\n" for text in texts).encode())
    path = folder / "lab" / "papers.jsonl.gz"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(packed[: len(packed) * 2 // 3])
    return path, packed


def test_a_file_that_breaks_off_is_not_finished_and_goes_on_with_the_whole_file(
    catalog: Catalog, settings: Settings, tmp_path: Path
) -> None:
    path, packed = cut_off(tmp_path)
    for _ in range(2):  # the same again changes nothing
        broken = import_file(catalog, path, rejected_dir=settings.rejected_path)
        stored = broken.counts.new
        assert 1_000 < stored < 3_000
        assert asdict(broken.counts) == {**whole(0), "read": stored, "new": stored}
        assert f"nothing after line {stored:,} could be read" in broken.problem
        (run,) = catalog.imports()
        assert (run.state, run.problem) == ("running", broken.problem)
    path.write_bytes(packed)
    result = import_file(catalog, path, rejected_dir=settings.rejected_path)
    assert (result.resumed_after, result.counts.new, result.problem) == (stored, 3_000, "")
    (run,) = catalog.imports()
    assert (run.state, run.problem, run.counts.read) == ("finished", "", 3_000)
    check(catalog)


def test_another_file_does_not_go_on_where_a_broken_one_stopped(
    catalog: Catalog, settings: Settings, tmp_path: Path
) -> None:
    path, packed = cut_off(tmp_path)
    import_file(catalog, path, rejected_dir=settings.rejected_path)
    lines_ = gzip.decompress(packed).splitlines(keepends=True)
    path.write_bytes(gzip.compress(b"".join(reversed(lines_))))
    result = import_file(catalog, path, rejected_dir=settings.rejected_path)
    assert (result.resumed_after, result.counts.read) == (0, 3_000)


def test_an_interrupted_import_is_gone_on_with_as_it_was_begun(
    catalog: Catalog, settings: Settings, tmp_path: Path
) -> None:
    def interrupt(done: int) -> None:
        raise InterruptionError

    file = tmp_path / "lab" / "dated.jsonl"
    file.parent.mkdir()
    file.write_text(
        "".join(f'{{"id": "{n}", "title": "T", "date": "2024-05-01"}}\n' for n in range(1_200))
    )
    with pytest.raises(InterruptionError):
        import_file(catalog, file, rejected_dir=settings.rejected_path, progress=interrupt)
    with pytest.raises(CatalogError, match=r"begun with --date-is announced .*--undo 1"):
        import_file(catalog, file, rejected_dir=settings.rejected_path, date_is="published")
    with pytest.raises(CatalogError, match="begun with --format jsonl"):
        import_file(catalog, file, rejected_dir=settings.rejected_path, format="arxiv-snapshot")
    assert catalog.count() == 500
    result = import_file(
        catalog, file, rejected_dir=settings.rejected_path, format="jsonl", date_is="announced"
    )
    assert (result.resumed_after, catalog.days(9)) == (500, [("2024-05-01", 1_200)])


def test_papers_whose_date_cannot_be_read_are_counted(
    catalog: Catalog, settings: Settings, tmp_path: Path
) -> None:
    dates = ['"2024-05-01"', '"31/12/2024"', "1735603200", "null"]
    file = tmp_path / "dates.jsonl"
    file.write_text(
        "".join(f'{{"id": "{n}", "title": "T", "date": {d}}}\n' for n, d in enumerate(dates))
    )
    result = import_file(catalog, file, rejected_dir=settings.rejected_path)
    assert (result.counts.new, result.counts.undated) == (4, 2)
    assert catalog.imports()[0].counts == result.counts


def test_two_processes_on_one_file_do_not_both_go_on(
    catalog: Catalog, settings: Settings, file: Path
) -> None:
    """The second takes the first one's import for an interrupted one."""

    def meanwhile(done: int) -> None:
        if done == 2_000:
            import_file(catalog, file, rejected_dir=settings.rejected_path)

    with pytest.raises(CatalogError, match="another process"):
        import_file(catalog, file, rejected_dir=settings.rejected_path, progress=meanwhile)
    assert catalog.count() == whole()["new"]
    check(catalog)


def test_a_line_is_never_cut_in_two(catalog: Catalog) -> None:
    """A saved page may hold all of its papers on one line."""
    items = [Arrived(paper(str(number), abstract=""), 7) for number in range(2_500)]
    positions: list[int] = []
    ingest(
        catalog,
        items,
        path=Path("page"),
        source="lab",
        rejected_dir=Path("/nonexistent"),
        progress=positions.append,
    )
    assert positions == [2_500]


def test_a_file_that_cannot_be_read_leaves_nothing_in_the_ledger(
    catalog: Catalog, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "empty.jsonl").touch()
    for path in (tmp_path / "empty.jsonl", tmp_path, tmp_path / "missing.jsonl"):
        with pytest.raises(SourceError):
            import_file(catalog, path, rejected_dir=settings.rejected_path)
    assert catalog.imports() == []


def test_rejected_papers_are_written_with_line_and_reason(
    catalog: Catalog, settings: Settings
) -> None:
    items: list[Arrived | Rejected] = [
        Rejected(1, "is not JSON", b"\xff" * 10_000),
        Arrived(paper("1"), 2),
        Arrived(paper("2", "", abstract=" "), 3),
        Arrived(paper("", "No Id"), 4),
        Arrived(paper("tab\tin\nid"), 5),
        Arrived(paper("3", extra={"half": "\ud800"}), 6),
        Arrived(paper("x" * 5_000), 7),
    ]
    result = ingest(
        catalog, items, path=Path("p"), source="lab", rejected_dir=settings.rejected_path
    )
    assert (result.counts.read, result.counts.new, result.counts.rejected) == (7, 1, 6)
    assert result.rejected_file is not None
    rows = [json.loads(line) for line in result.rejected_file.read_text().splitlines()]
    assert [(row["line"], row["reason"]) for row in rows] == [
        (1, "is not JSON"),
        (3, "neither title nor abstract"),
        (4, "no id"),
        (5, "an id with control characters"),
        (6, rows[4]["reason"]),
        (7, "an id that is empty or longer than 1,000 characters"),
    ]
    assert all(len(row["raw"]) <= 2_000 for row in rows)
    assert result.to_json()["rejected_file"] == str(result.rejected_file)


def test_any_text_can_be_stored(catalog: Catalog) -> None:
    odd = "\x00 \ud800 \x1b \u202e 𝕏 '; DROP TABLE works; --"
    items = [
        Arrived(paper("1", f"Title {odd}", abstract=odd, categories=("a\nb", "\x00c")), 1),
        Arrived(paper("2", abstract="long " * 200_000), 2),
    ]
    assert take(catalog, items).counts.new == 2
    assert len(everything(catalog)) == 2
    check(catalog)


_IMPORT = """
import sys
from pathlib import Path
from broadsheet.catalog import Catalog, import_file
from broadsheet.settings import Settings
settings = Settings(home=Path(sys.argv[1]), database=sys.argv[2])
with Catalog.open(settings) as catalog:
    print("ready", flush=True)
    import_file(catalog, Path(sys.argv[3]), rejected_dir=settings.rejected_path,
                progress=lambda done: print(done, flush=True))
"""


def test_a_killed_import_loses_no_paper_it_has_counted(settings: Settings, file: Path) -> None:
    Catalog.open(settings).close()
    chance = random.Random(4)
    kills = 0
    for _ in range(2 if settings.database else 4):
        kills += _killed_after(settings, file, chance.uniform(0, 0.35))
        with Catalog.open(settings) as catalog:
            check(catalog)
            assert catalog.integrity() == ""
    assert kills, "every import came to its end before it was killed"
    with Catalog.open(settings) as catalog:
        result = import_file(catalog, file, rejected_dir=settings.rejected_path)
        finished = [run for run in catalog.imports() if run.state == "finished"]
        assert asdict(finished[-1].counts) == whole()
        assert catalog.count() == whole()["new"]
        assert len(content(catalog)) == whole()["new"]
        assert result.rejected_file is not None
        assert len(result.rejected_file.read_text().splitlines()) == whole()["rejected"]


def _killed_after(settings: Settings, file: Path, seconds: float) -> bool:
    """Kills an import so long after its start; whether that came before its end."""
    command = [sys.executable, "-c", _IMPORT, settings.home, settings.database, file]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
        counted = [int(line) for line in process.stdout.read().splitlines()]
    with Catalog.open(settings) as catalog:
        run = catalog.imports()[0] if catalog.imports() else None
        assert (run.counts.read if run else 0) >= max(counted, default=0)
    return process.returncode == -signal.SIGKILL
