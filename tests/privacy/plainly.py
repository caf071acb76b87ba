"""The rules of consent told again from the design, slowly and plainly, for one short history.

Nothing here asks the code under test, and nothing is quick.
"""

import unicodedata
from collections import Counter
from dataclasses import replace
from functools import cached_property

from privacy.histories import History, Record, Request
from privacy.plain_device import AMBIGUOUS, PlainDevice

HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS
TOLERANCE_MS = 5 * 60 * 1000


def one_address(who: str) -> str:
    """The one spelling of an address, by the codec of Python, which follows the standard of 2003."""
    local, at, domain = who.strip().rpartition("@")
    if not at:
        return who
    local = unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).casefold())
    return f"{local}@{domain.lower().encode('idna').decode('idna')}"


def one_text(text: str | None) -> str | None:
    """The one spelling of a name or birthday."""
    return text and " ".join(unicodedata.normalize("NFC", text).lower().split())


def in_one_spelling(history: History) -> History:
    """The same history, each address and name in one spelling."""

    def told(record: Record) -> Record:
        birthday, name = one_text(record.birthday), one_text(record.name)
        return replace(record, who=one_address(record.who), birthday=birthday, name=name)

    def asked(request: Request) -> Request:
        registered, birthday, name = request.identity
        identity = (registered, one_text(birthday), one_text(name))
        return replace(request, who=request.who and one_address(request.who), identity=identity)

    return replace(
        history,
        records=tuple(map(told, history.records)),
        requests=tuple(map(asked, history.requests)),
        phone=tuple((one_address(who), at) for who, at in history.phone),
    )


