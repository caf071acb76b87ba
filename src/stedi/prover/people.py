"""The traces of people, looked up in a lake that still holds them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stedi.curated import machine_learning
from stedi.engine.parquet import read_parquet
from stedi.lake.config import Lake
from stedi.landing import accelerometer, customer, step_trainer
from stedi.privacy.identity import normalised_email
from stedi.privacy.pseudonyms import subject_key
from stedi.prover.many import Many
from stedi.prover.spellings import folded, needles
from stedi.prover.traces import ROW_COLUMNS, Kind, Rows, Text, Traces, row_hashes
from stedi.schema.table import Table
from stedi.store.opening import store_of
from stedi.store.store import Store

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class OwnedDevice:
    """A time in which a device was the person's.

    Attributes:
        serialnumber: The device.
        owned_from: From here on, UTC ms; None: since ever.
        owned_until: Up to, not including, this time, UTC ms; None: for good.
    """

    serialnumber: str
    owned_from: int | None = None
    owned_until: int | None = None


@dataclass(frozen=True)
class SoughtPerson:
    """Who is looked for.

    Attributes:
        participants: All their normalised e-mails.
        devices: When which device was theirs; None: those that nobody else's records name, for good.
    """

    participants: frozenset[str]
    devices: tuple[OwnedDevice, ...] | None = None


FEW = 100
"""Up to so many texts, each is looked for in all others by itself."""

_TEXTS = {"customername": Kind.NAME, "phone": Kind.PHONE, "birthday": Kind.BIRTHDAY}
_RECORD_COLUMNS = ["email", "participant", "serialnumber", *_TEXTS, *ROW_COLUMNS[Kind.RECORD]]


def traces_of(lake: Lake, people: Sequence[SoughtPerson]) -> list[Traces]:
    """Look up what would tell of each person: before they are removed, for afterwards nobody knows.

    A name, phone number, birthday or serial number that another participant has too is
    `shared`; so it alone tells of nobody. A row counts unless another participant has one with
    the same times and measured values.

    Args:
        lake: The lake, not written to meanwhile.
        people: Whom to look up; one pass over the staged tables serves them all.
    """
    store = store_of(lake)
    try:
        records = _Records(list(_read(store, customer.TABLE, _RECORD_COLUMNS)))
        phone, steps = (
            _Readings(kind, _read(store, table, [owner, *ROW_COLUMNS[kind]]), owner)
            for kind, table, owner in (
                (Kind.PHONE_READING, accelerometer.TABLE, "participant"),
                (Kind.STEP_READING, step_trainer.TABLE, "serialnumber"),
            )
        )
        users = _pairs(_read(store, accelerometer.TABLE, ["user", "participant"]), "user", "participant")
        curated = _read(store, machine_learning.TABLE, ["session", "subject_key"])
        sessions = _pairs(curated, "session", "subject_key")
    finally:
        store.close()
    everybody = _Texts([*records.texts(), *((user, owner) for user, owner in users)], steps.owners)
    key = lake.key("pseudonym")
    return [_traces(person, records, phone, steps, users, sessions, everybody, key) for person in people]


def _traces(
    person: SoughtPerson,
    records: "_Records",
    phone: "_Readings",
    steps: "_Readings",
    users: list[tuple[str, str]],
    sessions: list[tuple[str, str]],
    everybody: "_Texts",
    key: bytes,
) -> Traces:
    theirs = {normalised_email(p) for p in person.participants}
    found: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    found[Kind.EMAIL] = theirs | {u for u, owner in users if owner in theirs}
    shared: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    for row in records.of(theirs):
        found[Kind.EMAIL].add(row["email"])
        for column, kind in _TEXTS.items():
            if row[column] and row[column].strip():
                found[kind].add(row[column])
    for column, kind in _TEXTS.items():
        # Whoever is called as another's address or number is, tells of that one too.
        shared[kind] = {t for t in found[kind] if (records.owners(column, t) | everybody.owners(t)) - theirs}
    stretches = person.devices
    if stretches is None:
        named = {row["serialnumber"] for row in records.of(theirs) if row["serialnumber"]}
        stretches = tuple(OwnedDevice(s) for s in sorted(named))
        lone = tuple(s for s in stretches if not records.owners("serialnumber", s.serialnumber) - theirs)
    else:
        lone = stretches
    found[Kind.SERIAL] = {s.serialnumber for s in stretches}
    shared[Kind.SERIAL] = {s for s in found[Kind.SERIAL] if records.owners("serialnumber", s) - theirs}
    found[Kind.SUBJECT_KEY] = {subject_key(p, key) for p in theirs}
    found[Kind.SESSION] = {s for s, subject in sessions if subject in found[Kind.SUBJECT_KEY]}
    every = {text for texts in found.values() for text in texts}
    longer = everybody.containing(every, theirs, found[Kind.SERIAL])
    texts = [
        Text(kind, text, text in shared[kind], longer[text]) for kind in Kind for text in sorted(found[kind])
    ]
    rows = {
        Kind.PHONE_READING: phone.of(_for_good(theirs)),
        Kind.STEP_READING: steps.of(lone),
        Kind.RECORD: records.rows.of(_for_good(theirs)),
    }
    return Traces(tuple(texts), {kind: some for kind, some in rows.items() if len(some.hashes)})


def _for_good(owners: Iterable[str]) -> list[OwnedDevice]:
    return [OwnedDevice(owner) for owner in sorted(owners)]


class _Records:
    """The customer records, and who has which value."""

    def __init__(self, parts: "list[pa.Table]") -> None:
        self._rows: list[dict[str, Any]] = [row for part in parts for row in part.to_pylist()]
        self.rows = _Readings(Kind.RECORD, parts, "participant")
        # By the bytes by which the search finds a value, in whichever spelling.
        self._owners: dict[tuple[str, bytes], set[str]] = {}
        self._of: dict[str, list[dict[str, Any]]] = {}
        for row in self._rows:
            self._of.setdefault(row["participant"], []).append(row)
            for column in (*_TEXTS, "serialnumber"):
                if row[column]:
                    alike = folded(" ".join(row[column].split())).encode("utf-8", "surrogatepass")
                    self._owners.setdefault((column, alike), set()).add(row["participant"])

    def of(self, participants: Iterable[str]) -> list[dict[str, Any]]:
        return [row for p in sorted(participants) for row in self._of.get(p, [])]

    def owners(self, column: str, text: str) -> set[str]:
        """Who has a text there that the search takes for this one."""
        kind = _TEXTS.get(column, Kind.SERIAL)
        return {p for needle in needles(kind, text) for p in self._owners.get((column, needle), ())}

    def texts(self) -> Iterable[tuple[str, str]]:
        for row in self._rows:
            for column in ("email", "participant", *_TEXTS, "serialnumber"):
                if row[column]:
                    yield row[column], row["participant"]


class _Texts:
    """Every known text and whose it is, to find those that contain another."""

    def __init__(self, owned: Iterable[tuple[str, str]], serials: Sequence[str]) -> None:
        import pyarrow as pa

        self._owners: dict[str, set[str]] = {}
        for text, owner in owned:
            self._owners.setdefault(folded(text.strip()), set()).add(owner)
        for serial in serials:
            self._owners.setdefault(serial.casefold(), {serial})
        self._texts = list(self._owners)
        self._array = pa.array(self._texts, pa.large_string())

    def owners(self, text: str) -> set[str]:
        """Who has exactly this text, whatever it is of theirs."""
        return self._owners.get(folded(text.strip()), set())

    def containing(
        self, texts: Iterable[str], theirs: set[str], serials: set[str]
    ) -> dict[str, tuple[str, ...]]:
        """For each of some texts, those of others that contain it and more."""
        sought = {text: folded(text.strip()) for text in texts}
        shorter = set(sought.values())
        longer = (
            self._together(shorter) if len(shorter) > FEW else {each: self._one(each) for each in shorter}
        )
        return {
            text: tuple(
                t for t in longer.get(short, ()) if t != short and not self._owners[t] & (theirs | serials)
            )
            for text, short in sought.items()
        }

    def _one(self, text: str) -> list[str]:
        import pyarrow.compute as pc

        there = pc.match_substring(self._array, text).to_numpy(zero_copy_only=False)
        return [self._texts[int(i)] for i in np.flatnonzero(there)]

    def _together(self, texts: set[str]) -> dict[str, list[str]]:
        """The same of many texts, in one pass over all that are known."""
        shorter = sorted(texts - {""})
        known = [text.encode("utf-8", "surrogatepass") for text in self._texts]
        begins = np.cumsum([0, *(len(text) + 1 for text in known)])
        many = Many([text.encode("utf-8", "surrogatepass") for text in shorter])
        found: dict[str, list[str]] = {}
        for number, places in many.places(b"\n".join(known)).items():
            numbers = np.unique(np.searchsorted(begins, places, "right") - 1).tolist()
            found[shorter[number]] = [self._texts[n] for n in numbers if shorter[number] in self._texts[n]]
        return found


class _Readings:
    """The hashes of all rows of a staged table, and whose each is.

    Args:
        kind: What the rows are.
        parts: The rows, a file each.
        owner: The column that tells whose.
    """

    def __init__(self, kind: Kind, parts: "Iterable[pa.Table]", owner: str) -> None:
        names = ROW_COLUMNS[kind]
        self._code: dict[str, int] = {}
        times, hashes, codes = [_NO_TIMES], [_NO_HASHES], [_NO_CODES]
        for part in parts:
            whole = part.select([owner, *names]).drop_null()
            owners = whole[owner].combine_chunks().dictionary_encode()
            known = [self._code.setdefault(name, len(self._code)) for name in owners.dictionary.to_pylist()]
            codes.append(np.array(known, np.int64)[owners.indices.to_numpy()] if len(whole) else _NO_CODES)
            times.append(whole[names[0]].to_numpy())
            hashes.append(row_hashes([whole[name].to_numpy() for name in names]))
        self._time = np.concatenate(times)
        self._hashes = np.concatenate(hashes)
        self._codes = np.concatenate(codes)

    @property
    def owners(self) -> list[str]:
        return list(self._code)

    def of(self, stretches: Iterable[OwnedDevice]) -> Rows:
        theirs = np.zeros(len(self._hashes), np.bool_)
        # In the order of whose they are and when, the rows of a stretch are side by side.
        order = np.lexsort((self._time, self._codes))
        codes, times = self._codes[order], self._time[order]
        for stretch in stretches:
            code = self._code.get(stretch.serialnumber, -1)
            first, last = np.searchsorted(codes, [code, code + 1])
            begins, ends = first, last
            if stretch.owned_from is not None:
                begins = first + np.searchsorted(times[first:last], stretch.owned_from)
            if stretch.owned_until is not None:
                ends = first + np.searchsorted(times[first:last], stretch.owned_until)
            theirs[order[begins:ends]] = True
        mine = np.unique(self._hashes[theirs])
        # Nobody is found by what another's row shows as well.
        others = np.isin(mine, self._hashes[~theirs])
        kept = mine[~others]
        return Rows(kept, np.unique(self._time[theirs & np.isin(self._hashes, kept)]))


_NO_TIMES = np.array([], np.int64)
_NO_CODES = np.array([], np.int64)
_NO_HASHES = np.array([], np.uint64)


def _read(store: Store, table: Table, columns: Sequence[str]) -> "Iterator[pa.Table]":
    """Some columns of a table, a file at a time."""
    for file in store.files(table):
        yield read_parquet(file.path, columns)


def _pairs(parts: "Iterable[pa.Table]", first: str, second: str) -> list[tuple[str, str]]:
    """The distinct pairs of two columns of text."""
    found: set[tuple[str, str]] = set()
    for part in parts:
        distinct = part.group_by([first, second]).aggregate([])
        found |= set(zip(distinct[first].to_pylist(), distinct[second].to_pylist(), strict=True))
    return sorted(found)
