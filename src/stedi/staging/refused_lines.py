"""The refused lines of a lake by the file that they landed in, and how the quarantine is without some."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from stedi import __version__
from stedi.engine.parquet import rows_by
from stedi.landing import quarantine
from stedi.schema.arrow import arrow_schema, rows_in
from stedi.sources.reasons import Reason
from stedi.store.data_files import DataFile, batch_of
from stedi.store.rows import written
from stedi.store.store import Store

Content = tuple[str, str]
"""A source, and the SHA-256 of a file that landed there."""

CUT = Reason.LINE_TOO_LONG
"""Lines of which the quarantine holds but the beginning: nobody can read them again."""

_FILES_HELD = 2


@dataclass(frozen=True)
class RefusedPart:
    """Refused lines of one landed file that stand in one data file of the quarantine.

    Attributes:
        number: Which data file.
        rows: Which of its rows, ascending.
        lines: These rows.
    """

    number: int
    rows: npt.NDArray[np.int64]
    lines: Any


@dataclass
class _Change:
    """What becomes of one data file."""

    leaving: list[npt.NDArray[np.int64]] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)
    added: list[Any] = field(default_factory=list)


class RefusedLines:
    """The data files of the quarantine; a few are held in memory at a time."""

    def __init__(self, files: Sequence[DataFile]) -> None:
        self._files = files
        self._held: dict[int, dict[Content, RefusedPart]] = {}
        self._changes: dict[int, _Change] = {}
        self._where: dict[Content, dict[int, Counter[str]]] = {}
        for number, file in enumerate(files):
            for (source, sha256, reason), rows in rows_by(
                file.path, ["source", "_file_sha256", "reason"]
            ).items():
                self._where.setdefault((source, sha256), {}).setdefault(number, Counter())[reason] += rows

    def contents(self) -> dict[Content, Counter[str]]:
        """How many refused lines each landed file has, by reason, in the order of the data files."""
        return {content: sum(by.values(), Counter[str]()) for content, by in self._where.items()}

    def of(self, content: Content) -> Iterator[RefusedPart]:
        """The refused lines of a landed file."""
        for number in self._where[content]:
            if number not in self._held:
                while len(self._held) >= _FILES_HELD:
                    del self._held[next(iter(self._held))]
                self._held[number] = self._by_content(number)
            yield self._held[number][content]

    def _by_content(self, number: int) -> dict[Content, RefusedPart]:
        import pyarrow.compute as pc

        rows = rows_in(self._files[number].path, quarantine.TABLE)
        names = pc.binary_join_element_wise(rows["source"], rows["_file_sha256"], "/").combine_chunks()
        encoded = names.dictionary_encode()
        codes = encoded.indices.to_numpy()
        order = np.argsort(codes, kind="stable")
        found = {}
        for some in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1):
            source, _, sha256 = encoded.dictionary[int(codes[some[0]])].as_py().partition("/")
            found[source, sha256] = RefusedPart(number, some, rows.take(some))
        return found

    def leave(self, number: int, rows: npt.NDArray[np.int64]) -> None:
        """Let rows of a data file leave the quarantine."""
        if len(rows):
            self._changes.setdefault(number, _Change()).leaving.append(rows)

    def refuse_as(self, number: int, row: int, reason: str) -> None:
        """Let a row stay for another reason."""
        self._changes.setdefault(number, _Change()).reasons[row] = reason

    def add(self, number: int, rows: Any) -> None:
        """Let rows, with the columns of the quarantine, stand beside those of a data file."""
        if rows.num_rows:
            self._changes.setdefault(number, _Change()).added.append(rows)

    @property
    def leaving(self) -> list[DataFile]:
        """The data files that are written anew."""
        return [self._files[number] for number in self._changes]

    def write(self, store: Store) -> list[DataFile]:
        """Write the data files that changed anew, each under its batch, which the ledger knows."""
        import pyarrow as pa

        new = []
        for number, change in self._changes.items():
            file = self._files[number]
            rows = rows_in(file.path, quarantine.TABLE)
            rows = _with_reasons(rows, change.reasons)
            stays = np.ones(rows.num_rows, dtype=bool)
            for some in change.leaving:
                stays[some] = False
            rows = pa.concat_tables([rows.filter(pa.array(stays)), *change.added])
            if rows.num_rows:
                path = store.new_file(quarantine.TABLE, batch_of(file))
                new.append(written(rows, quarantine.TABLE, path))
        return new


def _with_reasons(rows: Any, reasons: dict[int, str]) -> Any:
    import pyarrow as pa

    for name, values in (("reason", reasons), ("reader_version", dict.fromkeys(reasons, __version__))):
        if values:
            told = rows[name].to_pylist()
            for row, value in values.items():
                told[row] = value
            rows = rows.set_column(rows.schema.get_field_index(name), name, pa.array(told, pa.string()))
    return rows


def as_quarantined(rows: Any, content: Content, landed_at: int) -> Any:
    """Refused readings, as `Block.refused`, in the columns of the quarantine."""
    import pyarrow as pa

    known = {
        "source": content[0],
        "_file_sha256": content[1],
        "reader_version": __version__,
        "landed_at": landed_at,
    }
    schema = arrow_schema(quarantine.TABLE)
    columns = [
        pa.array([known[f.name]] * rows.num_rows, f.type) if f.name in known else rows.column(f.name)
        for f in schema
    ]
    return pa.table(columns, schema=schema)
