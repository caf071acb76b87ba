"""What a certificate says in plain words: why something stays, and what nobody can reach."""

from stedi.erasure.zones import Part
from stedi.landing import requests

_WITHDRAWN = {
    Part.LANDED: (
        "The files as they were delivered. A withdrawal stops the use of the data, and changes no delivered "
        "file: only an erasure does."
    ),
    Part.STAGED: (
        "Readable copies of the delivered lines, and the requests. Every run decides from them anew whose "
        "readings may be used, and uses none of this person's. An erasure removes them."
    ),
    Part.TRUSTED: (
        "Only the tables `consent` and `devices`: they say that this person withdrew and which device is "
        "theirs. Without them the next run could not know whom to leave out. An erasure removes them."
    ),
    Part.CURATED: "This should not be: tell the privacy officer.",
    Part.MODELS: "A model that waits to be trained anew. It is marked and cannot be promoted.",
    Part.OTHER: "This should not be: tell the privacy officer.",
}
_DELIVERED_LATER = (
    "Only lines that were delivered after the request, of readings taken or of records changed after it. The "
    "request does not cover them. They are used no more than anybody's: not without a consent from after it."
)
_ERASED = "This should not be after an erasure: tell the privacy officer."

_MEANING = {
    Part.LANDED: "the files as they were delivered",
    Part.STAGED: "tables with the lines of those files, and with what was refused of them",
    Part.TRUSTED: "tables with what may be used, and with who agreed to it",
    Part.CURATED: "tables for research, without names and addresses",
    Part.MODELS: "what computes steps from readings, and has learnt from them",
    Part.OTHER: "all other files of the lake, such as reports and settings",
}

_KEPT = (
    "Keyed hashes of the addresses, of registration date, birthday and name together, and of "
    "the devices: numbers computed from them with a secret key, which tell nobody's name. By them the "
    "request stays in force for what is delivered later.",
    "This certificate, counts, and the audit log, none of which names the person.",
)

_EVERYWHERE = (
    "Copies that somebody took out of the lake before: answers to queries, exported tables, models "
    "copied with `stedi train --out` or installed on devices.",
    "Backups and snapshots of the disk, and what a disk or file system keeps of deleted files. "
    "Let them expire, and make the same request again in whatever is put back from one.",
    "The systems that deliver the data, and any folder that was read in place and is not the lake's own.",
)
_ON_S3 = "Replicas and backups of the buckets, and objects under a lock or in an archive."
_SHORT_NAMES = (
    "The search looks for whole values. A name of fewer than six letters is looked for in text "
    "and in decoded values, and not in other bytes, where it stands by chance."
)
_LATER = (
    "Data that is delivered later is not covered by this search; each run keeps out what the request covers."
)


def why_it_stays(kind: str, part: Part, *, later: bool = False) -> str:
    """Why something of a person stays in a part of the lake after a request of that kind.

    Args:
        kind: withdraw or erase.
        part: The part of the lake.
        later: Whether lines stay that landed after an erasure was asked for, and that it does not cover.
    """
    if kind == requests.WITHDRAW:
        return _WITHDRAWN[part]
    return _DELIVERED_LATER if later and part is Part.LANDED else _ERASED


def parts_of_a_lake() -> tuple[str, ...]:
    """What each part of a lake holds."""
    return tuple(f"{part.value}: {meaning}" for part, meaning in _MEANING.items())


def kept_anyway() -> tuple[str, ...]:
    """What stays after every request, and names nobody."""
    return _KEPT


def limits(kind: str, *, on_s3: bool) -> list[str]:
    """What a request of that kind cannot reach."""
    told = [*_EVERYWHERE, *([_ON_S3] if on_s3 else []), _SHORT_NAMES, _LATER]
    if kind == requests.WITHDRAW:
        told.insert(
            0, "A withdrawal does not delete what was delivered. Whoever wants that asks for an erasure."
        )
    return told
