"""What was erased is not staged again, however often it is delivered.

Asked of lines as they are read, and of staged rows and refused lines when a person is erased.
It knows only keyed hashes, and answers suppressed or not; who else is let through is decided by
consent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, BinaryIO, TypeVar

from stedi.engine.parquet import read_parquet
from stedi.landing import accelerometer, customer, requests, step_trainer
from stedi.privacy.identity import normalised_email
from stedi.privacy.suppression import (
    About,
    covered_until,
    device_hash,
    email_hash,
    email_hashes,
    line_hash,
)
from stedi.sources.listing import ListedFile
from stedi.store.rows import rows_of
from stedi.store.store import Store
from stedi.suppression.erased_records import TOLD, ErasedRecords
from stedi.suppression.identifying import Identified, identify_in_file, identify_in_lines
from stedi.suppression.identities import address_readings, ends_of, serials_in
from stedi.suppression.redacting import first_hash, redacted_path

_REMEMBERED = 1 << 16
Answer = TypeVar("Answer")


class Suppressor:
    """The suppression list of a lake; false while nobody was erased."""

    def __init__(
        self,
        rows: Iterable[Mapping[str, Any]],
        key: bytes,
        *,
        recognises: Callable[[Sequence[bytes]], list[int]] = lambda _lines: [],
        customers: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        """Know the rows of `requests` that erase.

        Args:
            rows: Rows of `requests`; those of withdrawals tell only who is one person.
            key: The suppression key.
            recognises: Which of some refused lines tell of them though they hold neither e-mail nor serial
                number.
            customers: Gives the addresses of customers: one of another customer is not read as an erased
                person's behind a sign.
        """
        self._key = key
        self._customers = customers
        self._recognises = recognises
        self._knows_lines = False
        self._at: dict[tuple[str, str], int] = {}
        self._stretches: dict[str, list[tuple[int, int]]] = {}
        self._requests = list(rows)
        self.records = ErasedRecords(self._requests, key)
        for row in self._requests:
            if row["kind"] != requests.ERASE:
                continue
            if row["about"] == About.DEVICE:
                until = (
                    covered_until(row["requested_at"]) if row["covers_until"] is None else row["covers_until"]
                )
                self._stretches.setdefault(row["hash"], []).append((row["covers_from"] or 0, until))
            elif row["about"] == About.LINE:
                told = (row["about"], row["hash"])
                self._knows_lines = True
                self._at[told] = max(row["requested_at"], self._at.get(told, 0))
        self._emails: dict[str, int | None] = {}
        self._devices: dict[str, list[tuple[int, int]]] = {}
        self._accepted: dict[str, Callable[[Any], Any]] = {
            customer.SOURCE.name: self._records,
            accelerometer.SOURCE.name: self._phone_readings,
            step_trainer.SOURCE.name: self._step_readings,
        }

    @classmethod
    def of(cls, store: Store, key: bytes) -> "Suppressor":
        """The suppression list that a lake's requests make up."""
        return cls(rows_of(store, requests.TABLE), key, customers=lambda: _customers(store))

    def knowing(self, rows: Iterable[Mapping[str, Any]], customers: Iterable[str] = ()) -> "Suppressor":
        """One that knows more rows of `requests`, and more addresses of customers."""
        return Suppressor(
            [*self._requests, *rows], self._key, customers=lambda: {*self._customers(), *customers}
        )

    def __bool__(self) -> bool:
        return bool(self._at or self._stretches or self.records)

    def __getstate__(self) -> dict[str, Any]:
        """What travels to a task: nothing of what was asked here."""
        longer = self._longer_addresses
        return {
            **self.__dict__, "_longer_addresses": longer, "_customers": tuple, "_emails": {}, "_devices": {},
        }  # fmt: skip

    def accepted(self, source: str, rows: Any) -> Any:
        """Which rows of a source, with the columns of its staged table, are an erased person's.

        Customer records, unless they were changed after the request and do not repeat a consent
        from before it: such a one is a fresh consent, or takes one back. One that takes it back by a
        clock that cannot be trusted is kept out, and what it tells is told by `records`. Readings up to
        the request.

        Args:
            source: Name of the source.
            rows: A record batch or table.

        Returns:
            A numpy array of booleans, one a row.
        """
        return self._accepted[source](rows)

    def refused(self, rows: Any) -> Any:
        """Which refused lines hold an e-mail or a serial number of an erased person; as `accepted`.

        And which refused readings, or whose envelope names one.

        Args:
            rows: A record batch or table with the columns `raw` and `envelope_of` of the quarantine.
        """
        import numpy as np

        raw, whose = rows.column("raw").to_pylist(), rows.column("envelope_of").to_pylist()
        found = np.zeros(rows.num_rows, dtype=bool)
        if self:
            known = {each: self._is_known(each) for each in set(whose)}
            told = zip(raw, whose, strict=True)
            found[:] = [known[each] or self._is_known_line(line) for line, each in told]
            for among in (self._identified, self._recognises):
                left = np.flatnonzero(~found)
                found[left[among([raw[n] for n in left])]] = True
        return found

    def holds(self, raw: bytes) -> bool:
        """Whether some bytes hold an e-mail or a serial number of an erased person, or else tell of them."""
        if not self:
            return False
        return self._is_known_line(raw) or bool(self._identified([raw]) or self._recognises([raw]))

    def holds_in_file(self, file: BinaryIO) -> Identified:
        """Whether a file holds an e-mail or a serial number of an erased person, in whatever packing."""
        return identify_in_file(file, self._identifies) if self else Identified(False, ())

    def need_line_hash(self, lines: Sequence[bytes]) -> list[bytes]:
        """The refused lines of an erased person that nothing but their own hash can tell later."""
        recognised = [lines[n] for n in self._recognises(lines)]
        identified = set(self._identified(recognised))
        return [line for n, line in enumerate(recognised) if n not in identified]

    def _is_known_line(self, raw: bytes) -> bool:
        return self._knows_lines and (About.LINE, line_hash(raw, self._key)) in self._at

    def _identified(self, lines: Sequence[bytes]) -> list[int]:
        return identify_in_lines(lines, self._identifies)

    def _identifies(self, text: str) -> bool:
        if any(self._stretches_of(serial) for serial in serials_in(text)):
            return True
        return any(self._names_erased(readings) for readings in address_readings(text))

    def _names_erased(self, readings: Iterable[str]) -> bool:
        """Whether a place in a line names an erased person, by all that may be the address there."""
        return first_hash(readings, self._hash_of) is not None

    def _hash_of(self, text: str) -> str | None:
        """The keyed hash of an erased person's e-mail or serial number; "" of another customer's e-mail."""
        if "@" not in text:
            return device_hash(text, self._key) if self._stretches_of(text) else None
        if self._erased_at(text) is not None:
            return email_hash(normalised_email(text), self._key)
        return "" if normalised_email(text) in self._longer_addresses else None

    @cached_property
    def _longer_addresses(self) -> frozenset[str]:
        """The normalised addresses of other customers that end with one of an erased person."""
        return frozenset(self._longer_among(self._customers())) if self else frozenset()

    def new_longer_addresses(self, addresses: Iterable[str]) -> set[str]:
        """Which of some customers' addresses end with one of an erased person, and were not known."""
        found = self._longer_among(addresses)
        return found - self._longer_addresses if found else found

    def _longer_among(self, addresses: Iterable[str]) -> set[str]:
        return {
            address
            for address in map(normalised_email, addresses)
            if any(self._is_erased(end) for end in ends_of(address)) and not self._is_erased(address)
        }

    def _is_erased(self, address: str) -> bool:
        return self.records.erased_at(About.EMAIL, email_hashes(address, self._key)) is not None

    def redacted(self, path: str) -> str:
        """A file's path with keyed hashes in place of the e-mails and serial numbers of erased people."""
        return redacted_path(path, self._hash_of) if self else path

    def known_as(self, file: ListedFile) -> ListedFile:
        """A file by the name under which the ledger keeps it."""
        return replace(file, name=self.redacted(file.name)) if self else file

    def _records(self, rows: Any) -> Any:
        import numpy as np

        wanted = rows.select([*dict.fromkeys(("participant", "effective_at", *TOLD))])
        return np.fromiter(map(self.records.keeps_out, wanted.to_pylist()), dtype=bool, count=rows.num_rows)

    def _phone_readings(self, rows: Any) -> Any:
        import numpy as np

        codes, people = _distinct(rows, "participant")
        erased_at = [self._erased_at(person) for person in people]
        until = np.array([0 if at is None else covered_until(at) for at in erased_at], dtype=np.int64)
        return _moments(rows, accelerometer.TABLE.moment) < until[codes]

    def _step_readings(self, rows: Any) -> Any:
        import numpy as np

        codes, serials = _distinct(rows, "serialnumber")
        moments = _moments(rows, step_trainer.TABLE.moment)
        erased = np.zeros(len(moments), dtype=bool)
        for code, serial in enumerate(serials):
            if stretches := self._stretches_of(serial):
                # Of the stretches that began before a reading, the one that ends last tells.
                begins, ends = np.array(sorted(stretches), dtype=np.int64).T
                theirs = np.flatnonzero(codes == code)
                last = np.searchsorted(begins, moments[theirs], side="right") - 1
                until = np.maximum.accumulate(ends)[last]
                erased[theirs] = (last >= 0) & (moments[theirs] < until)
        return erased

    def _erased_at(self, participant: str) -> int | None:
        """When that e-mail, normalised or not, was erased last."""
        if participant in self._emails:
            return self._emails[participant]
        # What no table can hold is nobody's address.
        address = participant.encode("utf-8", "replace").decode()
        hashes = email_hashes(normalised_email(address), self._key)
        return self._remembered(self._emails, participant, self.records.erased_at(About.EMAIL, hashes))

    def _is_known(self, whose: str | None) -> bool:
        """Whether an erased person has that e-mail or had that device."""
        if whose is None or not self:
            return False
        return bool(self._stretches_of(whose)) or self._erased_at(whose) is not None

    def _stretches_of(self, serial: str) -> list[tuple[int, int]]:
        if serial in self._devices:
            return self._devices[serial]
        found = self._stretches.get(device_hash(serial, self._key), [])
        return self._remembered(self._devices, serial, found)

    @staticmethod
    def _remembered(known: dict[str, Answer], asked: str, answer: Answer) -> Answer:
        if len(known) < _REMEMBERED:
            known[asked] = answer
        return answer


def _customers(store: Store) -> set[str]:
    """The normalised addresses of all customers."""
    found: set[str] = set()
    for file in store.files(customer.TABLE):
        found.update(read_parquet(file.path, ["participant"]).column("participant").to_pylist())
    return found


def _distinct(rows: Any, name: str) -> tuple[Any, list[str]]:
    import pyarrow as pa

    column = rows.column(name)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    encoded = column.dictionary_encode()
    return encoded.indices.to_numpy(zero_copy_only=False), encoded.dictionary.to_pylist()


def _moments(rows: Any, name: str | None) -> Any:
    column = rows.column(name)
    return column.to_numpy() if hasattr(column, "chunks") else column.to_numpy(zero_copy_only=False)
