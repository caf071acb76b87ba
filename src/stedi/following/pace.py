"""How often a follower looks, runs and tries again."""

from dataclasses import dataclass

EVERY_S = 5.0
LOOK_S = 1.0
LOOK_ON_S3_S = 5.0
OTHERS_S = 0.5
OTHERS_ON_S3_S = 2.5
"""So long the lake is free after every batch: whoever waits for it asks every 0.1 s, on S3 every second."""

RETRY_S = 5.0
LONGEST_RETRY_S = 60.0
WHOLE_RUN_S = 3600.0


@dataclass(frozen=True)
class Pace:
    """Times between what a follower does, in seconds.

    Attributes:
        every_s: The least between the beginnings of two batches.
        look_s: Between two looks at the landing zone.
        others_s: How long the lake is free after a batch, for whoever waits for it.
        retry_s: Until a batch that failed is tried again; twice as long after every further failure.
        longest_retry_s: The longest that becomes.
        whole_run_s: Between two runs that look at every file, as `stedi run` does.
    """

    every_s: float = EVERY_S
    look_s: float = LOOK_S
    others_s: float = OTHERS_S
    retry_s: float = RETRY_S
    longest_retry_s: float = LONGEST_RETRY_S
    whole_run_s: float = WHOLE_RUN_S

    @classmethod
    def of(cls, every_s: float, *, on_s3: bool) -> "Pace":
        """The pace of a follower that publishes at most every so many seconds."""
        if on_s3:
            return cls(every_s, LOOK_ON_S3_S, OTHERS_ON_S3_S)
        return cls(every_s)
