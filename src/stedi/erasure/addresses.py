"""The address a request is about: held to the rule that landed lines are held to, and somebody's."""

from stedi.ground.errors import UsageError
from stedi.sources.reasons import Reason
from stedi.sources.values import email_of


def require_address(email: str) -> str:
    """The address of a request, as it was given.

    Raises:
        UsageError: It is no address: no landed line with it would be accepted either.
    """
    if isinstance(email_of(email), Reason):
        raise UsageError(
            "This is no e-mail address; nothing was done.\n"
            "Give the address alone, such as name@example.org: no name, quotes, brackets, mailto:, comma or "
            "full stop around it, and no invisible character: --email-file FILE|-"
        )
    return email


def require_known(kind: str, *, is_unknown: bool, unknown: bool) -> None:
    """Refuse a request about nobody, unless it is meant.

    Raises:
        UsageError: No record, no reading and no request names the address.
    """
    if is_unknown and not unknown:
        raise UsageError(
            "Unknown e-mail: no record, no reading and no earlier request names it; nothing was done.\n"
            "Check for typos. The request would still apply to data that lands later. If that is meant: "
            f"stedi privacy {kind} --email-file FILE|- --yes --unknown"
        )
