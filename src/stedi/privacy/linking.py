"""Which addresses are one person, and which were passed on to somebody else.

The source has no customer id. Records are one person's when they share the normalised e-mail, or
registration, birthday and name together; the latter follows a person to another address. Names and birthdays
are compared in one spelling, whatever their case, composition and blanks. What records of erased people told
is gone with them: of these, requests tell which addresses were one person's.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

from stedi.privacy.names import IDENTITY, IDENTITY_COLUMNS, in_one_spelling
from stedi.privacy.python_rows import mapped

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

LINKS_SCHEMA = "participant string, person string, is_recycled boolean"

Identity = tuple[Any, ...]
NamedRecord = tuple[str, Identity, int]
"""An address, an identity told under it, and when the address was first told of (UTC ms)."""


def links(records: "DataFrame", reached: "DataFrame") -> "DataFrame":
    """Tell of each address that is not simply a person of its own whose it is.

    A person is called by one of their addresses: that of the earliest record, of several the first
    in the order of text. It follows from the records alone, and newer records do not change it.

    Args:
        records: Staged customer records: `participant`, `effective_at` (UTC ms) and `IDENTITY`.

    Returns:
        `participant`, `person`, `is_recycled`, one row an address that shares an identity with
        another one or under which several were told. Few are, so they are linked on one task;
        nobody else's records leave the engine.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    address, identity = Window.partitionBy("participant"), Window.partitionBy(*IDENTITY)

    def several(column: str, of: Any) -> Any:
        return F.min(column).over(of) != F.max(column).over(of)

    first = in_one_spelling(records).withColumn("first_at", F.min("effective_at").over(address))
    told = first.where(" and ".join(f"{name} is not null" for name in IDENTITY))
    is_shared = several("participant", identity)
    # Of an address that was passed on this differs as all else does.
    may_be_recycled = several("registrationdate", address)
    asked = (
        told.withColumn("is_asked", is_shared | may_be_recycled)
        .where("is_asked")
        .select("participant", *IDENTITY, "first_at")
    )
    of_root = Window.partitionBy("root")
    by_request = (
        reached.withColumn("is_shared", several("participant", of_root))
        .where("is_shared")
        .join(first.select("participant", "first_at").distinct(), "participant")
    )
    # As identities that have no registration.
    requested = by_request.select(
        "participant",
        F.lit(None).cast("bigint").alias("registrationdate"),
        F.lit(None).cast("string").alias("birthday"),
        F.col("root").alias("customername"),
        "first_at",
    )
    told_of = asked.unionByName(requested).repartition(1)
    return mapped(told_of, f"participant string, {IDENTITY_COLUMNS}, first_at bigint", _linked, LINKS_SCHEMA)


def linked(told: Iterable[NamedRecord]) -> dict[str, str]:
    """The person of each address, by following identities from address to address.

    >>> linked([("a", (1, "x", "y"), 7), ("b", (1, "x", "y"), 5)])
    {'a': 'b', 'b': 'b'}
    """
    told = list(told)
    parent = {address: address for address, _, _ in told}

    def root(address: str) -> str:
        while parent[address] != address:
            parent[address] = parent[parent[address]]
            address = parent[address]
        return address

    first = {address: (first_at, address) for address, _, first_at in told}
    of_identity: dict[Identity, str] = {}
    for address, identity, _ in told:
        mine, theirs = root(address), root(of_identity.setdefault(identity, address))
        kept, joined = sorted((mine, theirs), key=first.__getitem__)
        parent[joined] = kept
    return {address: root(address) for address in parent}


def first_requests(told: Iterable[tuple[str, str, int]]) -> dict[str, str]:
    """The first of all requests about each person, by request: those that share a hash are about one.

    Args:
        told: A request, a hash of its person's, and when it was made (UTC ms).

    >>> first_requests([("a", "x", 7), ("b", "x", 5), ("b", "y", 5), ("c", "z", 1)])
    {'a': 'b', 'b': 'b', 'c': 'c'}
    """
    return linked((request, (hashed,), at) for request, hashed, at in told)


def is_recycled(identities: Iterable[Identity]) -> bool:
    """Whether two identities told under one address have nothing in common: it was passed on.

    >>> is_recycled([(1, "x", "y"), (1, "x", "z")]), is_recycled([(1, "x", "y"), (2, "v", "w")])
    (False, True)
    """
    told = set(identities)
    alike: Counter[tuple[tuple[int, Any], ...]] = Counter()
    for identity in told:
        for parts in _PARTS:
            alike[tuple((part, identity[part]) for part in parts)] += 1
    # How many agree with one in any part: those that do in one, less those that do in two, and so on.
    return any(
        sum(
            (-1) ** (len(parts) + 1) * alike[tuple((part, identity[part]) for part in parts)]
            for parts in _PARTS
        )
        < len(told)
        for identity in told
    )


_PARTS = [parts for many in (1, 2, 3) for parts in combinations(range(3), many)]


def _linked(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa

    told: list[NamedRecord] = []
    for batch in batches:
        told += [(p, tuple(i), at) for p, *i, at in zip(*(c.to_pylist() for c in batch.columns), strict=True)]
    person = linked(told)
    identities = defaultdict(set)
    for address, identity, _ in told:
        # What a request tells says nothing of who has the address now.
        if identity[0] is not None:
            identities[address].add(identity)
    rows = [
        {"participant": address, "person": person[address], "is_recycled": is_recycled(identities[address])}
        for address in person
    ]
    schema = pa.schema([("participant", pa.string()), ("person", pa.string()), ("is_recycled", pa.bool_())])
    yield pa.RecordBatch.from_pylist(rows, schema=schema)
