"""People with hostile addresses, names, phones and birthdays, drawn."""

import random
import string
import time
from dataclasses import dataclass, field
from typing import Any

DAY_MS = 86_400_000
Record = dict[str, Any]

ADDRESSES: dict[str, str] = {
    "plain": "ana.{t}@example.org",
    "upper case": "ANA.{T}@EXAMPLE.ORG",
    "blanks around": "  ana.{t}@example.org ",
    "plus tag": "ana+{t}@example.org",
    "apostrophe": "o'{t}@example.org",
    "slash": "s/{t}/x@example.org",
    "equals": "u={t}@example.org",
    "ampersand": "a&{t}&b=c@example.org",
    "pipe": "a|{t}@example.org",
    "percent": "100%{t}@example.org",
    "percent escape": "a%40{t}%2Eb@example.org",
    "emoji": "\U0001f483{t}@example.org",
    "long": "{t}" + "a" * 50 + "@" + ("d" * 60 + ".") * 3 + "example",
    "option": "--yes-{t}@example.org",
    "path": "../{t}@example.org",
    "template": "{{0}}%s${{{t}}}@example.org",
    "SQL": "x'or'1'='1'--{t}@example.org",
    "shell": "$HOME`{t}`@example.org",
    "glob": "*?{t}@example.org",
    "hash": "#{t}!@example.org",
    "one label": "{t}@customer",
    "a word of files": "null@{t}.path",
    "digits": "0@{t}",
    "IDN": "ana@b\u00fccher-{t}.example",
    "punycode": "{punycode}",
    "NFD": "jose\u0301.{t}@example.org",
    "NFC": "jos\u00e9.{t}@example.org",
    "other script": "\u0430\u043d\u043d\u0430.{t}@\u043f\u0440\u0438\u043c\u0435\u0440.example",
    "wide letters": "ana@\uff42{t}\uff43.example",
    "sharp s": "stra\u00dfe.{t}@example.org",
    "underscore": "_{t}_@my_host.example",
    "quoted": '"ana {t}"@example.org',
    "mailto": "mailto:ana.{t}@example.org",
    "brackets": "<ana.{t}@example.org>",
    "trailing dot": "ana.{t}@example.org.",
    "display name": "Ana <ana.{t}@example.org>",
    "comma": "ana.{t}@example.org,b.{t}@example.org",
    "HTML": "<b>{t}</b>@example.org",
    "zero width": "ana\u200b.{t}@example.org",
    "control": "ana\u0007.{t}@example.org",
    "two signs": "ana@{t}@example.org",
}
"""Of a record; `t` is a part that nobody else has."""

WORDS = (
    "0", "1", "none", "User", "Customer", "path", "null", "email", "true", "false", "NaN", "data", "metadata",
    "snapshot", "main", "consent", "devices", "customer_trusted", "accelerometer_trusted", "serialnumber",
    "timestamp", "x", "y", "z", "t", "id", "name", "raw", "format-version", "parquet", "zstd", "avro", "long",
    "string", "GIVEN", "ERASED", "complete", "erase", "request", "example.org", "org", "@", "-", ".", "..",
    "/", "'; DROP TABLE requests; --", "<script>alert(1)</script>", "${jndi:ldap://x}", "%s%n", "{}", "[]",
    "../../etc/passwd", '"', "\\", "\\u0041", "\u202eevil", "\U0001f600", "\u00df", "1970-01-01", "2026",
    "\t", "a", "Al", "ana", "An na", "x" * 3000,
)  # fmt: skip
"""Words of a lake's own files, and what means something to whoever reads a text as code."""


FIRST_NAMES = ("Zo\u00eb", "Jose\u0301", "Bob", "O\u2019Neil")


@dataclass
class Drawn:
    """A person as they were drawn."""

    number: int
    form: str
    email: str
    name: str
    phone: str
    birthday: str
    serial: str
    consents: bool
    registered: int
    readings: list[Record] = field(default_factory=list)
    steps: list[Record] = field(default_factory=list)
    address_before: str | None = None
    shares_device: bool = False

    def values(self) -> dict[str, str | float]:
        """What nobody else has, and what stands nowhere by chance."""
        told: dict[str, str | float] = {"address": self.email}
        if not self.shares_device:
            told["serial number"] = self.serial
        told |= {f"reading {n}": reading["x"] for n, reading in enumerate(self.readings)}
        if self.address_before:
            told["address before"] = self.address_before
        if len(self.name) in range(8, 100) and self.name not in WORDS:
            told["name"] = self.name
        return told

    def records(self) -> list[Record]:
        """The lines of the website about them."""
        whole: Record = {
            "customerName": self.name, "email": self.email, "phone": self.phone, "birthDay": self.birthday,
            "serialNumber": self.serial, "registrationDate": self.registered,
            "lastUpdateDate": self.registered,
        }  # fmt: skip
        if self.consents:
            whole["shareWithResearchAsOfDate"] = self.registered
        if not self.address_before:
            return [whole]
        return [whole | {"email": self.address_before}, whole | {"lastUpdateDate": self.registered + DAY_MS}]


def person(rng: random.Random, number: int, form: str, words: float) -> Drawn:
    """A person with an address of that form, and with words for so many of their values."""
    token = "".join(rng.choices(string.ascii_lowercase, k=7)) + str(number)
    label = f"b\u00fccher-{token}".encode("punycode").decode()
    punycode = f"ana@xn--{label}.example"
    email = ADDRESSES[form].format(t=token, T=token.upper(), punycode=punycode)
    now = int(time.time() * 1000)
    registered = now - 40 * DAY_MS - number * 3_600_000 - rng.randrange(1000)

    def word(usual: str) -> str:
        return rng.choice(WORDS) if rng.random() < words else usual

    drawn = Drawn(
        number, form, email,
        word(f"{rng.choice(FIRST_NAMES)} {token.title()}son"),
        word(f"80155{rng.randrange(10**5):05d}"),
        word(f"19{rng.randrange(40, 99)}-0{rng.randrange(1, 9)}-1{rng.randrange(9)}"),
        f"50f7b4f3-7af5-4b07-a421-{rng.randrange(16**12):012x}",
        rng.random() < 0.8,
        registered,
        address_before=f"before.{token}@example.org" if rng.random() < 0.15 else None,
    )  # fmt: skip
    for n in range(rng.randrange(1, 6)):
        at = registered + 2 * DAY_MS + n * 20 + rng.randrange(10)
        user = drawn.address_before if drawn.address_before and n == 0 else email
        axes = {axis: float(f"{rng.choice('19')}.{rng.randrange(10**11, 10**12)}") for axis in "xyz"}
        drawn.readings.append({"user": user, "timestamp": at, **axes})
        drawn.steps.append({"sensorReadingTime": at, "serialNumber": drawn.serial, "distanceFromObject": n})
    return drawn


def share_device(one: Drawn, other: Drawn) -> None:
    """Let the second claim the device of the first."""
    one.shares_device = other.shares_device = True
    other.serial = one.serial
    for step in other.steps:
        step["serialNumber"] = one.serial
