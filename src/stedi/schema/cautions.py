"""Known dangers of tables: the one list that declarations choose from."""

from enum import Enum


class Caution(Enum):
    """What a reader of a table must know; the value is printed on its page."""

    AS_RECEIVED = "Nothing was checked: any line may be wrong, and nobody's consent was asked."
    FILES_UNSEEN = (
        "Athena passes over files whose names begin with `_` or `.`, and shows a malformed line as nulls. "
        "The staged table has every accepted line."
    )
    ENVELOPES = (
        "A line may be an envelope of many readings. Athena shows it as one row of whose they are and nulls; "
        "`stedi query` shows a row for each reading. The staged table has them all."
    )
    NO_CONSENT_ASKED = "Holds people who never agreed to research use; only the trusted zone may read it."
    ABSENCE_MEANS_NO = (
        "Who does not agree has no consent time: it is null, never 0. A filter that excludes a value "
        "lets everybody through; ask for a consent time that is there."
    )
    RECORDS_OF_ONE_PERSON = (
        "One person may have several records. Only the newest tells the state, and records that are "
        "equally new but disagree give no consent."
    )
    BIRTHDAY_IMPLAUSIBLE = "Many birthdays are implausible, so they stay text and never drop a row."
    TIME_IS_NO_KEY = "One person may have several readings at one time; person and time are no key."
    PERSON_AND_TIME = (
        "Two people's sensors tick at the same time. A join on time alone pairs the phone of one with "
        "the Step Trainer of another; join on person and time."
    )
    ROWS_LEAVE = "Rows leave when consent is withdrawn or starts later, so counts may fall between releases."
    WINDOW_OF_THE_LAKE = (
        "In a lake with the window `whole_history` it holds readings from before consent as well; "
        "such a lake is for comparison only."
    )
    STILL_PERSONAL = "Pseudonymous is not anonymous: rows are about people, and leave when they withdraw."
    SMALL_GROUPS = "Groups of fewer than 10 people may tell who is in them; report none."
    NO_STEP_NEAR = (
        "Where no step reading is near in time, the distance is null; that is not a distance of zero."
    )
    ONE_STEP_MANY_ROWS = (
        "One step reading may stand beside several accelerometer readings; do not count step readings "
        "by rows."
    )
    MAY_HOLD_ANYTHING = "Holds bytes as they came, so it may hold anybody's identifiers in any place."
