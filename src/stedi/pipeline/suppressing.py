"""What was erased is not staged again, however often it is delivered.

Asked of lines as they are read, and of staged rows and refused lines when a person is erased.
It knows only keyed hashes, and answers suppressed or not; who else is let through is decided by
consent.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, BinaryIO, TypeVar

from stedi.landing import accelerometer, customer, requests, step_trainer
from stedi.pipeline.erased_records import TOLD, ErasedRecords
from stedi.pipeline.identifying import Identified, identify_in_file, identify_in_text, text_of_any
from stedi.pipeline.identities import addresses_in, serials_in, uuid_of
from stedi.privacy.identity import normalised_email
from stedi.privacy.suppression import (
    About,
    covered_until,
    device_hash,
    email_hash,
    email_hashes,
    line_hash,
)
from stedi.sources.file_names import ADDRESS, SERIAL
from stedi.sources.listing import ListedFile
from stedi.store.rows import rows_of
from stedi.store.store import Store

_REMEMBERED = 1 << 16
Answer = TypeVar("Answer")


class Suppressor:
    """The suppression list of a lake; false while nobody was erased."""

    def __init__(
        self,
        rows: Iterable[Mapping[str, Any]],
        key: bytes,
        *,
        recognises: Callable[[bytes], bool] = lambda _raw: False,
    ) -> None:
        """Know the rows of `requests` that erase.

        Args:
            rows: Rows of `requests`; those of withdrawals tell only who is one person.
            key: The suppression key.
            recognises: Whether refused lines tell of them though they hold neither e-mail nor serial number.
        """
        self._key = key
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
        return cls(rows_of(store, requests.TABLE), key)

    def knowing(self, rows: Iterable[Mapping[str, Any]]) -> "Suppressor":
        """One that knows more rows of `requests`."""
        return Suppressor([*self._requests, *rows], self._key)

    def __bool__(self) -> bool:
        return bool(self._at or self._stretches or self.records)

    def __getstate__(self) -> dict[str, Any]:
        """What travels to a task: nothing of what was asked here."""
        return {**self.__dict__, "_emails": {}, "_devices": {}}

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
            told = zip(raw, whose, strict=True)
            found[:] = [self._is_kept_out(line) or self._is_known(each) for line, each in told]
            left = np.flatnonzero(~found)
            found[left[self._recognised([raw[n] for n in left])]] = True
        return found

    def holds(self, raw: bytes) -> bool:
        """Whether some bytes hold an e-mail or a serial number of an erased person, or else tell of them."""
        return bool(self) and (self._is_kept_out(raw) or self._recognises(raw))

    def holds_in_file(self, file: BinaryIO) -> Identified:
        """Whether a file holds an e-mail or a serial number of an erased person, in whatever packing."""
        return identify_in_file(file, self._identifies) if self else Identified(False, ())

    def _is_kept_out(self, raw: bytes) -> bool:
        if self._knows_lines and (About.LINE, line_hash(raw, self._key)) in self._at:
            return True
        return self._identifies(text_of_any(raw)) or identify_in_text(raw, self._identifies)

    def needs_line_hash(self, raw: bytes) -> bool:
        """Whether a refused line is an erased person's, and nothing but its own hash can tell so later."""
        return self._recognises(raw) and not identify_in_text(raw, self._identifies)

    def _identifies(self, text: str) -> bool:
        if any(self._stretches_of(serial) for serial in serials_in(text)):
            return True
        return any(self._erased_at(address) is not None for address in addresses_in(text))

    def _recognised(self, lines: list[bytes]) -> list[int]:
        """Which of some lines are recognised, from 0; many that are not are passed over at once."""
        if not lines or not self._recognises(b"\n".join(lines)):
            return []
        if len(lines) == 1:
            return [0]
        half = len(lines) // 2
        return self._recognised(lines[:half]) + [half + n for n in self._recognised(lines[half:])]

    def redacted(self, path: str) -> str:
        """A file's path with keyed hashes in place of the e-mails and serial numbers of erased people."""
        if not self:
            return path
        for found in {m.group() for m in SERIAL.finditer(path)}:
            if self._stretches_of(serial := uuid_of(found)):
                path = path.replace(found, _redacted(device_hash(serial, self._key)))
        for found in {m.group() for m in ADDRESS.finditer(path)}:
            address = re.sub("%40", "@", found, flags=re.IGNORECASE)
            # The name of a file goes on where the address ends: try every shorter one.
            ends = [n for n, letter in enumerate(address) if not letter.isalnum() and n > address.index("@")]
            for end in [len(address), *reversed(ends)]:
                if self._erased_at(address[:end]) is not None:
                    hashed = email_hash(normalised_email(address[:end]), self._key)
                    path = path.replace(found, _redacted(hashed) + address[end:])
                    break
        return path

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


def _redacted(hashed: str) -> str:
    return f"erased-{hashed[:8]}"


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
