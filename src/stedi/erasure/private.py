"""What a procedure must remember of its person until it is complete, beside the keys and not in the lake."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from stedi.erasure.landed import FoundLines
from stedi.erasure.person import Claim, Person, SoleOwnership
from stedi.ground import durable
from stedi.ground.places import Place
from stedi.ground.places import forget as forget_file
from stedi.lake.config import Lake
from stedi.prover.traces import Traces
from stedi.run.private_files import LANDED, PERSON, TRACES, forget_private_files, private_file
from stedi.sources.emptying import WHOLE, Position

forget = forget_private_files


def keep_person(lake: Lake, request: str, person: Person, traces: Traces) -> None:
    """Remember a person and their traces, readable by the owner of the keys alone."""
    path = private_file(lake, request, TRACES)
    forget_file(path)
    traces.save(path, lake.root)
    durable.replace(private_file(lake, request, PERSON), json.dumps(asdict(person)).encode())


def kept_person(lake: Lake, request: str) -> tuple[Person, Traces]:
    """The person and the traces that were kept."""
    told = json.loads(private_file(lake, request, PERSON).read_text())
    person = Person(
        tuple(told["participants"]),
        tuple((at, birthday, name) for at, birthday, name in told["records"]),
        tuple(SoleOwnership(**stretch) for stretch in told["devices"]),
        told["known"],
        # Earlier versions kept none.
        tuple(Claim(**claim) for claim in told.get("claims", ())),
    )
    return person, Traces.load(private_file(lake, request, TRACES))


def keep_landed(lake: Lake, request: str, found: Sequence[FoundLines]) -> None:
    """Remember which lines of which landed files are the person's; a path may hold anything."""
    told = [each.told() for each in found]
    durable.replace(private_file(lake, request, LANDED), json.dumps(told).encode())


def kept_landed(lake: Lake, request: str) -> list[FoundLines] | None:
    """The lines that were kept; None while they were not looked for."""
    path = private_file(lake, request, LANDED)
    if not path.exists():
        return None
    return [FoundLines(**{**told, "lines": tuple(map(_position, told["lines"]))}) for told in _list(path)]


def _position(kept: int | list[int]) -> Position:
    # Earlier versions kept the number of the line alone.
    return (kept, WHOLE) if isinstance(kept, int) else (kept[0], kept[1])


def _list(path: Place) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text())
    return found