class Plainly:
    """What becomes of everything in a history."""

    def __init__(self, history: History, *, whole_history: bool) -> None:
        self.history = in_one_spelling(history)
        self.whole_history = whole_history

    @cached_property
    def people(self) -> list[set[str]]:
        """The addresses of each person: any two that share an address or a whole identity are merged."""
        groups = [{r.who} for r in self.history.records]
        merged = True
        while merged:
            merged = False
            for one in self.history.records:
                for other in self.history.records:
                    same = one.who == other.who or (
                        None not in one.identity and one.identity == other.identity
                    )
                    a = next(g for g in groups if one.who in g)
                    b = next(g for g in groups if other.who in g)
                    if same and a is not b:
                        groups = [g for g in groups if g is not a and g is not b] + [a | b]
                        merged = True
        return groups

    def person(self, who: str) -> str | None:
        """The address a person is called by: that of the earliest record, then the first by text."""
        for group in self.people:
            if who in group:
                return min((r.at, r.who) for r in self.history.records if r.who in group)[1]
        return None

    def records_of(self, person: str) -> list[Record]:
        return [r for r in self.history.records if self.person(r.who) == person]

    def requests_of(self, person: str, *kinds: str) -> list[int]:
        """When a person asked, by any of their addresses or identities."""
        mine = self.records_of(person)
        return [
            q.at for q in self.history.requests if q.kind in kinds
            and any(r.who == q.who if q.who else r.identity == q.identity for r in mine)
        ]  # fmt: skip

    def erased_at(self, person: str) -> int | None:
        return max(self.requests_of(person, "erase"), default=None)

    def state_and_start(self, person: str) -> tuple[str, int | None]:
        records = self.records_of(person)
        silent = [r for r in records if r.consent is None]
        withdrawals = [self._counts_at(r) for r in silent if not r.unreadable]
        withdrawals += [self._landed_at(at) for at in self.requests_of(person, "withdraw", "erase")]
        grants = [r for r in records if r.consent is not None]
        # From later than now: it landed while our clock ran ahead, and nobody passes by it.
        early = [r for r in grants if r.at > self.history.now + TOLERANCE_MS]
        counting = [r for r in grants if r not in early]
        if withdrawals:
            last = max(withdrawals)
            before = [r.consent or 0 for r in grants if r.at <= last]
            counting = [
                r for r in counting
                if r.at > last and (r.consent or 0) > last and all((r.consent or 0) > c for c in before)
            ]  # fmt: skip
        if not counting and self.erased_at(person) is not None:
            return "ERASED", None
        if self._passed_on(records):
            return "HOLD", None
        unreadable = max((self._counts_at(r) for r in silent if r.unreadable), default=-1)
        decided = max((r.at for r in records if r not in early), default=0)
        if unreadable >= decided and all(unreadable > at for at in withdrawals):
            return "UNREADABLE", None
        if not set(grants) - set(early):
            return "NEVER", None
        if not counting:
            return "WITHDRAWN", None
        newest = max(r.at for r in records)
        for at in (newest, decided):
            if len({(r.consent, r.registered) for r in records if r.at == at}) > 1:
                return "HOLD", None
        start = max(max(r.consent or 0, r.registered or 0) for r in grants)
        return ("SCHEDULED" if start > self.history.now else "GIVEN"), start

    def _landed_at(self, at: int) -> int:
        """The latest at which something landed, where records of others tell that our clock was behind."""
        ends = self.history.now + HOUR_MS
        told = [until for landed, until in self.history.faults if landed - DAY_MS <= at < until <= ends]
        return max([at, *told])

    def _counts_at(self, record: Record) -> int:
        """The last time at which a record without consent counts: its own, once that may have come."""
        if record.timeless:
            return self._landed_at(record.at)
        if record.own is not None and record.own <= self.history.now + TOLERANCE_MS:
            return max(record.at, record.own)
        return record.at

    def _passed_on(self, records: list[Record]) -> bool:
        """Whether an address was told with two identities that have nothing in common."""
        whole = [r for r in records if None not in r.identity]
        return any(
            one.who == other.who
            and one.registered != other.registered
            and one.birthday != other.birthday
            and one.name != other.name
            for one in whole for other in whole
        )  # fmt: skip

    def of_person(self, person: str | None, at: int) -> str:
        """What becomes of a reading of a person at a time."""
        if person is None:
            return "no_owner"
        erased_at = self.erased_at(person)
        if erased_at is not None and at <= erased_at:
            return "erased"
        state, start = self.state_and_start(person)
        if state == "GIVEN":
            return "passed" if self.whole_history or at >= (start or 0) else "before_start"
        return {"HOLD": "held", "UNREADABLE": "held", "WITHDRAWN": "withdrawn"}.get(state, "not_consented")

    def of_phone(self, who: str, at: int) -> str:
        """What becomes of a phone reading."""
        return self.of_person(self.person(who), at)

    def of_step(self, serial: str, at: int) -> str:
        """What becomes of a step reading."""
        whose = self.standing(serial, at)
        if whose in (None, AMBIGUOUS, "handover"):
            return whose or "no_owner"
        told = self.of_person(whose, at)
        phones = (
            t
            for who, t in self.history.phone
            if self.person(who) == whose and self.of_phone(who, t) == "passed"
        )
        return "no_accelerometer" if told == "passed" and next(phones, None) is None else told

    def of_customers(self) -> Counter[str]:
        """What becomes of the customer records, by how many."""
        counts: Counter[str] = Counter()
        for person in {self.person(r.who) for r in self.history.records}:
            records = self.records_of(person or "")
            erased_at = self.erased_at(person or "") or -1
            newest = max(r.at for r in records)
            left = [r for r in records if r.at > erased_at]
            counts["erased"] += len(records) - len(left)
            if newest > erased_at:
                state = self.state_and_start(person or "")[0]
                told = {"GIVEN": "passed", "HOLD": "held", "UNREADABLE": "held", "WITHDRAWN": "withdrawn"}
                counts[told.get(state, "not_consented")] += 1
                counts["superseded"] += len(left) - 1
        return counts

    def standing(self, serial: str, at: int) -> str | None:
        """Whose a device was at a time: a person; or ambiguous, handover; None: nobody's."""
        return self.device(serial).standing(at)

    def device(self, serial: str) -> PlainDevice:
        told: dict[tuple[int, str], set[str]] = {}
        for record in self.history.records:
            if record.serial:
                told.setdefault((record.at, self.person(record.who) or ""), set()).add(record.serial)
        firsts = {person: min(r.at for r in self.records_of(person)) for person in {who for _, who in told}}
        return PlainDevice(serial, told, firsts)
