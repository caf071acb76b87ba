"""Whose one device is, stretch by stretch of time: from all that records ever said of it.

Every step costs the same however many people claim the device: time grows with the records.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from stedi.privacy.standing import (
    Naming,
    Standing,
    StandingPeriod,
    change_within,
    join_ambiguous,
    merge_windows,
)

DAY_MS = 24 * 3600 * 1000

GUARD_MS = DAY_MS
"""Around a hand-over nobody knows whose readings they are: transit, resale."""

TWO_CLAIM_MS = 7 * DAY_MS
"""Two people who claim a device within this time, its last instant included, dispute it."""

MANY_CLAIM_MS = 30 * DAY_MS
"""More than `SEVERAL_PEOPLE` who claim a device within this time, its last instant included, dispute it."""

SEVERAL_PEOPLE = 3

ALWAYS = 0
"""From the beginning of time."""


def stretches(told: Iterable[Naming]) -> list[StandingPeriod]:
    """Tell how a device stands, from all that was ever told of it, in any order.

    It is the person's whose record names it, from that record on; from the beginning of time when
    it is the person's first and nobody named the device before. It stays theirs until they name
    another or somebody else names it, which is a hand-over; `GUARD_MS` before and after a hand-over
    it is nobody's. It is ambiguous when a person names it beside another device, and when a person
    names it again that was no longer theirs while the newest record of somebody else names it: two
    live owners. That lasts until a person names it alone when every other who ever did has named
    another since.

    A claim is a record that names a device which was not that person's. When two people claim it
    within `TWO_CLAIM_MS`, or more than `SEVERAL_PEOPLE` within `MANY_CLAIM_MS`, it is nobody's from the
    first of these claims on, until all but one of the claimants have named another.

    What an erasure covers is nobody else's, whatever the records that are left tell of that time. Who
    claimed the device beside the erased person has it only by a newer record.
    """
    device = _Device()
    in_time = sorted(told, key=lambda n: (n.at, n.person, not n.is_first))
    covers = _Covers((n.at, n.covers_until, n.person) for n in in_time if n.covers_until is not None)
    found: list[StandingPeriod] = []
    since = ALWAYS
    for at, group in groupby(in_time, key=lambda n: n.at):
        found += covers.cut(device.stands(since, at))
        device.hear(at, list(group))
        since = at
    found += covers.cut(device.stands(since, None))
    disputes = device.disputes()
    found = join_ambiguous(
        change_within(found, disputes, {None, Standing.OWNED, Standing.AMBIGUOUS}, Standing.AMBIGUOUS)
    )
    if device.first_at is not None and device.first is not None:
        reaches_back = not (disputes and disputes[0][0] == device.first_at)
        found = _reaching_back(found, device.first_at, device.first) if reaches_back else found
    # Whoever had the device before a dispute handed it over as it began.
    changes = [*device.handovers, *(begins for begins, _ in disputes)]
    guards = merge_windows((at - GUARD_MS, at + GUARD_MS + 1) for at in changes)
    found = change_within(found, guards, {Standing.OWNED}, Standing.HANDOVER)
    return [
        replace(each, owner=None) if each.standing is Standing.ERASED else each
        for each in found
        if each.standing is not None
    ]


class _Device:
    """What is known of a device up to an instant."""

    def __init__(self) -> None:
        self.handovers: list[int] = []
        self.first_at: int | None = None
        self.first: Naming | None = None
        self._owner: Naming | None = None
        self._is_ambiguous = False
        self._ever: set[str] = set()
        # Whose newest record names it, by their last claim: when, and what they said last.
        self._live: OrderedDict[str, tuple[int, Naming]] = OrderedDict()
        self._last_claimant: str | None = None
        self._claims = _RecentClaims()
        self._begins: int | None = None
        self._late: set[str] = set()
        self._ended: list[tuple[int, int | None]] = []

    def stands(self, since: int, until: int | None) -> StandingPeriod:
        """How it stands since the last instant."""
        if self._is_ambiguous:
            return StandingPeriod(since, until, Standing.AMBIGUOUS)
        owner = self._owner
        if owner is None:
            return StandingPeriod(since, until, None)
        return StandingPeriod(since, until, Standing.ERASED if owner.is_erased else Standing.OWNED, owner)

    def disputes(self) -> list[tuple[int, int | None]]:
        """When it was disputed, in order and apart; None: it still is."""
        open_one = [] if self._begins is None else [(self._begins, None)]
        return merge_windows([*self._ended, *open_one])

    def hear(self, at: int, said: list[Naming]) -> None:
        """Take in what all records of one instant say."""
        spoken = [n for n in said if not n.only_covers]
        named = {n.person for n in spoken if n.names}
        for naming in spoken:
            if not naming.names and naming.person not in named:
                self._live.pop(naming.person, None)
        if self._owner and self._owner.person not in self._live:
            self._owner = None
        if named:
            self._named(at, [n for n in spoken if n.names])
        self._is_ambiguous = self._is_ambiguous and bool(self._live)
        was_disputed = self._begins is not None
        self._end_dispute(at)
        if any(n.bars for n in said) and (self._owner or was_disputed):
            self._owner, self._is_ambiguous = None, bool(self._live)

    def _named(self, at: int, naming: list[Naming]) -> None:
        by_person = {n.person: n for n in reversed(naming)}
        claimants = [p for p in by_person if p not in self._live or p != self._last_claimant]
        known = [p for p in claimants if p in self._ever]
        several = any(n.several for n in naming)
        if self.first_at is None:
            self.first_at = at
            only = next(iter(by_person.values()))
            self.first = only if len(by_person) == 1 and only.is_first and not several else None
        self._ever.update(by_person)
        for person, said in by_person.items():
            claimed_at = at if person in claimants else self._live[person][0]
            self._live[person] = (claimed_at, said)
        for person in claimants:
            self._live.move_to_end(person)
            if by_person[person].covers_until is None:
                self._claim(at, person)
        if claimants:
            self._last_claimant = claimants[0] if len(claimants) == 1 else None
        sole = next(iter(by_person.values())) if len(by_person) == 1 and not several else None
        if sole and self._owner and sole.person == self._owner.person and not claimants:
            return
        if len(self._ever) > 1 and any(n.covers_until is None for n in naming):
            self.handovers.append(at)
        turned = bool(known) and len(self._live) > 1
        all_claim = len(claimants) == len(by_person)
        if several or turned or not (sole or all_claim):
            self._is_ambiguous = True
        elif self._is_ambiguous:
            self._is_ambiguous = sole is None or len(self._live) > 1
        self._owner = None if self._is_ambiguous else sole

    def _claim(self, at: int, person: str) -> None:
        begins = self._claims.add(at, person)
        if begins is None:
            if self._begins is not None:
                self._late.add(person)
            return
        if self._begins is None:
            self._late = set()
        self._begins = begins if self._begins is None else min(begins, self._begins)

    def _end_dispute(self, at: int) -> None:
        """End a dispute when all but one of its claimants have named another."""
        if self._begins is None:
            return
        newest = [self._live[p] for _, p in zip(range(2), reversed(self._live), strict=False)]
        if len(newest) == 2 and newest[1][0] >= self._begins:
            return
        left = newest[0][1] if newest and newest[0][0] >= self._begins else None
        self.handovers.append(at)
        self._ended.append((self._begins, at))
        self._begins = None
        if left and self._late - {left.person}:
            self._is_ambiguous = True
        self._owner = None if self._is_ambiguous else left
        if self._owner:
            self._last_claimant = self._owner.person


class _RecentClaims:
    """The claims of a device in the last days."""

    def __init__(self) -> None:
        # Claims of one person that nobody else's lie between, together.
        self._runs: deque[tuple[str, deque[int]]] = deque()
        self._many: deque[tuple[int, str]] = deque()
        self._counts: dict[str, int] = {}

    def add(self, at: int, person: str) -> int | None:
        """Add a claim, none of them older than the last; return since when it makes a dispute, if it does."""
        while self._runs and self._runs[0][1][0] < at - TWO_CLAIM_MS:
            self._runs[0][1].popleft()
            if not self._runs[0][1]:
                self._runs.popleft()
        while self._many and self._many[0][0] < at - MANY_CLAIM_MS:
            _, gone = self._many.popleft()
            self._counts[gone] -= 1
            if not self._counts[gone]:
                del self._counts[gone]
        # Runs change their person, so one of the first two is somebody else's.
        begins = [times[0] for _, (who, times) in zip(range(2), self._runs, strict=False) if who != person][
            :1
        ]
        if self._runs and self._runs[-1][0] == person:
            self._runs[-1][1].append(at)
        else:
            self._runs.append((person, deque([at])))
        self._many.append((at, person))
        self._counts[person] = self._counts.get(person, 0) + 1
        if len(self._counts) > SEVERAL_PEOPLE:
            begins.append(self._many[0][0])
        return min(begins, default=None)


class _Covers:
    """What erasures cover of a device; asked of stretches in the order of time."""

    def __init__(self, covers: Iterable[tuple[int, int, str]]) -> None:
        self._coming = deque(covers)
        self._active: list[tuple[int, str]] = []

    def cut(self, stretch: StandingPeriod) -> Iterator[StandingPeriod]:
        """The stretch as it stands beside them; an erasure's begin and end are instants of their own."""
        if stretch.since == stretch.until:
            return
        while self._coming and self._coming[0][0] <= stretch.since:
            _, ends, person = self._coming.popleft()
            self._active.append((ends, person))
        self._active = [each for each in self._active if each[0] > stretch.since]
        people = {person for _, person in self._active}
        if people and (stretch.owner is None or stretch.owner.person not in people):
            yield StandingPeriod(stretch.since, stretch.until, Standing.ERASED)
        else:
            yield stretch


def _reaching_back(found: list[StandingPeriod], first_at: int, first: Naming) -> list[StandingPeriod]:
    """Let the first owner's first stretch begin with time itself, where nothing else is told of it."""
    n = next((n for n, each in enumerate(found) if each.since >= first_at), 0)
    begins = n
    while begins and found[begins - 1].standing is None:
        begins -= 1
    stretch = found[n]
    if begins == n or stretch.since != first_at or stretch.standing is not Standing.OWNED:
        return found
    if stretch.owner is None or stretch.owner.person != first.person:
        return found
    return [*found[:begins], replace(stretch, since=found[begins].since), *found[n + 1 :]]
