"""What sent texts are stored as, each distinct one looked at once."""

import re
from typing import NamedTuple

from stedi.schema.table import Column
from stedi.sources.reasons import Reason
from stedi.sources.rules import Rules

_PLAIN = re.compile(rb"[ !#-\[\]-~]*")
_REMEMBERED = 1 << 16
_KNOWN_AT_MOST = 1 << 17
_KNOWN: "dict[tuple[str, int], dict[bytes, Identity]]" = {}
"""Identities of all files that this process has read, by source and number of buckets: most files tell of
the same people, and finding out who a text names costs more than reading its line."""


class Identity(NamedTuple):
    """Whose line it is.

    Attributes:
        stored: The text as its column stores it; None where it is not proved to name anybody.
        normalised: The one spelling of all that name the same.
        bucket: The bucket of the normalised spelling; -1 where there is none.
    """

    stored: str | None
    normalised: str | None
    bucket: int


class Identities(dict[bytes, Identity]):
    """The identities that were met, bounded in number."""

    def __init__(self, texts: "Texts", rules: Rules) -> None:
        super().__init__()
        self._texts = texts
        self._rules = rules

    def __missing__(self, sent: bytes) -> Identity:
        if len(self) >= _REMEMBERED:
            self.clear()
        known = _KNOWN.setdefault((self._rules.source.name, self._rules.buckets), {})
        found = known.get(sent)
        if found is None:
            stored = self._texts.stored(sent, self._rules.source.identity)
            found = Identity(stored, *(self._rules.identity(stored) if stored is not None else (None, -1)))
            if len(known) >= _KNOWN_AT_MOST:
                known.clear()
            known[sent] = found
        if found.normalised in self._rules.wrong_clocks:
            found = Identity(None, None, -1)  # Each of their readings is refused by itself, with its bytes.
        self[sent] = found
        return found


class Texts:
    """Stored values of texts as they stand between their quotes.

    Attributes:
        identities: The identity that a sent text names.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.identities = Identities(self, rules)

    def stored(self, sent: bytes, column: Column) -> str | None:
        """The value a column stores for a text, None where the text is not proved to have one."""
        if not _PLAIN.fullmatch(sent):
            return None
        value = self._rules.value(sent.decode(), column)
        return value if isinstance(value, str) and not isinstance(value, Reason) else None
