"""When two spellings are one person."""

import re
import unicodedata

LONGEST_ADDRESS = 320
"""Characters; mail carries no longer one, and the search of refused lines looks no further."""

# Control, format (zero width), surrogate, private, unassigned; line and paragraph separators.
_INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Letters and marks that show nothing, whatever their category says.
_INVISIBLE = set("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | {chr(c) for c in range(0xFE00, 0xFE10)}

_ALABEL = "xn--"
_LONGEST_LABEL = 63
_FOLDS_TO_OTHERS = "\u00df\u03c2"
"""Letters that a domain may hold though case folding writes them otherwise: sharp s, final sigma."""
_IDEOGRAPHIC_STOP = "\u3002"
_PLAIN_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?")
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9!#$%&*+/=?^_{|}~.-][A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]*")
# What stands in words of other scripts, though it is punctuation: middle dots, geresh, gershayim, tsheg.
_WITHIN_WORDS = set("\u00b7\u30fb\u05f3\u05f4\u0f0b")


def normalised_email(text: str) -> str:
    r"""The spelling by which an e-mail identifies its person: trimmed, NFC, case folded, domain in Unicode.

    A domain is one whether it is written in Unicode, in punycode or in wide letters. What is no address,
    such as a domain that only looks like punycode, stays as it is. The result normalises to itself.

    >>> normalised_email(" Ana@Test.com "), normalised_email("ana@XN--BCHER-KVA.example")
    ('ana@test.com', 'ana@bücher.example')
    """
    if text.isascii():
        folded = text.strip().lower()
        if _ALABEL not in folded:
            return folded
    else:
        # Folding can undo NFC.
        folded = _nfc(_nfc(text.strip()).casefold())
    local, at, domain = folded.rpartition("@")
    if not at or (domain.isascii() and _ALABEL not in domain):
        return folded
    before = None
    while domain != before:
        before, domain = domain, _domain(domain)
    return f"{local}@{domain}".strip()


def spellings(participant: str) -> tuple[str, ...]:
    """A normalised e-mail, and how it is written with its domain in punycode, where that differs.

    Versions before took the two for different people: what they hashed under either must be found.
    """
    local, at, domain = participant.rpartition("@")
    if not at or domain.isascii():
        return (participant,)
    return participant, f"{local}@{'.'.join(map(_encoded, domain.split('.')))}"


def is_address(text: str) -> bool:
    """Whether a text is an e-mail address alone, by which mail could reach somebody.

    Refused are display names, quotes, brackets, comments, lists, `mailto:`, spaces inside, empty labels,
    IP addresses in brackets, and labels that only look like punycode. A domain of one label, underscores
    and letters of any script are taken.
    """
    address = normalised_email(text)
    local, _, domain = address.rpartition("@")
    if not local or not domain or len(address) > LONGEST_ADDRESS:
        return False
    is_local = bool(_PLAIN_LOCAL.fullmatch(local)) if local.isascii() else _is_local(local)
    return is_local and all(map(_is_label, domain.split(".")))


def is_visible(character: str) -> bool:
    """Whether a character shows something, or is a blank."""
    return unicodedata.category(character) not in _INVISIBLE_CATEGORIES and character not in _INVISIBLE


def normalised_name(text: str) -> str:
    r"""The spelling by which names and birthdays are compared: case, composition, width and blanks folded.

    >>> normalised_name(" Jose\u0301  PEREZ\u00a0") == normalised_name("José Perez")
    True
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    before = None
    while text != before:
        before, text = text, unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        text = " ".join("".join(c for c in text if c.isspace() or is_visible(c)).split())
    return text


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _domain(text: str) -> str:
    """One more step towards the one spelling of a domain."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    labels = folded.replace(_IDEOGRAPHIC_STOP, ".").split(".")
    return _nfc(_nfc(".".join(map(_decoded, labels))).casefold())


def _decoded(label: str) -> str:
    """What a label in punycode says; the label itself where that is nothing a domain may hold."""
    if not label.startswith(_ALABEL) or not label.isascii() or len(label) > _LONGEST_LABEL:
        return label
    try:
        said = label[len(_ALABEL) :].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label
    kept = "".join(c if c in _FOLDS_TO_OTHERS else c.casefold() for c in said)
    is_one = not said.isascii() and said == unicodedata.normalize("NFKC", kept) and _encoded(said) == label
    return said if is_one and not said.startswith(_ALABEL) and _is_label(said) else label


def _encoded(label: str) -> str:
    return label if label.isascii() else _ALABEL + label.encode("punycode").decode("ascii")


def _is_label(label: str) -> bool:
    if label.startswith(_ALABEL):
        return False
    if label.isascii():
        return bool(_PLAIN_LABEL.fullmatch(label))
    return not {label[0], label[-1]} & {"-", "_"} and all(map(_is_in_label, label))


def _is_in_label(character: str) -> bool:
    if character.isascii():
        return character.isalnum() or character in "-_"
    return _is_of_word(character)


def _is_local(local: str) -> bool:
    """Whether a text of any script may stand before the sign: no blank, bracket, quote or list in it."""
    if local[0] in "'`":
        return False
    return all(bool(_PLAIN_LOCAL.fullmatch("a" + c)) if c.isascii() else _is_of_word(c) for c in local)


def _is_of_word(character: str) -> bool:
    """Whether a character outside ASCII is a letter, mark, number or symbol, also once it is folded."""
    if not is_visible(character):
        return False
    category = unicodedata.category(character)
    if category[0] not in "LMNS" and category not in ("Pc", "Pd") and character not in _WITHIN_WORDS:
        return False
    folded = unicodedata.normalize("NFKC", character)
    return all(c.isalnum() or c in "-_+" or not c.isascii() for c in folded)
