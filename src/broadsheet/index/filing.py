"""Writes one generation: words into Tantivy, works into the ledger, and the commit of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from broadsheet.encoders import VectorStore
from broadsheet.index import codes_file, generation, ledger, schema, wordleg
from broadsheet.index.codes_file import Codes
from broadsheet.index.contract import Pending, Progress
from broadsheet.index.dense import DenseLeg, Similarities
from broadsheet.index.generation import Folder, Meta, told
from broadsheet.index.local import open_store
from broadsheet.papers import first_day
from broadsheet.settings import Settings

if TYPE_CHECKING:
    from broadsheet.catalog import Change, Work

HEAP = 120_000_000  # bytes of words that wait in memory for their segment
THREADS = 1
# The exact tail may grow to this share of the codes (or TAIL vectors) before it is coded.
TAIL = 4_000
TAIL_SHARE = 0.01
WASTE = 2.0  # records a work, from which on the ledger is written anew

_Entry = tuple[int, int, int, bytes, int, int]  # as ledger.RECORD


class GenerationWriter:
    """Fills one generation. Nothing is seen by readers before `commit`."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.name = name
        self.folder = Folder(settings.index_path).path(name)
        self._settings = settings
        self.meta = generation.read_meta(self.folder)
        self.applied_seq = self.meta.applied_seq
        self._records = ledger.merge(
            ledger.empty(), ledger.read(self.folder / self.meta.ledger, 0, self.meta.records)
        )
        self._tantivy = wordleg.open_(self.folder / "words")
        with told(self.folder):
            self._writer = self._tantivy.writer(HEAP, THREADS)
        # Words were committed without the ledger: works may be filed that it does not know.
        self._dirty = self._writer.commit_opstamp != self.meta.opstamp
        self._fresh: dict[int, _Entry] = {}
        self._asked = ledger.empty()  # works whose vectors are most likely the next to come
        self._store: VectorStore | None = None
        self._codes: Codes | None = None
        self._settle_vectors()

    @classmethod
    def create(cls, settings: Settings, encoder: str = "", dimensions: int = 0) -> GenerationWriter:
        """A new, empty generation."""
        folder = Folder(settings.index_path)
        with told(folder.root):
            name = folder.reserve()
            path = folder.path(name)
            meta = Meta(encoder=encoder, dimensions=dimensions, committed_at=_now())
            wordleg.create(path / "words")
            ledger.append(path / meta.ledger, 0, ledger.empty())
            generation.write_meta(path, meta)
        return cls(settings, name)

    def attach(self, encoder: str, dimensions: int) -> None:
        """Names the encoder of a generation that had none."""
        self.meta = replace(self.meta, encoder=encoder, dimensions=dimensions, store_rows=0)
        generation.write_meta(self.folder, self.meta)
        self._settle_vectors()

    def apply(self, changes: Sequence[Change]) -> None:
        """Takes changes in; one that is not newer than what is filed is passed over."""
        ids = np.array([change.work_id for change in changes], np.int64)
        at = ledger.find(self._records, ids)
        with told(self.folder):
            for change, place in zip(changes, at.tolist(), strict=True):
                filed = place >= 0 or change.work_id in self._fresh
                if filed and change.seq <= self._seq(change.work_id, place):
                    continue
                if filed or self._dirty:
                    self._writer.delete_documents_by_term("work", change.work_id)
                work = change.work
                if work is not None and not work.deleted:
                    self._writer.add_json(schema.document(work))
                    self._fresh[work.id] = _entry(change, work)
                elif filed:
                    self._fresh[change.work_id] = _entry(change, None)
                self.applied_seq = max(self.applied_seq, change.seq)
        if len(changes):
            self.applied_seq = max(self.applied_seq, changes[-1].seq)

    def commit(self) -> bool:
        """Makes everything applied durable and visible; whether there was anything."""
        new = self._new_records()
        words = bool(self._fresh) or self._dirty
        if not (len(new) or words or self.applied_seq > self.meta.applied_seq):
            return False
        with told(self.folder):
            ledger.append(self.folder / self.meta.ledger, self.meta.records, new)
            opstamp = self._writer.commit() if words else self.meta.opstamp
            self._records = ledger.merge(self._records, new)
            self._write_meta(
                replace(
                    self.meta,
                    applied_seq=self.applied_seq,
                    opstamp=opstamp,
                    records=self.meta.records + len(new),
                )
            )
        self._fresh.clear()
        return True

    def pending(self, limit: int) -> list[Pending]:
        """Works without a vector, newest announced first."""
        waiting = self._records[self._waiting()]
        age = -(waiting["announced"].astype(np.int64) << 32) - waiting["work"]
        first = np.argpartition(age, limit)[:limit] if limit < len(age) else np.arange(len(age))
        chosen = waiting[first[np.argsort(age[first], kind="stable")]]
        self._asked = chosen
        return [Pending(int(record["work"]), record["hash"].tobytes()) for record in chosen]

    @property
    def pending_count(self) -> int:
        """How many works have no vector."""
        return int(self._waiting().sum())

    @property
    def encoded_share(self) -> float:
        """The share of works that have a vector; 1 when there is no work."""
        return self.meta.encoded / self.meta.works if self.meta.works else 1.0

    def build_codes(self, progress: Progress | None, force: bool) -> bool:
        """Codes the tail when it has grown long; whether it did."""
        if self._store is None:
            return False
        base = self._opened_codes()
        live = self._records[self._records["deleted"] == 0]
        tail = DenseLeg(live["work"], live["row"], Similarities(self._store), base).tail
        held = 0 if base is None else len(base)
        if not (tail > max(TAIL, TAIL_SHARE * held) or (force and tail > 0)):
            return False
        name = f"codes-{int(self.meta.codes.rpartition('-')[2] or 0) + 1:06}"
        with told(self.folder):
            codes_file.build(self.folder, name, self._store, base, progress)
            self._write_meta(replace(self.meta, codes=name))
        self.sweep()
        return True

    def compact(self) -> None:
        """Writes the ledger anew when most of it is history."""
        if self.meta.records <= WASTE * max(1_000, len(self._records)):
            return
        kept = self._records[self._records["deleted"] == 0]
        name = f"ledger-{int(self.meta.ledger.rpartition('-')[2]) + 1:06}"
        with told(self.folder):
            ledger.append(self.folder / name, 0, kept)
            self._write_meta(replace(self.meta, ledger=name, records=len(kept)))
        self._records = kept
        self.sweep()

    def sweep(self) -> None:
        """Removes ledgers and codes that the commit does not name."""
        named = {self.meta.ledger, self.meta.codes}
        for path in self.folder.iterdir():
            if path.is_file() and path.name.partition(".")[0] not in {*named, "meta"}:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Lets go of Tantivy's writer; what was not committed is dropped."""
        self._writer.rollback()
        self._writer.wait_merging_threads()

    def _opened_codes(self) -> Codes | None:
        """The codes of the commit, mapped once."""
        name = self.meta.codes
        if not name:
            self._codes = None
        elif self._codes is None or self._codes.name != name:
            self._codes = Codes(self.folder, name, self.meta.dimensions)
        return self._codes

    def _seq(self, work_id: int, place: int) -> int:
        fresh = self._fresh.get(work_id)
        return fresh[1] if fresh else int(self._records["seq"][place])

    def _waiting(self) -> NDArray[np.bool_]:
        waiting: NDArray[np.bool_] = (self._records["row"] < 0) & (self._records["deleted"] == 0)
        return waiting

    def _write_meta(self, meta: Meta) -> None:
        live = self._records["deleted"] == 0
        self.meta = replace(
            meta,
            works=int(live.sum()),
            encoded=int((live & (self._records["row"] >= 0)).sum()),
            store_rows=len(self._store) if self._store is not None else 0,
            committed_at=_now(),
        )
        generation.write_meta(self.folder, self.meta)

    def _new_records(self) -> ledger.Records:
        """Records of what was applied, and of works whose vectors have come since."""
        fresh = np.array(list(self._fresh.values()), ledger.RECORD)
        if self._store is None:
            return fresh
        self._store.refresh()
        if len(fresh):
            there = fresh["deleted"] == 0
            fresh["row"][there] = self._rows(fresh[there])
        came = self._came(self._store)
        return np.concatenate([came[~np.isin(came["work"], fresh["work"])], fresh])

    def _came(self, store: VectorStore) -> ledger.Records:
        """Records of works that waited for a vector which now is stored."""
        at = ledger.find(self._records, self._asked["work"])
        asked = self._with_rows(self._records[at[at >= 0]])
        new = np.unique(asked["row"][asked["row"] >= self.meta.store_rows])
        if len(new) == len(store) - self.meta.store_rows:
            return asked
        # Vectors came that nobody asked for here: all that wait are looked up, not only these.
        return self._with_rows(self._records)

    def _with_rows(self, records: ledger.Records) -> ledger.Records:
        """Those of the records that wait and have a vector now, with its row."""
        waiting = records[(records["row"] < 0) & (records["deleted"] == 0)].copy()
        waiting["row"] = self._rows(waiting)
        came: ledger.Records = waiting[waiting["row"] >= 0]
        return came

    def _rows(self, records: ledger.Records) -> NDArray[np.int64]:
        assert self._store is not None  # noqa: S101 - callers look first
        if not len(records):
            return np.empty(0, np.int64)
        return self._store.rows(records["hash"].tolist())

    def _settle_vectors(self) -> None:
        """Opens the store and makes sure that the ledger's rows are the store's.

        They are not when the store was removed or put back from a backup.
        """
        self.sweep()
        if not self.meta.encoder:
            return
        self._store = open_store(self._settings, self.meta)
        filed = self._records[self._records["row"] >= 0].copy()
        rows = self._rows(filed)
        moved = rows != filed["row"]
        if not moved.any():
            return
        filed["row"] = rows
        with told(self.folder):
            ledger.append(self.folder / self.meta.ledger, self.meta.records, filed[moved])
            self._records = ledger.merge(self._records, filed[moved])
            records = self.meta.records + int(moved.sum())
            # The codes are of other vectors now.
            self._write_meta(replace(self.meta, records=records, codes=""))
        self.sweep()


def _entry(change: Change, work: Work | None) -> _Entry:
    if work is None:
        return (change.work_id, change.seq, ledger.NO_ROW, b"", 0, 1)
    announced = schema.number(first_day(work.announced or work.published))
    return (work.id, change.seq, ledger.NO_ROW, work.text_hash, announced, 0)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
