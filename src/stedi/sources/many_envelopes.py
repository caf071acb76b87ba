"""The proof that many envelopes have one shape: their readings are proved as lines are.

What stands in an envelope is cut at its braces. Where every piece is proved to be an object of the
learnt shape, and what stands between and around the pieces is what it must be, the cut was right: JSON
has one reading. An envelope of which anything is not proved is left to be read by itself.
"""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from stedi.sources.envelopes import ITEM, Envelope, names_readings
from stedi.sources.pages import Page
from stedi.sources.proof import Proved, Span, field_of, literals_match, proved_lines, spans_of
from stedi.sources.rules import Rules
from stedi.sources.strict_json import MAX_LINE_BYTES
from stedi.sources.template import Shape, Template, Varying, template_of
from stedi.sources.words import Mask, Positions, mismatch


@dataclass(frozen=True)
class EnvelopeTemplate:
    """An envelope as a line around its readings, and the shape of each of these.

    Attributes:
        frame: The line; its last value are the readings, without the brackets of their list.
        between: What stands between two readings.
        reading: The shape of a reading.
    """

    frame: Template
    between: bytes
    reading: Template


@dataclass(frozen=True)
class ProvedEnvelopes:
    """Envelopes of one shape.

    Attributes:
        lines: Their numbers in the page, from 0, ascending.
        readings: Their readings, by the number of the line.
    """

    lines: Positions
    readings: Proved


def envelope_template_of(line: bytes, envelope: Envelope, rules: Rules) -> EnvelopeTemplate | None:
    """The shape of an envelope all of whose readings were accepted, if others can be proved by it."""
    identity = rules.source.identity
    (begin, end), items = envelope.span, envelope.items
    if not items or (items[0][0], items[-1][1]) != (begin + 1, end - 1):
        return None
    # As a line with a text in the place of the list.
    frame = template_of(line[:begin] + b'""' + line[end:], rules, (identity,))
    reading = template_of(
        line[slice(*items[0])], rules, [column for column in rules.columns if column is not identity]
    )
    if frame is None or reading is None or not _ends_in_readings(frame, line[:begin], line[end:]):
        return None
    literals = (*frame.literals[:-2], frame.literals[-2][:-1] + b"[", b"]" + frame.literals[-1][1:])
    varying = (*frame.varying[:-1], Varying(Shape.READINGS, None))
    unknown = tuple(key for key in frame.unknown if not names_readings(key))
    between = line[items[0][1] : items[1][0]] if len(items) > 1 else b","
    return EnvelopeTemplate(Template(literals, varying, unknown), between, reading)


def _ends_in_readings(frame: Template, head: bytes, tail: bytes) -> bool:
    return head.endswith(frame.literals[-2][:-1]) and frame.literals[-1] == b'"' + tail


def proved_envelopes(
    template: EnvelopeTemplate, page: Page, lines: Positions, rules: Rules
) -> tuple[ProvedEnvelopes, Positions]:
    """Prove those of `lines` that are envelopes of the shape of `template`; the second part is the rest."""
    fits = page.ends[lines] - page.begins[lines] <= MAX_LINE_BYTES
    candidates = lines[fits & (page.colon_count[lines] > template.frame.colon_count)]
    spans = spans_of(template.frame, page, candidates)
    alike = literals_match(template.frame, page, candidates, spans)
    candidates = candidates[alike]
    spans = [(begin[alike], end[alike]) for begin, end in spans]
    proof = np.ones(len(candidates), dtype=bool)
    whose: dict[str, pa.Array] = {}
    for varying, (begin, end) in zip(template.frame.varying[:-1], spans[:-1], strict=True):
        found, accepted = field_of(varying, page, begin, end, rules)
        proof &= accepted
        whose |= found
    pieces = _Pieces.of(page, spans[-1], proof, template.between)
    single = replace(
        page,
        begins=pieces.begins,
        ends=pieces.ends,
        first_colon=(first := np.searchsorted(page.colons, pieces.begins)),
        colon_count=np.searchsorted(page.colons, pieces.ends) - first,
    )
    found_readings, unproved = proved_lines(template.reading, single, np.arange(len(pieces.begins)), rules)
    proof = pieces.proof
    proof[pieces.envelope[unproved]] = False
    kept = proof[pieces.envelope[found_readings.lines]]
    at = found_readings.lines[kept]
    envelope = pa.array(pieces.envelope[at])
    columns = {name: column.filter(pa.array(kept)) for name, column in found_readings.columns.items()}
    columns |= {name: column.take(envelope) for name, column in whose.items()}
    columns[ITEM] = pa.array(pieces.place[at].astype(np.int32))
    proved = candidates[proof]
    notes = Counter({rules.unknown_note(key): len(at) for key in template.reading.unknown})
    for key in template.frame.unknown:
        notes[rules.unknown_note(key)] += len(proved)
    rest = np.setdiff1d(lines, proved, assume_unique=True) if len(proved) else lines
    return ProvedEnvelopes(proved, Proved(candidates[pieces.envelope[at]], columns, notes)), rest


@dataclass(frozen=True)
class _Pieces:
    """What stands in some envelopes, cut at the braces.

    Attributes:
        proof: For each envelope, whether nothing stands between, before and behind its pieces that may not.
        begins: Where each piece of a proved envelope begins.
        ends: And ends.
        envelope: In which of the envelopes it stands.
        place: And where there, from 1.
    """

    proof: Mask
    begins: Positions
    ends: Positions
    envelope: Positions
    place: Positions

    @classmethod
    def of(cls, page: Page, span: Span, proof: Mask, between: bytes) -> "_Pieces":
        opening = np.flatnonzero(page.characters == ord("{"))
        closing = np.flatnonzero(page.characters == ord("}")) + 1
        first, last = np.searchsorted(opening, span[0]), np.searchsorted(opening, span[1])
        first_end = np.searchsorted(closing, span[0], side="right")
        count = np.where(proof, last - first, 0)
        proof = proof & (count > 0) & (np.searchsorted(closing, span[1], side="right") - first_end == count)
        count = np.where(proof, count, 0)
        envelope = np.repeat(np.arange(len(count)), count)
        place = np.arange(len(envelope)) - np.repeat(np.cumsum(count) - count, count)
        begins, ends = opening[first[envelope] + place], closing[first_end[envelope] + place]
        is_first = place == 0
        before = np.where(is_first, span[0][envelope], np.roll(ends, 1) + len(between))
        after = np.where(np.roll(is_first, -1), span[1][envelope], ends)
        astray = (begins != before) | (ends != after) | (ends <= begins)
        astray |= ~is_first & (mismatch(page.words, begins - len(between), between) != 0)
        proof[envelope[astray]] = False
        whole = proof[envelope]
        return cls(proof, begins[whole], ends[whole], envelope[whole], place[whole] + 1)
