"""Every physical line of a landed file, with exactly one verdict each."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from stedi.schema.arrow import arrow_type
from stedi.schema.table import Table
from stedi.sources.pages import Page, pages
from stedi.sources.proof import Proved, proved_lines
from stedi.sources.reasons import Reason
from stedi.sources.rules import Row, Rules
from stedi.sources.source import Source
from stedi.sources.strict_json import MAX_LINE_BYTES
from stedi.sources.template import Template, template_of
from stedi.sources.texts import Texts
from stedi.sources.words import Positions

BLOCK_BYTES = 1 << 21
"""How much of a file is read at once: enough for numpy, little enough for the cache."""
BLOCK_LINES = 1 << 16
"""How many lines a block may have: short ones cost more memory than their bytes."""
SHAPES = 32
"""How many shapes of lines a file may teach."""

LINE = "_line"
FILE = "_file_sha256"
REFUSED = pa.schema([(LINE, pa.int64()), ("reason", pa.string()), ("raw", pa.binary())])


@dataclass(frozen=True)
class Block:
    """Consecutive lines of a file; `lines` = rows accepted + rows refused + `blank`.

    Attributes:
        accepted: The staged columns in order, without the file's.
        refused: `_line`, `reason` (a `Reason`) and `raw`, the line's first `MAX_LINE_BYTES`
            bytes without its newline.
        lines: Physical lines; one ends at a newline or with the file.
        blank: Lines of nothing but spaces and tabs.
        notes: How many accepted lines had what: `unknown:<field>`, `birthday_implausible`.
    """

    accepted: pa.RecordBatch
    refused: pa.RecordBatch
    lines: int
    blank: int
    notes: Counter[str]


def accepted_schema(staged: Table) -> pa.Schema:
    """The columns of accepted lines: those of the staged table, without the file's."""
    return pa.schema([(c.name, arrow_type(c.type)) for c in staged.columns if c.name != FILE])


def read_blocks(
    stream: BinaryIO,
    source: Source,
    *,
    landed_at: int,
    buckets: int,
    block_bytes: int = BLOCK_BYTES,
    shapes: int = SHAPES,
) -> Iterator[Block]:
    """Read a landed file, in memory that neither its size nor a line's length makes grow.

    Lines whose shape was seen before are proved many at a time; the others are read one by
    one, with the same verdict and the same values.

    Args:
        stream: The file's uncompressed content; a byte order mark is skipped.
        source: What was declared of its lines.
        landed_at: When the file landed, UTC ms.
        buckets: Number of buckets of the lake.
        block_bytes: How much is read at once, below 1 GiB.
        shapes: How many shapes are learnt from this file; 0 reads every line by itself.
    """
    reader = _Reader(Rules(source, landed_at, buckets), shapes)
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
        self._texts = Texts(rules)
        self._templates: list[Template] = []
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
        while len(waiting):
            number, waiting = int(waiting[0]), waiting[1:]
            line = page.line(number)
            if not line.removesuffix(b"\r").strip(b" \t"):
                verdicts.blank += 1
                continue
            verdict = self._rules.read(line)
            verdicts.add(number, line, verdict)
            if isinstance(verdict, Row) and (learnt := self._learnt(line)):
                waiting = self._prove(learnt, page, waiting, verdicts)
        return verdicts.block(lines)

    def _learnt(self, line: bytes) -> Template | None:
        if len(self._templates) >= self._shapes:
            return None
        template = template_of(line, self._rules)
        if template is None or template in self._templates:
            return None
        self._templates.append(template)
        return template

    def _prove(self, template: Template, page: Page, waiting: Positions, verdicts: "_Verdicts") -> Positions:
        if not len(waiting):
            return waiting
        proved, rest = proved_lines(template, page, waiting, self._rules, self._texts)
        verdicts.add_proved(proved)
        return rest


class _Verdicts:
    """The verdicts on the lines of a page, as they are found."""

    def __init__(self, schema: pa.Schema, first_line: int) -> None:
        self.blank = 0
        self._schema = schema
        self._first_line = first_line
        self._rows: list[tuple[int, Row]] = []
        self._refused: list[tuple[int, Reason, bytes]] = []
        self._proved: list[Proved] = []
        self._notes: Counter[str] = Counter()

    def add(self, number: int, line: bytes, verdict: Row | Reason) -> None:
        if isinstance(verdict, Reason):
            self._refused.append((self._first_line + number, verdict, line[:MAX_LINE_BYTES]))
        else:
            self._rows.append((number, verdict))
            self._notes.update(verdict.notes)

    def add_proved(self, proved: Proved) -> None:
        if len(proved.lines):
            self._proved.append(proved)
            self._notes += proved.notes

    def block(self, lines: int) -> Block:
        parts = [self._batch(proved.lines, proved.columns) for proved in self._proved]
        if self._rows or not parts:
            parts.append(self._batch_of_rows())
        refused = [list(column) for column in zip(*self._refused, strict=True)] or [[], [], []]
        return Block(
            _in_order(parts), pa.record_batch(refused, schema=REFUSED), lines, self.blank, self._notes
        )

    def _batch(self, numbers: Positions, columns: dict[str, pa.Array]) -> pa.RecordBatch:
        found: dict[str, Any] = {**columns, LINE: pa.array(numbers + self._first_line)}
        return pa.record_batch(
            [found[f.name] if f.name in found else pa.nulls(len(numbers), f.type) for f in self._schema],
            schema=self._schema,
        )

    def _batch_of_rows(self) -> pa.RecordBatch:
        numbers = np.array([number for number, _ in self._rows], dtype=np.int64)
        columns = {
            f.name: pa.array([row.values[f.name] for _, row in self._rows], f.type)
            for f in self._schema
            if f.name != LINE
        }
        return self._batch(numbers, columns)


def _in_order(parts: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(parts) == 1:
        return parts[0]
    together = pa.Table.from_batches(parts).combine_chunks()
    order = np.argsort(together[LINE].to_numpy())
    return together.take(order).combine_chunks().to_batches()[0]
