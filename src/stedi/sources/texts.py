"""What sent texts are stored as, each distinct one looked at once."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from stedi.schema.table import Column, Form
from stedi.sources.reasons import Reason
from stedi.sources.rules import Rules, identity_of
from stedi.sources.values import value_of

_PLAIN = re.compile(rb"[ !#-\[\]-~]*")
_KNOWN_AT_MOST = 1 << 17
_KNOWN: "dict[tuple[Form | None, int], Identities]" = {}
"""Identities of all files that this process has read, by their form and the number of buckets: most files
tell of the same people, and finding out who a text names costs more than reading its line."""


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


NOBODY = Identity(None, None, -1)


class Identities(dict[bytes, Identity]):
    """The identities that texts name, bounded in number."""

    def __init__(self, column: Column, buckets: int) -> None:
        super().__init__()
        self._column = column
        self._buckets = buckets

    def __missing__(self, sent: bytes) -> Identity:
        stored = stored_text(sent, self._column, 0)
        found = Identity(stored, *identity_of(stored, self._column, self._buckets)) if stored else NOBODY
        if len(self) >= _KNOWN_AT_MOST:
            self.clear()
        self[sent] = found
        return found


def identities_of(sent: Iterable[bytes], rules: Rules) -> list[Identity]:
    """Whom texts as they stand between their quotes name; of a wrong clock nobody is proved."""
    column = rules.source.identity
    known = _KNOWN.setdefault((column.form, rules.buckets), Identities(column, rules.buckets))
    found = [known[text] for text in sent]
    if rules.wrong_clocks:
        # Each of their readings is refused by itself, with its bytes.
        return [NOBODY if identity.normalised in rules.wrong_clocks else identity for identity in found]
    return found


def stored_text(sent: bytes, column: Column, landed_at: int) -> str | None:
    """The value a column stores for a text, None where the text is not proved to have one."""
    if not _PLAIN.fullmatch(sent):
        return None
    value = value_of(sent.decode(), column, landed_at)
    return value if isinstance(value, str) and not isinstance(value, Reason) else None
