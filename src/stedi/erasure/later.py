"""Lines that landed after a request and that it does not cover: later readings and later records."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from stedi.erasure.landed_lines import batches, later_rows
from stedi.erasure.person_finder import PersonFinder
from stedi.erasure.zones import LANDED_LINES
from stedi.ground.places import name_in
from stedi.prover.search import Search
from stedi.sources.examining import Examined, examined
from stedi.sources.lines import LINE, read_blocks
from stedi.sources.listing import ListedFile, listed
from stedi.sources.opening import FileChangedError, open_content
from stedi.sources.verdicts import FileVerdict
from stedi.staging.ledger import Ledger
from stedi.staging.reading import positions, without_erased
from stedi.store.store import Store
from stedi.suppression.suppressing import Suppressor
from stedi.tables import SOURCES

if TYPE_CHECKING:
    from stedi.erasure.steps import Carried


@dataclass(frozen=True)
class LaterLines:
    """Landed files in which a person stands in lines alone that a request does not cover.

    Attributes:
        paths: The files, by their path inside the landing zone.
        lines: How many such lines they hold.
    """

    paths: frozenset[str] = frozenset()
    lines: int = 0

    def told(self, rows: Mapping[str, int | None]) -> dict[str, Any]:
        """What a certificate says of them, with the rows that were counted, these lines among them."""
        counted = rows[LANDED_LINES]
        with_later = {**rows, LANDED_LINES: None if counted is None else counted + self.lines}
        return {"rows_after": with_later, "later": {"files": len(self.paths), "lines": self.lines}}


def later_lines(this: "Carried", store: Store) -> LaterLines:
    """Find the files that landed after a request and hold its person in later lines, and nowhere else.

    While a procedure goes on, or waits to be resumed, a device may still send, and somebody may register
    anew. A line is later when it is accepted, the suppression list does not hold it, and its own time is
    after what the request covers. A file that holds the person in another line, or in its name, is left out.

    Args:
        this: The procedure; what a withdrawal leaves is no concern of it.
        store: The tables of the lake.
    """
    if not this.erases:
        return LaterLines()
    lake, traces, suppressor = this.lake, this.traces, this.suppressor
    requested_at, now_ms = this.procedure.requested_at, this.clock()
    ledger = Ledger.of(store)
    search, finder = Search([traces]), this.finder_in(store)
    landing = lake.landing.resolve()
    paths: set[str] = set()
    lines = 0
    for file in listed(landing, SOURCES, settle_s=0):
        known = ledger.unchanged(suppressor.known_as(file))
        if file.verdict is FileVerdict.REFUSED or (known and known.landed_at <= requested_at):
            continue
        try:
            seen = examined(file, SOURCES)
            if not isinstance(seen, Examined) or search.found(file.path.encode(), text=False, weak=False):
                continue
            later = set(_later(file, seen, suppressor, finder, now_ms, lake.buckets))
            with open_content(file, seen) as stream:
                theirs = _lines_that_hold(stream, finder)
        except (OSError, FileChangedError):
            continue
        if theirs and later.issuperset(theirs):
            paths.add(name_in(file.file, landing))
            lines += len(theirs)
    return LaterLines(frozenset(paths), lines)


def _later(
    file: ListedFile, seen: Examined, suppressor: Suppressor, finder: PersonFinder, now_ms: int, buckets: int
) -> Iterator[int]:
    """Lines of the person of which all that they hold is later."""
    with open_content(file, seen) as stream:
        for block in read_blocks(stream, file.source, landed_at=now_ms, buckets=buckets):
            kept, erased, _ = without_erased(block, file.source, suppressor)
            there = later_rows(file.source, kept.accepted, finder)
            lines = set(block.accepted.column(LINE).to_pylist())
            other = set(positions(kept.accepted)) - there
            yield from lines - {line for line, _ in (*other, *erased, *positions(block.refused))}


def _lines_that_hold(stream: BinaryIO, finder: PersonFinder) -> list[int]:
    """Numbers of the lines that hold the person, from 1."""
    found: list[int] = []
    for batch in batches(stream, ()):
        found += [batch[n][0] for n in finder.which([line for _, line in batch])]
    return found
