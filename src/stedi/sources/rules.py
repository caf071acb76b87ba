"""The verdict on one line: what the fields declare, then the source's judge."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from re import compile as pattern

from stedi.privacy.buckets import bucket_of
from stedi.privacy.identity import normalised_email
from stedi.schema.table import Column, Form
from stedi.sources.envelopes import NOTHING, Envelope, names_readings
from stedi.sources.reasons import Reason
from stedi.sources.refused_messages import refused_reason
from stedi.sources.source import Source, Value
from stedi.sources.strict_json import Json, fault_within, object_of
from stedi.sources.values import future_instant, is_plausible_birthday, supported, value_of

PARTICIPANT = "participant"
BUCKET = "bucket"
BIRTHDAY_IMPLAUSIBLE = "birthday_implausible"
EMPTY_ENVELOPE = "empty_envelope"
UNKNOWN_UNNAMED = "unknown:(not named)"
"""The note about a field nobody declared, after 100 others or with a name that may be a value."""
# A field's name is not ours: one that could be an address or an escape is not repeated.
_PLAIN_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_REMEMBERED_IDENTITIES = 1 << 16
_NAMED = 100


@dataclass(frozen=True, slots=True)
class Row:
    """An accepted line.

    Attributes:
        values: Its staged values by column name, `participant` and `bucket` included.
        notes: What was noticed about it.
    """

    values: dict[str, Value]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """An envelope and the verdicts on its readings.

    Attributes:
        whose: Whose readings it says they are, as their column stores it.
        raw: The bytes of each reading.
        readings: The verdict on each; None where nothing stands in its place.
        notes: What was noticed about the envelope itself.
    """

    whose: str
    raw: tuple[bytes, ...]
    readings: tuple[Row | Reason | None, ...]
    notes: tuple[str, ...]


class Rules:
    """What makes a line of one source a row.

    Args:
        source: What was declared of its lines.
        landed_at: When the file landed, UTC ms.
        buckets: Number of buckets of the lake.
        clock_ms: What the clock said then, UTC ms, where that is not when the file landed: later times are
            refused.
        wrong_clocks: Whose readings, by their normalised identity, have times in another unit than ms.
    """

    def __init__(
        self,
        source: Source,
        landed_at: int,
        buckets: int,
        clock_ms: int | None = None,
        wrong_clocks: Set[str] = frozenset(),
    ) -> None:
        self.source = source
        self.wrong_clocks = wrong_clocks
        self.landed_at = landed_at
        self.clock_ms = landed_at if clock_ms is None else clock_ms
        self.buckets = buckets
        self.columns = source.landed.columns
        if odd := [column.name for column in self.columns if not supported(column)]:
            raise ValueError(f"{source.name}: no landed field can be declared like {', '.join(odd)}")
        self._by_key = {column.key.lower(): column for column in self.columns}
        self._has_participant = PARTICIPANT in source.staged.names
        self._birthdays = [column.name for column in self.columns if column.form is Form.BIRTHDAY]
        self._named: set[str] = set()
        self._identities: dict[str, tuple[str, int]] = {}

    def column(self, key: str) -> Column | None:
        """The column that a key of a line names, in whatever case."""
        return self._by_key.get(key.lower()) if key.isascii() else None

    def value(self, raw: Json, column: Column) -> Value | Reason:
        """The value of one field, or why it has none."""
        return value_of(raw, column, self.clock_ms)

    def read(self, line: bytes) -> Row | Reason:
        """The verdict on a physical line, given without its newline."""
        fields = object_of(line)
        return fields if isinstance(fields, Reason) else self._row(fields)

    def read_envelope(self, line: bytes, envelope: Envelope) -> Opened | Reason:
        """The verdicts on the readings of a line that is an envelope.

        A reading has the verdict that it would have as a line that names whom the envelope names.
        What makes the line no JSON, or is wrong with the envelope itself, is the line's fault.
        """
        begin, end = envelope.span
        frame = object_of(line[:begin] + NOTHING + line[end:])
        if isinstance(frame, Reason):
            return frame
        whose = self._whose(frame)
        if isinstance(whose, Reason):
            return whose
        raw = tuple(line[begin:end] for begin, end in envelope.items)
        read = [None if text == NOTHING else object_of(text) for text in raw]
        if Reason.BAD_JSON in read:
            return Reason.BAD_JSON
        readings = tuple(self._row(f, whose) if isinstance(f, dict) else f for f in read)
        notes = [self.unknown_note(key) for key in frame if not (self.column(key) or names_readings(key))]
        return Opened(whose, raw, readings, (*notes, *(() if raw else (EMPTY_ENVELOPE,))))

    def _whose(self, frame: dict[str, Json]) -> str | Reason:
        """Whose readings an envelope says it holds, or what is wrong with it."""
        sent = {column.name: raw for key, raw in frame.items() if (column := self.column(key))}
        if sent.keys() - {self.source.identity.name}:
            return Reason.BAD_ENVELOPE
        whose = self.value(sent.get(self.source.identity.name), self.source.identity)
        if isinstance(whose, Reason):
            return whose
        unknown = (raw for key, raw in frame.items() if self.column(key) is None)
        return next((fault for raw in unknown if (fault := fault_within(raw))), str(whose))

    def _row(self, fields: dict[str, Json], whose: str | None = None) -> Row | Reason:
        """The verdict on an object; `whose` reading its envelope says it is."""
        given: dict[str, Json] = {}
        unknown: dict[str, Json] = {}
        for key, raw in fields.items():
            if column := self.column(key):
                given[column.name] = raw
            else:
                unknown[key] = raw
        if self.source.has_envelopes and any(map(names_readings, unknown)):
            return Reason.BAD_ENVELOPE
        values: dict[str, Value] = {}
        faults: dict[str, Reason] = {}
        for column in self.columns:
            sent = given.get(column.name)
            if whose is not None and column is self.source.identity:
                value = whose if sent is None else self._same(sent, whose)
            else:
                value = self.value(sent, column)
            if isinstance(value, Reason):
                faults[column.name] = value
                # A withdrawal counts at its own time too, once that has come.
                value = future_instant(sent) if value is Reason.FUTURE else None
            values[column.name] = value
        faults |= {key: fault for key, raw in unknown.items() if (fault := fault_within(raw))}
        verdict = self._judged(values, faults, list(unknown))
        if isinstance(verdict, Reason) and self.source.has_envelopes:
            return refused_reason(unknown) or verdict
        return verdict

    def _same(self, sent: Json, whose: str) -> Value | Reason:
        """The identity that a reading names itself, which must be its envelope's."""
        value = self.value(sent, self.source.identity)
        if isinstance(value, Reason) or self.identity(str(value)) == self.identity(whose):
            return value
        return Reason.OTHER_IDENTITY

    def _judged(
        self, values: Mapping[str, Value], faults: Mapping[str, Reason], unknown: Sequence[str]
    ) -> Row | Reason:
        accepted = self.source.judge(values, faults, self.landed_at)
        if isinstance(accepted, Reason):
            return accepted
        participant, accepted[BUCKET] = self.identity(str(accepted[self.source.identity.name]))
        if participant in self.wrong_clocks:
            return Reason.UNIT
        if self._has_participant:
            accepted[PARTICIPANT] = participant
        notes = [self.unknown_note(key) for key in unknown]
        told_apart = [column.name for column in self.source.told_apart_by]
        notes += [f"{name}:{accepted[name]}" for name in told_apart if accepted[name] is not None]
        notes += [note for name in self._birthdays if (note := self.birthday_note(accepted[name]))]
        return Row(accepted, tuple(notes))

    def unknown_note(self, key: str) -> str:
        """What to note about a field that nobody declared; few names only, and plain ones."""
        if key not in self._named and (len(self._named) >= _NAMED or not _PLAIN_NAME.fullmatch(key)):
            return UNKNOWN_UNNAMED
        self._named.add(key)
        return f"unknown:{key}"

    def birthday_note(self, day: Value) -> str | None:
        """What to note about a birthday, if anything."""
        plausible = not isinstance(day, str) or is_plausible_birthday(day, self.landed_at)
        return None if plausible else BIRTHDAY_IMPLAUSIBLE

    def identity(self, text: str) -> tuple[str, int]:
        """The normalised identity and its bucket."""
        known = self._identities.get(text)
        if known is None:
            known = identity_of(text, self.source.identity, self.buckets)
            if len(self._identities) >= _REMEMBERED_IDENTITIES:
                self._identities.clear()
            self._identities[text] = known
        return known


def identity_of(stored: str, column: Column, buckets: int) -> tuple[str, int]:
    """The normalised identity that a column's text names, and its bucket."""
    whose = normalised_email(stored) if column.form is Form.EMAIL else stored
    return whose, bucket_of(whose, buckets)
