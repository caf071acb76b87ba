"""The proof that many lines have one shape, all at once.

A line is proved when each of its bytes is either part of a literal, and compared, or part of a
value whose characters, grammar and range were checked. What is not proved is not refused: it
is left to be read by itself.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stedi.schema.table import Column, Form
from stedi.sources.pages import Page
from stedi.sources.rules import BUCKET, PARTICIPANT, Rules
from stedi.sources.template import Shape, Template, Varying
from stedi.sources.texts import identities_of, stored_text
from stedi.sources.values import EARLIEST_MS, latest_instant
from stedi.sources.words import Mask, Positions, instants, mismatch, narrow_reals

MAX_TEXT_BYTES = 256
MAX_REAL_BYTES = 32

_PLAIN = r"^[ !#-\[\]-~]*$"
# With a point, for a whole number this long could be beyond 2^63.
_WIDE_REAL = r"^-?(0|[1-9][0-9]*)\.[0-9]+$"


@dataclass(frozen=True)
class Proved:
    """Lines of one shape.

    Attributes:
        lines: Their numbers in the page, from 0, ascending.
        columns: The staged columns of the fields they hold, and those derived from them.
        notes: How many lines had what.
    """

    lines: Positions
    columns: dict[str, pa.Array]
    notes: Counter[str]


def proved_lines(template: Template, page: Page, lines: Positions, rules: Rules) -> tuple[Proved, Positions]:
    """Prove those of `lines` that have the shape of `template`; the second part is the rest."""
    candidates = lines[page.colon_count[lines] == template.colon_count]
    spans = spans_of(template, page, candidates)
    alike = literals_match(template, page, candidates, spans)
    if not alike.all():
        candidates = candidates[alike]
        spans = [(begin[alike], end[alike]) for begin, end in spans]
    proof = np.ones(len(candidates), dtype=bool)
    columns: dict[str, pa.Array] = {}
    for varying, (begin, end) in zip(template.varying, spans, strict=True):
        found, accepted = field_of(varying, page, begin, end, rules)
        proof &= accepted
        columns |= found
    if not proof.all():
        columns = {name: column.filter(pa.array(proof)) for name, column in columns.items()}
        candidates = candidates[proof]
    notes: Counter[str] = Counter()
    for key in template.unknown:
        notes[rules.unknown_note(key)] += len(candidates)
    for column in rules.columns:
        if column.form is Form.BIRTHDAY and column.name in columns:
            notes += _birthday_notes(columns[column.name], rules)
    columns |= rules.source.derive(columns, rules.landed_at)
    rest = np.setdiff1d(lines, candidates, assume_unique=True) if len(candidates) < len(lines) else lines[:0]
    return Proved(candidates, columns, notes), rest


def _birthday_notes(days: pa.Array, rules: Rules) -> Counter[str]:
    found: Counter[str] = Counter()
    for count in days.value_counts().to_pylist():
        if note := rules.birthday_note(count["values"]):
            found[note] += count["counts"]
    return found


Span = tuple[Positions, Positions]


def spans_of(template: Template, page: Page, lines: Positions) -> list[Span]:
    """Where each value begins and ends, if the literals are where their colons say."""
    first = page.first_colon[lines]
    literal_begins = [
        page.begins[lines],
        *(page.colons[first + colon] - offset for colon, offset in template.anchors),
        page.ends[lines] - len(template.literals[-1]),
    ]
    value_begins = [
        begin + len(literal) for begin, literal in zip(literal_begins, template.literals, strict=True)
    ]
    return list(zip(value_begins[:-1], literal_begins[1:], strict=True))


def literals_match(template: Template, page: Page, lines: Positions, spans: list[Span]) -> Mask:
    """Which lines hold the literals, each where one value ends and the next begins."""
    found = mismatch(page.words, page.begins[lines], template.literals[0])
    in_order = np.ones(len(lines), dtype=bool)
    for literal, (begin, end) in zip(template.literals[1:], spans, strict=True):
        found |= mismatch(page.words, end, literal)
        in_order &= begin <= end
    result: Mask = (found == 0) & in_order
    return result


def field_of(
    varying: Varying, page: Page, begin: Positions, end: Positions, rules: Rules
) -> tuple[dict[str, pa.Array], Mask]:
    """The staged columns of a value, and for which lines it is proved; the spans must ascend."""
    column = varying.column
    if varying.shape is Shape.TEXT:
        fits = end - begin <= MAX_TEXT_BYTES
        sent = _slices(page, begin, np.where(fits, end, begin))
        if column is None:
            return {}, fits & _matches(sent, _PLAIN)
        found, accepted = _text(column, sent, rules)
        return found, fits & accepted
    numbers: Any
    if varying.shape is Shape.INSTANT:
        numbers, proof = instants(page.words, begin, end)
        if column and column.form:
            proof &= (numbers >= EARLIEST_MS) & (numbers <= latest_instant(column.form, rules.clock_ms))
    else:
        numbers, proof = _reals(page, begin, end)
    if column is None:
        return {}, proof
    if column.minimum is not None:
        proof &= numbers >= column.minimum
    if column.maximum is not None:
        proof &= numbers <= column.maximum
    return {column.name: pa.array(numbers)}, proof


def _text(column: Column, sent: pa.Array, rules: Rules) -> tuple[dict[str, pa.Array], Mask]:
    coded = sent.dictionary_encode()
    distinct, codes = coded.dictionary.to_pylist(), coded.indices
    if column is not rules.source.identity:
        found = {column.name: _coded([stored_text(text, column, rules.clock_ms) for text in distinct], codes)}
        return found, found[column.name].is_valid().to_numpy(zero_copy_only=False)
    stored, whose, bucket = zip(*identities_of(distinct, rules), strict=True) if distinct else ((), (), ())
    buckets = np.array(bucket, dtype=np.int32)[codes.to_numpy()]
    found = {column.name: _coded(stored, codes), PARTICIPANT: _coded(whose, codes), BUCKET: pa.array(buckets)}
    return found, buckets >= 0


def _coded(texts: Sequence[str | None], codes: pa.Array) -> pa.Array:
    """The text that each code names, as a dictionary in which each is told once."""
    return pa.array(texts, pa.string()).dictionary_encode().take(codes)


def _reals(page: Page, begin: Positions, end: Positions) -> tuple[Any, Mask]:
    """Numbers of any usual length: most fit a word, the others are parsed as text."""
    numbers, proof = narrow_reals(page.characters, page.words, begin, end)
    if proof.all():
        return numbers, proof
    wide = np.flatnonzero(~proof & (end - begin > 8) & (end - begin <= MAX_REAL_BYTES))
    written = _slices(page, begin[wide], end[wide])
    fine = _matches(written, _WIDE_REAL)
    wide = wide[fine]
    found = written.filter(pa.array(fine)).cast(pa.string()).cast(pa.float64())
    numbers[wide] = found.to_numpy() + 0.0
    proof[wide] = True
    return numbers, proof


def _matches(texts: pa.Array, pattern: str) -> Mask:
    found: Mask = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
    return found


def _slices(page: Page, begin: Positions, end: Positions) -> pa.Array:
    """The bytes between two places of each line, as one binary array."""
    count = len(begin)
    if not count:
        return pa.array([], pa.binary())
    # What stands between two values is a value of its own, and every other one is taken.
    offsets = np.empty(2 * count, dtype=np.int32)
    offsets[0::2], offsets[1::2] = begin, end
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(page.buffer)]
    alternating = pa.Array.from_buffers(pa.binary(), 2 * count - 1, buffers)
    return alternating.take(pa.array(np.arange(0, 2 * count - 1, 2, dtype=np.int32)))
