"""Every physical line of a landed file, and every reading of an envelope, with exactly one verdict each."""

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from stedi.schema.arrow import coded_schema
from stedi.schema.table import Table
from stedi.sources.envelopes import ITEM, Envelope, envelope_of
from stedi.sources.many_envelopes import EnvelopeTemplate, envelope_template_of, proved_envelopes
from stedi.sources.pages import Page, pages
from stedi.sources.proof import Proved, proved_lines
from stedi.sources.reasons import Reason
from stedi.sources.rules import Opened, Row, Rules
from stedi.sources.source import Source
from stedi.sources.strict_json import MAX_LINE_BYTES
from stedi.sources.template import Template, template_of
from stedi.sources.words import Positions

BLOCK_BYTES = 1 << 21
"""How much of a file is read at once: enough for numpy, little enough for the cache."""
BLOCK_LINES = 1 << 16
"""How many lines a block may have: short ones cost more memory than their bytes."""
SHAPES = 32
"""How many shapes of lines a file may teach."""

LINE = "_line"
FILE = "_file_sha256"
REFUSED = pa.schema(
    [(LINE, pa.int64()), (ITEM, pa.int32()), ("reason", pa.string()), ("raw", pa.binary()),
     ("envelope_of", pa.string())]
)  # fmt: skip


@dataclass(frozen=True)
class Block:
    """Consecutive lines of a file.

    `lines = plain + envelopes`, and `plain + readings` = rows accepted + rows refused + `blank`.

    Attributes:
        accepted: The staged columns in order, without the file's.
        refused: `_line`, `_item`, `reason` (a `Reason`) and `raw`, the line's first `MAX_LINE_BYTES` bytes
            without its newline; of a reading its own bytes, and whose its envelope says it is.
        lines: Physical lines; one ends at a newline or with the file.
        plain: Lines that are no envelope, or a broken one, which is refused whole.
        envelopes: The other lines.
        readings: What stands in the envelopes, of whatever kind.
        blank: Lines of nothing but spaces and tabs, and nulls in envelopes.
        notes: How many had what: `unknown:<field>`, `birthday_implausible`, `empty_envelope`.
    """

    accepted: pa.RecordBatch
    refused: pa.RecordBatch
    lines: int
    plain: int
    envelopes: int
    readings: int
    blank: int
    notes: Counter[str]


def accepted_schema(staged: Table) -> pa.Schema:
    """The columns of accepted lines: those of the staged table, without the file's; texts as dictionaries."""
    return pa.schema([field for field in coded_schema(staged) if field.name != FILE])


def read_blocks(
    stream: BinaryIO,
    source: Source,
    *,
    landed_at: int,
    buckets: int,
    clock_ms: int | None = None,
    block_bytes: int = BLOCK_BYTES,
    shapes: int = SHAPES,
    wrong_clocks: Set[str] = frozenset(),
) -> Iterator[Block]:
    """Read a landed file, in memory that neither its size nor a line's length makes grow.

    Lines whose shape was seen before are proved many at a time; the others are read one by
    one, with the same verdict and the same values.

    Args:
        stream: The file's uncompressed content; a byte order mark is skipped.
        source: What was declared of its lines.
        landed_at: When the file landed, UTC ms.
        buckets: Number of buckets of the lake.
        clock_ms: What the clock said then, UTC ms, where it was behind: later times are refused.
        block_bytes: How much is read at once, below 1 GiB.
        shapes: How many shapes are learnt from this file; 0 reads every line by itself.
        wrong_clocks: Whose readings are refused, for the file tells that their clock does not count ms.
    """
    reader = _Reader(Rules(source, landed_at, buckets, clock_ms, wrong_clocks), shapes)
    first_line = 1
    for buffer in pages(stream, block_bytes):
        for page in Page.of(buffer).parts(BLOCK_LINES):
            block = reader.block(page, first_line)
            first_line += block.lines
            yield block


