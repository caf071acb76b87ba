"""What the distinct texts of a page are stored as."""

import re
from collections.abc import Sequence

from stedi.schema.table import Column
from stedi.sources.reasons import Reason
from stedi.sources.rules import Rules

_PLAIN = re.compile(rb"[ !#-\[\]-~]*")
_REMEMBERED = 1 << 16


class Texts:
    """Stored values of sent texts; those that identify somebody are remembered across pages.

    Args:
        rules: What was declared of the fields.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._known: dict[bytes, str | None] = {}

    def stored(self, sent: Sequence[bytes], column: Column) -> list[str | None]:
        """The stored value of each text, null where it is not proved to be one.

        Args:
            sent: Distinct texts as they stand between their quotes.
            column: Their column.
        """
        if column is not self._rules.source.identity:
            return [self._value(text, column) for text in sent]
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        for text in sent:
            if text not in self._known:
                self._known[text] = self._value(text, column)
        return [self._known[text] for text in sent]

    def _value(self, text: bytes, column: Column) -> str | None:
        if not _PLAIN.fullmatch(text):
            return None
        value = self._rules.value(text.decode(), column)
        return value if isinstance(value, str) and not isinstance(value, Reason) else None
