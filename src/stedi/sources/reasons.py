"""Why a file or a line was not accepted; the codes stand in the ledger and the quarantine."""

from enum import StrEnum


class Reason(StrEnum):
    """Reason code of a refused file or line; the number is the case of the landing rules."""

    # Files
    TEMPORARY = "TEMPORARY"  # 3: .part or .tmp for over 24 hours
    BAD_COMPRESSION = "BAD_COMPRESSION"  # 4: truncated gz, bad CRC
    BOMB = "BOMB"  # 7: expands over 200 times and 16 MiB, or over 2 GiB
    UTF16 = "UTF16"  # 9
    NOT_JSON = "NOT_JSON"  # 15: no line of it is a JSON object
    VANISHED = "VANISHED"  # 19
    NOT_A_FILE = "NOT_A_FILE"  # 21: symlink, fifo, device
    BAD_NAME = "BAD_NAME"  # 22: a name no system can carry on
    UNREADABLE = "UNREADABLE"  # 23
    WRONG_SOURCE = "WRONG_SOURCE"  # 25
    # Lines
    BAD_UTF8 = "BAD_UTF8"  # 10
    NUL = "NUL"  # 10
    LONE_CR = "LONE_CR"  # 12
    LINE_TOO_LONG = "LINE_TOO_LONG"  # 14
    FIELD_TOO_LONG = "FIELD_TOO_LONG"  # 14
    BAD_JSON = "BAD_JSON"  # 16, 26, 31
    NOT_AN_OBJECT = "NOT_AN_OBJECT"  # 16, 31
    DUPLICATE_KEY = "DUPLICATE_KEY"  # 27
    BAD_ENVELOPE = "BAD_ENVELOPE"  # `readings` is no list, or stands in a reading or beside its fields
    OTHER_IDENTITY = "OTHER_IDENTITY"  # a reading names another person or device than its envelope
    MISSING = "MISSING"  # 30
    TOO_DEEP = "TOO_DEEP"  # 32
    LONE_SURROGATE = "LONE_SURROGATE"  # 32
    BAD_NUMBER = "BAD_NUMBER"  # 33
    BAD_TYPE = "BAD_TYPE"  # 33, 42: another JSON type than declared
    FRACTION = "FRACTION"  # 34: half a millisecond
    UNIT = "UNIT"  # 35
    BAD_INSTANT = "BAD_INSTANT"  # 36, 37
    NOT_GIVEN = "NOT_GIVEN"  # 0 or false where a grant tells since when something is shared
    FUTURE = "FUTURE"  # 36: over 5 minutes after landing
    OUT_OF_RANGE = "OUT_OF_RANGE"  # 39
    BAD_TEXT = "BAD_TEXT"  # 42: control or zero-width characters, empty, "null"
    BAD_EMAIL = "BAD_EMAIL"  # 42
    BAD_SERIAL = "BAD_SERIAL"  # 43
