"""What the name of a recording tells: who walked, with which phone, on what, and where it was carried."""

from dataclasses import dataclass

UNKNOWN = "unknown"

POSITIONS = {
    "armband": "Armband",
    "backpocket": "BackPocket",
    "bag": "Purse",
    "frontpocket": "FrontPocket",
    "hand": "InHand",
    "inhand": "InHand",
    "neckpouch": "NeckPouch",
    "purse": "Purse",
    "swingingarm": "SwingingArm",
}
"""Every spelling in use, in small letters, and the one it becomes."""


@dataclass(frozen=True)
class Circumstances:
    """Under which circumstances somebody was recorded; "unknown" where the name does not tell."""

    phone: str = UNKNOWN
    person: str = UNKNOWN
    surface: str = UNKNOWN
    position: str = UNKNOWN


def circumstances(name: str) -> Circumstances | None:
    """What a name tells; None when it is not made as a recording's.

    Two forms are known: `<Phone>_<Person>_<Surface>_<Position>_<number>` and
    `<person>_<position>_<start>`. Case does not matter; "bag" and "purse" are one position.

    >>> circumstances("Samsung_Dario_Hard_Backpocket_2")
    Circumstances(phone='Samsung', person='Dario', surface='Hard', position='BackPocket')
    >>> circumstances("user1_hand_1506421989895").position
    'InHand'
    """
    match name.split("_"):
        case [phone, person, surface, position, number] if _are_told(person, position, number):
            return Circumstances(_word(phone), _word(person), _word(surface), POSITIONS[position.casefold()])
        case [person, position, start] if _are_told(person, position, start):
            return Circumstances(person=_word(person), position=POSITIONS[position.casefold()])
    return None


def _are_told(person: str, position: str, number: str) -> bool:
    return person.isascii() and person.isalnum() and position.casefold() in POSITIONS and number.isdecimal()


def _word(text: str) -> str:
    return text.strip().capitalize() or UNKNOWN