class _Reader:
    """Reads the pages of one file; what it learns from one serves the next."""

    def __init__(self, rules: Rules, shapes: int) -> None:
        self._rules = rules
        self._templates: list[Template] = []
        self._envelopes: list[EnvelopeTemplate] = []
        self._shapes = shapes
        self._schema = accepted_schema(rules.source.staged)

    def block(self, page: Page, first_line: int) -> Block:
        """The verdicts on the lines of a page, the first of which is line `first_line`."""
        verdicts = _Verdicts(self._schema, first_line)
        lines = len(page.ends)
        waiting = np.flatnonzero(page.ends > page.begins)
        verdicts.blank = lines - len(waiting)
        for template in self._templates:
            waiting = self._prove(template, page, waiting, verdicts)
        for shape in self._envelopes:
            waiting = self._prove_envelopes(shape, page, waiting, verdicts)
        while len(waiting):
            number, waiting = int(waiting[0]), waiting[1:]
            line = page.line(number)
            # Of a longer line only the beginning is here: what follows the blanks may be a record.
            if len(line) <= MAX_LINE_BYTES and not line.removesuffix(b"\r").strip(b" \t"):
                verdicts.blank += 1
                continue
            if envelope := envelope_of(line) if self._rules.source.has_envelopes else None:
                opened = self._rules.read_envelope(line, envelope)
                verdicts.add_opened(number, line, opened)
                if new := self._learnt_envelope(line, envelope, opened):
                    waiting = self._prove_envelopes(new, page, waiting, verdicts)
                continue
            verdict = self._rules.read(line)
            if isinstance(verdict, Row) and (learnt := self._learnt(line)):
                # With the line itself: a file of one shape is proved in one piece, in its order.
                left = self._prove(learnt, page, np.append(number, waiting), verdicts)
                waiting = left[1:] if (is_left := number in left[:1]) else left
                if not is_left:
                    continue
            verdicts.add(number, line, verdict)
        return verdicts.block(lines)

    def _learnt_envelope(
        self, line: bytes, envelope: Envelope, opened: Opened | Reason
    ) -> EnvelopeTemplate | None:
        if isinstance(opened, Reason) or not all(isinstance(verdict, Row) for verdict in opened.readings):
            return None
        if len(self._templates) + len(self._envelopes) >= self._shapes:
            return None
        shape = envelope_template_of(line, envelope, self._rules)
        if shape is None or shape in self._envelopes:
            return None
        self._envelopes.append(shape)
        return shape

    def _prove_envelopes(
        self, shape: EnvelopeTemplate, page: Page, waiting: Positions, verdicts: "_Verdicts"
    ) -> Positions:
        if not len(waiting):
            return waiting
        proved, rest = proved_envelopes(shape, page, waiting, self._rules)
        verdicts.add_proved(proved.readings)
        verdicts.envelopes += len(proved.lines)
        verdicts.readings += len(proved.readings.lines)
        return rest

    def _learnt(self, line: bytes) -> Template | None:
        if len(self._templates) + len(self._envelopes) >= self._shapes:
            return None
        template = template_of(line, self._rules)
        if template is None or template in self._templates:
            return None
        self._templates.append(template)
        return template

    def _prove(self, template: Template, page: Page, waiting: Positions, verdicts: "_Verdicts") -> Positions:
        if not len(waiting):
            return waiting
        proved, rest = proved_lines(template, page, waiting, self._rules)
        verdicts.add_proved(proved)
        return rest


class _Verdicts:
    """The verdicts on the lines of a page, as they are found."""

    def __init__(self, schema: pa.Schema, first_line: int) -> None:
        self.blank = self.envelopes = self.readings = 0
        self._blank_readings = 0
        self._schema = schema
        self._first_line = first_line
        self._rows: list[tuple[int, int | None, Row]] = []
        self._refused: list[tuple[int, int | None, Reason, bytes, str | None]] = []
        self._proved: list[Proved] = []
        self._notes: Counter[str] = Counter()

    def add(self, number: int, line: bytes, verdict: Row | Reason) -> None:
        if isinstance(verdict, Reason):
            refused = (self._first_line + number, None, verdict, line[:MAX_LINE_BYTES], None)
            self._refused.append(refused)
        else:
            self._rows.append((number, None, verdict))
            self._notes.update(verdict.notes)

    def add_opened(self, number: int, line: bytes, opened: Opened | Reason) -> None:
        if isinstance(opened, Reason):
            self.add(number, line, opened)
            return
        self.envelopes += 1
        self.readings += len(opened.readings)
        self._notes.update(opened.notes)
        line_number = self._first_line + number
        for item, (raw, verdict) in enumerate(zip(opened.raw, opened.readings, strict=True), start=1):
            if verdict is None:
                self._blank_readings += 1
            elif isinstance(verdict, Reason):
                self._refused.append((line_number, item, verdict, raw, opened.whose))
            else:
                self._rows.append((number, item, verdict))
                self._notes.update(verdict.notes)

    def add_proved(self, proved: Proved) -> None:
        if len(proved.lines):
            self._proved.append(proved)
            self._notes += proved.notes

    def block(self, lines: int) -> Block:
        parts = [self._batch(proved.lines, proved.columns) for proved in self._proved]
        if self._rows or not parts:
            parts.append(self._batch_of_rows())
        told = [list(column) for column in zip(*self._refused, strict=True)] or [[] for _ in REFUSED]
        accepted, refused = _in_order(parts), pa.record_batch(told, schema=REFUSED)
        return Block(
            accepted,
            refused,
            lines,
            plain=_of_lines(accepted) + _of_lines(refused) + self.blank,
            envelopes=self.envelopes,
            readings=self.readings,
            blank=self.blank + self._blank_readings,
            notes=self._notes,
        )

    def _batch(self, numbers: Positions, columns: dict[str, pa.Array]) -> pa.RecordBatch:
        found: dict[str, Any] = {**columns, LINE: pa.array(numbers + self._first_line)}
        return pa.record_batch(
            [found[f.name] if f.name in found else pa.nulls(len(numbers), f.type) for f in self._schema],
            schema=self._schema,
        )

    def _batch_of_rows(self) -> pa.RecordBatch:
        numbers = np.array([number for number, _, _ in self._rows], dtype=np.int64)
        columns = {
            f.name: pa.array([row.values[f.name] for _, _, row in self._rows], f.type)
            for f in self._schema
            if f.name not in (LINE, ITEM)
        }
        columns[ITEM] = pa.array([item for _, item, _ in self._rows], pa.int32())
        return self._batch(numbers, columns)


def _of_lines(rows: pa.RecordBatch) -> int:
    """How many rows are a line of their own, and not a reading of an envelope."""
    count: int = rows.column(ITEM).null_count if ITEM in rows.schema.names else rows.num_rows
    return count


def _in_order(parts: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(parts) == 1:
        return parts[0]
    together = pa.Table.from_batches(parts).combine_chunks()
    # Readings of an envelope stand together already, in their order.
    order = np.argsort(together[LINE].to_numpy(), kind="stable")
    return together.take(order).combine_chunks().to_batches()[0]
