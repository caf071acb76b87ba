"""Stretches of time in which a device stands in one way, and how they are cut and joined."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Standing(StrEnum):
    """How a device stands for a while; where none is told nobody owns it."""

    OWNED = "owned"
    AMBIGUOUS = "ambiguous"
    HANDOVER = "handover"
    ERASED = "erased"


@dataclass(frozen=True)
class Naming:
    """What a person's records of one instant say of a device.

    Attributes:
        at: The instant, UTC ms.
        person: Whose records they are.
        person_bucket: The person's bucket; None for an erased one.
        names: Whether they name the device; else they name another, and it is no longer theirs.
        several: Whether they name more than one.
        is_first: Whether they are the person's first.
        is_erased: Whether nothing is left of the person but the request.
        covers_until: Up to, not including, when an erasure covers the device from here on, UTC ms; None:
            no erasure tells this.
        bars: Whether it ends what an erasure covers while others claim the device.
        only_covers: Whether it tells what an erasure covers and nothing else: who named the device is told
            by the claims that the request keeps.
    """

    at: int
    person: str
    person_bucket: int | None
    names: bool
    several: bool = False
    is_first: bool = False
    is_erased: bool = False
    covers_until: int | None = None
    bars: bool = False
    only_covers: bool = False


@dataclass(frozen=True)
class StandingPeriod:
    """A stretch of time, UTC ms, half-open, in which a device stands in one way; `until` None: no end."""

    since: int
    until: int | None
    standing: Standing | None
    owner: Naming | None = None


def merge_windows(windows: Iterable[tuple[int, int | None]]) -> list[tuple[int, int | None]]:
    """Stretches of time in order, those that overlap or touch joined."""
    found: list[tuple[int, int | None]] = []
    for begin, end in sorted(windows, key=lambda window: window[0]):
        if found and (found[-1][1] is None or begin <= found[-1][1]):
            last = found[-1][1]
            found[-1] = (found[-1][0], None if last is None or end is None else max(last, end))
        else:
            found.append((begin, end))
    return found


def change_within(
    found: Iterable[StandingPeriod],
    windows: list[tuple[int, int | None]],
    of: set[Standing | None],
    becomes: Standing,
) -> list[StandingPeriod]:
    """Let what lies within some windows stand otherwise; stretches and windows are in order and apart."""
    if not windows:
        return list(found)
    result: list[StandingPeriod] = []
    passed = 0
    for stretch in found:
        since, until = stretch.since, stretch.until
        stop: int | None = since
        while passed < len(windows) and _ends_by(windows[passed][1], since):
            passed += 1
        for n in range(passed, len(windows)) if stretch.standing in of else ():
            begin, end = windows[n]
            if _ends_by(until, max(begin, since)):
                break
            if since < begin:
                result.append(replace(stretch, since=since, until=begin))
            stop = until if end is None or _ends_by(until, end) else end
            result.append(StandingPeriod(max(since, begin), stop, becomes))
            if stop is None:
                break
            since = stop
        if stop is not None and not _ends_by(until, since):
            result.append(replace(stretch, since=since))
    return result


def _ends_by(until: int | None, at: int) -> bool:
    return until is not None and until <= at


def join_ambiguous(found: Iterable[StandingPeriod]) -> list[StandingPeriod]:
    """Ambiguous stretches that touch, as one."""
    result: list[StandingPeriod] = []
    for stretch in found:
        last = result[-1] if result else None
        if last and last.standing is stretch.standing is Standing.AMBIGUOUS and last.until == stretch.since:
            result[-1] = replace(last, until=stretch.until)
        else:
            result.append(stretch)
    return result
