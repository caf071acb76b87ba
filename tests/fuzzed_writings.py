"""The ways in which an officer may write an address into a request."""

import json
import unicodedata
import urllib.parse
from collections.abc import Callable
from contextlib import suppress


def _text(write: Callable[[str], str]) -> Callable[[str], bytes]:
    return lambda email: write(email).encode("utf-8", "surrogatepass")


def _other_domain(email: str) -> str:
    """The domain in punycode where it is in Unicode, and the other way round."""
    local, _, domain = email.strip().rpartition("@")
    with suppress(UnicodeError):
        if domain.isascii():
            labels = [part[4:].encode().decode("punycode") if part.startswith("xn--") else part
                      for part in domain.split(".")]  # fmt: skip
        else:
            folded = unicodedata.normalize("NFKC", domain).casefold()
            labels = [part if part.isascii() else "xn--" + part.encode("punycode").decode()
                      for part in folded.split(".")]  # fmt: skip
        return f"{local}@{'.'.join(labels)}"
    return email


WRITINGS: dict[str, Callable[[str], bytes]] = {
    "as it landed": _text(str),
    "upper case": _text(str.upper),
    "lower case": _text(str.lower),
    "NFD": _text(lambda e: unicodedata.normalize("NFD", e)),
    "NFC": _text(lambda e: unicodedata.normalize("NFC", e)),
    "other spelling of the domain": _text(_other_domain),
    "blanks and line ends": _text(lambda e: f"\r\n\t {e} \t\r\n\n"),
    "byte order mark": _text(lambda e: "\ufeff" + e),
    "no-break spaces": _text(lambda e: f"\u00a0{e}\u3000"),
    "quoted": _text(lambda e: f'"{e}"'),
    "single quotes": _text(lambda e: f"'{e}'"),
    "mailto": _text(lambda e: f"mailto:{e}"),
    "brackets": _text(lambda e: f"<{e}>"),
    "display name": _text(lambda e: f"Ana Marsh <{e}>"),
    "comment": _text(lambda e: f"{e} (Ana)"),
    "trailing dot": _text(lambda e: f"{e.strip()}."),
    "trailing comma": _text(lambda e: f"{e.strip()},"),
    "list": _text(lambda e: f"{e.strip()};b@example.org"),
    "two lines": _text(lambda e: f"{e}\nb@example.org\n"),
    "line separator": _text(lambda e: f"{e}\u2028b@example.org"),
    "zero width": _text(lambda e: e.replace("@", "\u200b@")),
    "right to left": _text(lambda e: "\u202e" + e),
    "NUL": _text(lambda e: f"{e}\0"),
    "control": _text(lambda e: f"\x1b[2J{e}\x07"),
    "wide sign": _text(lambda e: e.replace("@", "\uff20")),
    "percent escapes": _text(lambda e: urllib.parse.quote(e)),
    "JSON": _text(lambda e: json.dumps({"email": e})),
    "HTML": _text(lambda e: f'<a href="mailto:{e}">{e}</a>'),
    "shell": _text(lambda e: f"{e.strip()}; rm -rf /"),
    "shell substitution": _text(lambda e: f"$(cat /etc/passwd){e.strip()}"),
    "SQL": _text(lambda e: f"{e.strip()}' OR '1'='1"),
    "SQL, no blanks": _text(lambda e: f"'OR'1'='1'--{e.strip()}"),
    "pattern": _text(lambda e: f"%{e.strip()[1:]}"),
    "asterisk": _text(lambda e: f"*{e.strip()[1:]}"),
    "a part": _text(lambda e: e.strip()[1:]),
    "more before": _text(lambda e: f"x{e.strip()}"),
    "option": _text(lambda e: f"--yes {e}"),
    "option, no blanks": _text(lambda e: f"--unknown={e.strip()}"),
    "path": _text(lambda e: f"../../{e.strip()}"),
    "absolute path": _text(lambda e: f"/etc/passwd/{e.strip()}"),
    "very long": _text(lambda e: "a" * 70_000 + e.strip()),
    "long": _text(lambda e: "a" * 300 + e.strip()),
    "UTF-16": lambda e: e.encode("utf-16", "replace"),
    "no text": lambda e: b"\xff\xfe\xfd" + e.encode("utf-8", "replace"),
    "nothing": _text(lambda e: ""),
    "a sign": _text(lambda e: "@"),
    "a word": _text(lambda e: "customer_trusted"),
    "words": _text(lambda e: "null@null"),
    "emoji": _text(lambda e: "\U0001f600@\U0001f600.example"),
}  # fmt: skip


def is_same(text: bytes, email: str) -> bool:
    """Whether a text means an address: equal but for blanks, case, composition and the domain's form."""
    try:
        lines = [line.strip() for line in text.decode("utf-8-sig").splitlines() if line.strip()]
    except UnicodeError:
        return False
    return len(lines) == 1 and _one(lines[0]) == _one(email)


def ends_behind_sign(email: str, text: bytes) -> bool:
    """Whether an address ends with what a text means, behind a sign that is no letter or digit."""
    asked = _one(text.decode("utf-8", "replace"))
    begin = _one(email).removesuffix(asked)
    return len(begin) < len(_one(email)) and bool(begin) and not begin[-1].isalnum()


def _one(text: str) -> str:
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())
    local, _, domain = folded.rpartition("@")
    domain = unicodedata.normalize("NFKC", domain).casefold()
    return f"{local}@{_other_domain('a@' + domain)[2:] if 'xn--' in domain else domain}"
