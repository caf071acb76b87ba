"""Lines that landed after a request and that it does not cover: later readings and later records."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from stedi.erasure.zones import LANDED_LINES
from stedi.landing import customer
from stedi.pipeline.ledger import Ledger
from stedi.pipeline.suppressing import Suppressor
from stedi.places import name_in
from stedi.privacy.suppression import covered_until
from stedi.prover.rows import RowSearch
from stedi.prover.search import Search
from stedi.prover.traces import Kind
from stedi.sources.examining import Examined, examined
from stedi.sources.lines import LINE, read_blocks
from stedi.sources.listing import ListedFile, listed
from stedi.sources.opening import FileChangedError, opened
from stedi.sources.strict_json import MAX_LINE_BYTES
from stedi.sources.verdicts import FileVerdict
from stedi.store.store import Store
from stedi.tables import SOURCES

if TYPE_CHECKING:
    from stedi.erasure.steps import Carried


CHANGED_AT = "effective_at"


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
    search, rows = Search([traces]), RowSearch([traces])
    identities = {text.text.casefold() for text in traces.texts if text.kind in (Kind.EMAIL, Kind.SERIAL)}
    landing = lake.landing.resolve()
    paths: set[str] = set()
    lines = 0
    for file in listed(landing, SOURCES, settle_s=0):
        known = ledger.unchanged(suppressor.known_as(file))
        if file.verdict is FileVerdict.REFUSED or (known and known.landed_at <= requested_at):
            continue
        try:
            seen = examined(file, SOURCES)
            if not isinstance(seen, Examined) or search.found(file.path.encode(), text=False):
                continue
            later = set(_later(file, seen, suppressor, identities, requested_at, now_ms, lake.buckets))
            with opened(file, seen) as stream:
                theirs = _lines_that_hold(stream, search, rows)
        except (OSError, FileChangedError):
            continue
        if theirs and later.issuperset(theirs):
            paths.add(name_in(file.file, landing))
            lines += len(theirs)
    return LaterLines(frozenset(paths), lines)


def _later(
    file: ListedFile,
    seen: Examined,
    suppressor: Suppressor,
    identities: Set[str],
    requested_at: int,
    now_ms: int,
    buckets: int,
) -> Iterator[int]:
    """Lines of the person of which all that they hold is later."""
    staged = file.source.staged
    moment = CHANGED_AT if file.source is customer.SOURCE else str(staged.moment)
    since = requested_at + 1 if file.source is customer.SOURCE else covered_until(requested_at)
    with opened(file, seen) as stream:
        for block in read_blocks(stream, file.source, landed_at=now_ms, buckets=buckets):
            rows = block.accepted
            other = set(block.refused.column(LINE).to_pylist())
            later = set[int]()
            told = zip(
                rows.column(LINE).to_pylist(),
                rows.column(str(staged.participant)).to_pylist(),
                rows.column(moment).to_pylist(),
                suppressor.accepted(file.source.name, rows).tolist(),
                strict=True,
            )
            for line, whose, at, is_covered in told:
                is_later = whose.casefold() in identities and at >= since and not is_covered
                (later if is_later else other).add(line)
            yield from later - other


def _lines_that_hold(stream: BinaryIO, search: Search, rows: RowSearch) -> list[int]:
    """Numbers of the lines that hold the person, from 1; none where a line is too long to be accepted."""
    found: list[int] = []
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 2):
        number += 1
        if len(line.removesuffix(b"\n")) > MAX_LINE_BYTES:
            return []
        traces: Any = search.found(line, text=True) + rows.in_lines(line)
        if any(not trace.shared for trace in traces):
            found.append(number)
    return found
