"""How personal a column is, and how far it may go."""

from enum import Enum

from stedi.ground.zones import Zone


class PersonalData(Enum):
    """Class of personal data of a column; every column names one, there is no default.

    The value is the letter used in the privacy register. A generalised value was made coarse
    enough to be shared by many (a decade of birth); a pseudonym is keyed, so that without the
    key nobody can tell whose it is.
    """

    DIRECT_IDENTIFIER = "D"
    QUASI_IDENTIFIER = "Q"
    SENSITIVE = "S"
    PROOF_OF_CONSENT = "P"
    OPERATIONAL = "O"
    GENERALISED = "G"
    PSEUDONYM = "K"

    @property
    def last_zone(self) -> Zone:
        """The last zone a column of this class may stand in."""
        return LAST_ZONE[self]

    @property
    def masked(self) -> bool:
        """Whether `query` and `show` hide the values unless they are asked to reveal them."""
        return self is PersonalData.DIRECT_IDENTIFIER


LAST_ZONE = {
    PersonalData.DIRECT_IDENTIFIER: Zone.TRUSTED,
    PersonalData.QUASI_IDENTIFIER: Zone.TRUSTED,
    PersonalData.PROOF_OF_CONSENT: Zone.TRUSTED,
    PersonalData.SENSITIVE: Zone.CURATED,
    PersonalData.OPERATIONAL: Zone.CURATED,
    PersonalData.GENERALISED: Zone.CURATED,
    PersonalData.PSEUDONYM: Zone.CURATED,
}
