"""Topic filters, and where a topic names a device."""

import re

from stedi.ground.errors import UsageError

SERIAL_NUMBER = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def serial_place(topic: str) -> int:
    """At which level of a topic the serial number stands: where the filter's one `+` is.

    A shared subscription `$share/GROUP/FILTER` shares the messages of FILTER among collectors.

    Raises:
        UsageError: The filter has no `+`, or several, or is none that MQTT allows.
    """
    levels = topic.split("/")
    if levels[0] == "$share":
        group, levels = levels[1:2], levels[2:]
        if not (group and group[0]) or {"+", "#"} & set(group[0]) or not levels:
            raise UsageError(
                f"{topic!r} is no shared subscription; nothing was collected.\n"
                "Give $share/GROUP/FILTER, for instance: "
                "stedi collect mqtt --topic '$share/collectors/stedi/+/readings' --broker HOST"
            )
    misplaced = any("#" in level for level in levels[:-1]) or levels[-1] not in ("#", levels[-1].strip("#"))
    if levels.count("+") != 1 or misplaced or any("+" in level and level != "+" for level in levels):
        raise UsageError(
            f"The topic {topic!r} does not say where the serial number stands; nothing was collected.\n"
            "Give a topic filter with one `+` in its place, for instance: "
            "stedi collect mqtt --topic stedi/+/readings --broker HOST"
        )
    return levels.index("+")
