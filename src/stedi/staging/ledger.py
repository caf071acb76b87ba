"""The ledger in memory: which files are known, and what became of them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from typing import Any

from stedi.ground.places import Place
from stedi.landing import landed_files
from stedi.privacy.suppression import keyed_content
from stedi.schema.arrow import arrow_schema, rows_in
from stedi.sources.listing import FileState, ListedFile
from stedi.sources.reasons import Reason
from stedi.sources.verdicts import FileVerdict
from stedi.store.rows import append_rows, written
from stedi.store.store import Store


@dataclass(frozen=True)
class LedgerEntry:
    """What became of one file.

    Once read, `lines = plain + envelopes`, and
    `plain + readings = accepted + quarantined + duplicate + blank + erased`.
    """

    source: str
    landing: str
    path: str
    state: FileState
    verdict: FileVerdict
    landed_at: int
    batch: str
    file_sha256: str | None = None
    reason: Reason | None = None
    lines: int = 0
    plain: int = 0
    envelopes: int = 0
    readings: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicate: int = 0
    blank: int = 0
    erased: int = 0
    rewritten_sha256: str | None = None
    notes: Counter[str] = field(default_factory=Counter)
    sequence: int = 0
    replayed_at: int | None = None
    replays: str | None = None

    @property
    def batches(self) -> tuple[str, ...]:
        """The batches whose data files hold its rows: the first, and those of lines that were read again."""
        return (self.batch, *(self.replays or "").split())

    @property
    def read_at(self) -> int:
        """When its lines were read last, UTC ms."""
        return max(self.landed_at, self.replayed_at or 0)

    @property
    def unknown_lines(self) -> int:
        """Lines of a file that was not read line by line."""
        return 0 if self.verdict is FileVerdict.READ else self.lines

    @property
    def balances(self) -> bool:
        """Whether every physical line and every reading of a read file has exactly one verdict."""
        told = (self.accepted, self.quarantined, self.duplicate, self.blank, self.erased)
        if self.verdict is not FileVerdict.READ:
            return True
        # None below 0: one verdict follows from the others, and would hide what they lack.
        none_below = min(*told, self.plain, self.envelopes, self.readings) >= 0
        return (
            none_below
            and self.lines == self.plain + self.envelopes
            and self.plain + self.readings == sum(told)
        )

    def row(self) -> dict[str, Any]:
        """The row of `landed_files`."""
        told = asdict(self)
        del told["state"]
        return {
            **told,
            "stored_bytes": self.state.size,
            "modified_ns": self.state.modified_ns,
            "changed_ns": self.state.changed_ns,
            "inode": self.state.inode,
            "notes": json.dumps(self.notes, sort_keys=True),
        }


def _entry(row: dict[str, Any]) -> LedgerEntry:
    state = FileState(row["stored_bytes"], row["modified_ns"], row["changed_ns"], row["inode"])
    told = {
        name: row[name]
        for name in ("source", "landing", "path", "landed_at", "batch", "file_sha256", "lines", "accepted",
                     "quarantined", "duplicate", "blank", "erased", "rewritten_sha256", "sequence",
                     "replayed_at", "replays")
    }  # fmt: skip
    verdict = FileVerdict(row["verdict"])
    # Earlier versions knew no envelopes.
    plain = row["lines"] if verdict is FileVerdict.READ else 0
    return LedgerEntry(
        **told,
        plain=plain if row["plain"] is None else row["plain"],
        envelopes=row["envelopes"] or 0,
        readings=row["readings"] or 0,
        state=state,
        verdict=verdict,
        reason=Reason(row["reason"]) if row["reason"] else None,
        notes=Counter(json.loads(row["notes"])),
    )


_read_last: dict[Place, tuple[LedgerEntry, ...]] = {}
"""The entries in each data file of the ledger that this process read last: no data file ever changes."""


def _entries(store: Store, snapshot: int | None) -> Iterator[LedgerEntry]:
    """All entries of a lake's table; who reads the ledger of a lake again reads its new files alone."""
    global _read_last
    files = store.files(landed_files.TABLE, snapshot=snapshot)
    store.require_there(landed_files.TABLE, files)
    known = _read_last
    _read_last = {
        file.path: known.get(file.path)
        or tuple(_entry(row) for row in rows_in(file.path, landed_files.TABLE).to_pylist())
        for file in files
    }
    return chain.from_iterable(_read_last.values())


RETRIED = (Reason.UNREADABLE, Reason.VANISHED)
"""Verdicts that the next run looks at again, for they are the machine's fault and not the file's."""


