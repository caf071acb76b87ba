"""When two spellings are one person."""

import unicodedata


def normalised_email(text: str) -> str:
    """The spelling by which an e-mail identifies its person: trimmed, NFC, case folded.

    Folding can undo NFC, so it is applied once more; the result normalises to itself.

    >>> normalised_email(" Ana@Test.com ")
    'ana@test.com'
    """
    folded = unicodedata.normalize("NFC", text.strip()).casefold()
    return unicodedata.normalize("NFC", folded)
