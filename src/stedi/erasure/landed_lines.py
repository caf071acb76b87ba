"""Which lines and readings of a landed file hold a person, beside those whose they are."""

from collections.abc import Collection, Iterator
from typing import Any, BinaryIO

from stedi.decoding.cutting import goes_on
from stedi.erasure.person_finder import PersonFinder
from stedi.landing import customer
from stedi.sources.emptying import TEXTS, WHOLE, Position
from stedi.sources.envelopes import envelope_of, without_readings
from stedi.sources.examining import Examined
from stedi.sources.lines import read_blocks
from stedi.sources.listing import ListedFile
from stedi.sources.opening import open_content
from stedi.sources.source import Source
from stedi.staging.reading import positions, without_erased
from stedi.suppression.suppressing import Suppressor

TOGETHER_BYTES = 1 << 20
CHANGED_AT = "effective_at"


def positions_to_empty(
    file: ListedFile,
    seen: Examined,
    suppressor: Suppressor,
    finder: PersonFinder,
    *,
    landed_at: int,
    buckets: int,
) -> set[Position]:
    """Where a file holds an erased person: their lines and readings, and texts in lines of others.

    Raises:
        FileChangedError: It changed since it was examined.
    """
    gone: set[Position] = set()
    refused: set[Position] = set()
    later: set[Position] = set()
    with open_content(file, seen) as stream:
        for block in read_blocks(stream, file.source, landed_at=landed_at, buckets=buckets):
            block, erased, _ = without_erased(block, file.source, suppressor)
            gone |= set(erased)
            refused |= set(positions(block.refused))
            later |= later_rows(file.source, block.accepted, finder)
    passed = {line for line, item in gone | later if item == WHOLE}
    with open_content(file, seen) as stream:
        for batch in batches(stream, passed):
            for n in finder.which([line for _, line in batch]):
                number, line = batch[n]
                gone |= _in_line(number, line, gone, refused, later, finder)
    return gone


def later_rows(source: Source, rows: Any, finder: PersonFinder) -> set[Position]:
    """Where accepted rows of the person stand that came after the request."""
    import pyarrow.compute as pc

    staged = source.staged
    moment = CHANGED_AT if source is customer.SOURCE else str(staged.moment)
    participants = rows.column(str(staged.participant))
    if not any(map(finder.is_person, pc.unique(participants).to_pylist())):
        return set()
    whose, at = participants.to_pylist(), rows.column(moment).to_pylist()
    told = zip(positions(rows), whose, at, strict=True)
    return {place for place, each, time in told if finder.is_later(source, each, time)}


def _in_line(
    number: int,
    line: bytes,
    gone: Collection[Position],
    refused: Collection[Position],
    later: Collection[Position],
    finder: PersonFinder,
) -> set[Position]:
    """The readings of a line that hold the person, or the line, or the texts in it."""
    envelope = envelope_of(line)
    if envelope is None:
        if (number, WHOLE) in refused or finder.without(line) is None:
            return {(number, WHOLE)}
        return {(number, TEXTS)}
    places = {place for place, _ in enumerate(envelope.items, start=1) if (number, place) in gone}
    found: set[Position] = set()
    kept = {place for place, _ in enumerate(envelope.items, start=1) if (number, place) in later}
    for place, (begin, end) in enumerate(envelope.items, start=1):
        if place in places or place in kept or not finder.holds(line[begin:end]):
            continue
        if (number, place) in refused or finder.without(line[begin:end]) is None:
            found.add((number, place))
            places.add(place)
    left = without_readings(line, places | kept) if places | kept else line
    if not left or not finder.holds(left):
        return found
    return found | {(number, TEXTS if finder.without(left) is not None else WHOLE)}


def batches(stream: BinaryIO, passed: Collection[int]) -> Iterator[list[tuple[int, bytes]]]:
    """Lines with their numbers, some at a time, without those that go anyway."""
    batch: list[tuple[int, bytes]] = []
    size = 0
    for number, line in enumerate(_lines(stream), start=1):
        if line and number not in passed:
            batch.append((number, line))
            size += len(line)
        # What goes on over the ends of lines stays together.
        if size >= TOGETHER_BYTES and (size >= 8 * TOGETHER_BYTES or not goes_on(line)):
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    held: list[bytes] = []
    while block := stream.read(TOGETHER_BYTES):
        first, *rest = block.split(b"\n")
        held.append(first)
        for line in rest:
            yield b"".join(held)
            held = [line]
    if held:
        yield b"".join(held)