class Ledger:
    """All files ever seen, by path and by content."""

    def __init__(self, entries: Iterable[LedgerEntry], key: bytes | None = None) -> None:
        """Know some entries.

        Args:
            entries: Of the table.
            key: The suppression key, by which contents are known that were erased; without it `holds`,
                `had_erased` and `is_keyed` cannot be asked about them.
        """
        self._key = key
        self._know(entries)

    def _know(self, entries: Iterable[LedgerEntry]) -> None:
        self.entries: list[LedgerEntry] = []
        self._newest: dict[tuple[str, str, str], LedgerEntry] = {}
        self._contents: set[tuple[str, str]] = set()
        self._rewritten: set[tuple[str, str]] = set()
        self._read: set[tuple[str, str, str]] = set()
        self.batches: set[str] = set()
        # Not by time: a clock may have gone back.
        self.add(sorted(entries, key=lambda entry: entry.sequence))

    @classmethod
    def of(cls, store: Store, *, snapshot: int | None = None, key: bytes | None = None) -> "Ledger":
        """The ledger that a lake's table holds, as of a snapshot; as it is now when None."""
        return cls(_entries(store, snapshot), key)

    def add(self, entries: Iterable[LedgerEntry]) -> None:
        """Know these files from now on."""
        for entry in entries:
            self.entries.append(entry)
            self._newest[entry.landing, entry.source, entry.path] = entry
            self.batches.update(entry.batches)
            if entry.verdict is FileVerdict.READ and entry.file_sha256:
                self._contents.add((entry.source, entry.file_sha256))
                if entry.rewritten_sha256:
                    self._contents.add((entry.source, entry.rewritten_sha256))
                    self._rewritten.add((entry.source, entry.file_sha256))
                self._read.add((entry.landing, entry.source, entry.path))

    def correct(self, entries: Iterable[LedgerEntry]) -> None:
        """Know other entries in the place of all."""
        self._know(entries)

    def with_refused_lines(self) -> dict[tuple[str, str], LedgerEntry]:
        """The files with lines in the quarantine, by source and content, as it was read and as it is now."""
        return {
            (entry.source, sha256): entry
            for entry in self.entries
            if entry.quarantined and entry.verdict is FileVerdict.READ
            for sha256 in (entry.file_sha256, entry.rewritten_sha256)
            if sha256
        }

    def unchanged(self, file: ListedFile) -> LedgerEntry | None:
        """What is known of a file that is as it was when its verdict was given; None: look at it."""
        known = self._newest.get((str(file.landing), file.source.name, file.path))
        if known is None or known.state != file.state or known.reason in RETRIED:
            return None
        return known

    def repeats(self, entry: LedgerEntry) -> bool:
        """Whether a file got again the verdict that it has."""
        known = self._newest.get((entry.landing, entry.source, entry.path))
        return known is not None and (known.state, known.reason) == (entry.state, entry.reason)

    def is_new_version(self, file: ListedFile) -> bool:
        """Whether a file of that name was read before, with whatever content."""
        return (str(file.landing), file.source.name, file.path) in self._read

    def holds(self, source: str, sha256: str) -> bool:
        """Whether that content was read before, under any name."""
        return (source, sha256) in self._contents or self.is_keyed(source, sha256)

    def had_erased(self, source: str, sha256: str) -> bool:
        """Whether that content, read before, held lines of people who were erased."""
        return bool({(source, sha256), (source, self._keyed(sha256))} & self._rewritten)

    def is_keyed(self, source: str, sha256: str) -> bool:
        """Whether that content, read before, is known by a keyed digest alone: all of it was erased."""
        return self._key is not None and (source, self._keyed(sha256)) in self._contents

    def _keyed(self, sha256: str) -> str:
        return keyed_content(sha256, self._key) if self._key else sha256


def commit(store: Store, ledger: Ledger, entries: Iterable[LedgerEntry], batch: str) -> None:
    """Write the entries of a batch, and know them: from here on its rows count."""
    numbered = [replace(e, sequence=n) for n, e in enumerate(entries, start=len(ledger.entries) + 1)]
    append_rows(store, landed_files.TABLE, [entry.row() for entry in numbered], batch)
    ledger.add(numbered)


def rewrite(store: Store, entries: Iterable[LedgerEntry], batch: str) -> None:
    """Put other entries in the place of all that a lake's table holds, in one commit."""
    import pyarrow as pa

    content = pa.Table.from_pylist([e.row() for e in entries], schema=arrow_schema(landed_files.TABLE))
    path = store.new_file(landed_files.TABLE, batch)
    store.replace(landed_files.TABLE, [written(content, landed_files.TABLE, path)], {"stedi.batch": batch})
