"""The person behind recordings, as a consenting customer; nothing but the first name is known of them."""

import uuid
from typing import Any

DOMAIN = "recordings.example"
"""Reserved by RFC 2606: no mail reaches anybody."""

REGISTERED_MS = 1_501_545_600_000  # 2017-08-01T00:00:00Z
"""When every owner registered and consented, before any recording is placed."""


def address(person: str) -> str:
    """The e-mail address under which a person's readings land; one person, one address.

    >>> address("Jamie")
    'jamie@recordings.example'
    """
    return f"{person.casefold()}@{DOMAIN}"


def serial(person: str) -> str:
    """The serial number of the Step Trainer that stands for the person's contact sensors."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"mailto:{address(person)}"))


def customer(person: str) -> dict[str, Any]:
    """The person's record: registered and consenting before any recording."""
    return {
        "customerName": f"{person} (public recording)",
        "email": address(person),
        "phone": "8015550100",
        "birthDay": "unknown",
        "serialNumber": serial(person),
        "registrationDate": REGISTERED_MS,
        "lastUpdateDate": REGISTERED_MS,
        "shareWithResearchAsOfDate": REGISTERED_MS,
        "shareWithPublicAsOfDate": REGISTERED_MS,
    }
