"""The landing zone's equations, from what `status` tells of a lake."""

from stedi.asking.reader import reading
from stedi.asking.status import sources
from stedi.lake.config import Lake


def unbalanced(lake: Lake) -> list[str]:
    """The sources whose lines or accepted rows do not add up."""
    with reading(lake) as reader:
        return [
            source.name
            for source in sources(reader)
            if source.total_lines != source.plain + source.envelopes
            or source.plain + source.readings != sum(source.lines.values())
            or source.lines["accepted"] != sum(source.dispositions.values())
        ]
