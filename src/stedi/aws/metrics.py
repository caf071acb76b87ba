"""What the alarms of a deployed lake watch: numbers for CloudWatch, and no value of a row."""

from collections.abc import Mapping

from stedi.ground.errors import StediError
from stedi.ground.places.client import client

NAMESPACE = "Stedi"

LEAKED = "ConsentLeakRows"
"""Rows of the newest release that stand without consent, as a check found them: a count."""

QUARANTINED = "QuarantinedPercent"
"""Of all lines and readings of one run, those that were refused: percent."""

_UNITS = {LEAKED: "Count", QUARANTINED: "Percent"}


class NotToldError(StediError):
    """CloudWatch took no metric; what the job did stands."""


def publish(environment: str, values: Mapping[str, float]) -> None:
    """Tell CloudWatch some numbers, with the dimension Environment.

    Args:
        environment: Which deployment they are of: `dev`, `prod`.
        values: By metric.

    Raises:
        NotToldError: It cannot be reached, or refuses.
    """
    if not values:
        return
    of = [{"Name": "Environment", "Value": environment}]
    data = [
        {"MetricName": name, "Dimensions": of, "Value": float(value), "Unit": _UNITS[name]}
        for name, value in values.items()
    ]
    try:
        client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data)
    except Exception as error:
        raise NotToldError(
            f"The metrics {', '.join(sorted(values))} were not told ({type(error).__name__}); "
            "what the job did stands.\nLet its role put metrics in the namespace Stedi."
        ) from error
