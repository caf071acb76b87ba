"""Public step-counter recordings: read strictly, and landed like any other customer's readings."""

from stedi_fleet.recordings.reading import Recording, find, read

__all__ = ["Recording", "find", "read"]
