"""A certificate in plain words, for the person who asked and for the officer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stedi.erasure.certificate import SCHEMA, utc
from stedi.erasure.reasons import kept_anyway
from stedi.landing import requests

DONE = {requests.ERASE: "Certificate of erasure", requests.WITHDRAW: "Certificate of withdrawal"}
_UNKNOWN = "not told"
_MEANING = (
    "A trace is one place in which a file tells of the person: an address, serial number, name or "
    "pseudonym, or a whole reading; one search counted them before, and the same search afterwards. A row is "
    "one row of a table, or one line of a delivered file."
)
_EARLIER = (
    "An earlier version of stedi wrote this certificate. It does not say who asked, nor what "
    "stayed in which part "
    "of the lake."
)


@dataclass(frozen=True)
class Table:
    """Columns and rows of text; numbers are spelt out."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """A part of the page: paragraphs, then a table, then a list; any of them may be missing."""

    title: str
    paragraphs: tuple[str, ...] = ()
    table: Table | None = None
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """A certificate as it is read."""

    title: str
    lead: str
    sections: tuple[Section, ...]


def page_of(told: Mapping[str, Any], digest: str, *, vouched: bool) -> Page:
    """The page of a certificate.

    Args:
        told: The certificate.
        digest: Of its bytes.
        vouched: Whether the audit log vouches for these bytes.
    """
    sections = [
        _request(told),
        *_zones(told),
        _stays(told),
        *_tables(told),
        _removed(told),
        _search(told),
        *([Section("What this could not reach", items=tuple(told["limits"]))] if told.get("limits") else []),
        _checked(digest, vouched),
    ]
    return Page(DONE[told["kind"]], lead(told), tuple(sections))


def lead(told: Mapping[str, Any]) -> str:
    """What was asked and done, in two sentences."""
    files = told["proof"]["files"]
    what = (
        "A person asked to be erased, and the erasure is complete. "
        if told["kind"] == requests.ERASE
        else "A person withdrew the consent to research, and the withdrawal is complete. "
    )
    if not _is_current(told):
        return f"{what}{files:,} files were searched, and nothing was found where nothing may be."
    left = sum(zone["traces_after"] or 0 for zone in told["zones"])
    if told["kind"] == requests.ERASE:
        found = "none tells of the person" if not left else f"{left:,} traces of the person are left"
        return f"{what}{files:,} files were searched afterwards: {found}."
    used = sum(zone["traces_after"] or 0 for zone in told["zones"] if zone["zone"] in ("curated", "models"))
    return (
        f"{what}{files:,} files were searched afterwards: {used:,} traces are left in curated "
        "tables and models, "
        f"and {left - used:,} stay elsewhere on purpose, as this page says."
    )


def counts(told: Mapping[str, Any]) -> Table:
    """Traces and rows by zone, before and after."""
    return Table(
        ("part of the lake", "traces before", "traces after", "rows before", "rows after"),
        tuple(
            (
                zone["zone"],
                *(_number(zone[name]) for name in ("traces_before", "traces_after")),
                *(_number(zone[name], "-") for name in ("rows_before", "rows_after")),
            )
            for zone in told["zones"]
        ),
    )


def what_stays(told: Mapping[str, Any]) -> tuple[str, ...]:
    """What stays in which part of the lake, and why."""
    return tuple(
        f"{zone['zone']}: {_number(zone['traces_after'])} traces, {_number(zone['rows_after'], 'no')} rows. "
        f"{zone['stays']}"
        for zone in told.get("zones", ())
        if zone["stays"]
    )


def not_searched(told: Mapping[str, Any]) -> tuple[str, ...]:
    """The files of which the search says nothing, and why."""
    return tuple(f"{each['path']}: {each['why']}" for each in told["proof"].get("not_searchable", ()))


def who_was_found(told: Mapping[str, Any]) -> str:
    """Whom the lake knew under the address."""
    person = told.get("person")
    if not person:
        return _UNKNOWN
    if not person["found"]:
        return "Nobody was found under this address. The request stays in force for what is delivered later."
    return f"one person, with {_count(person['addresses'], 'address', 'addresses')} and " + _count(
        person["devices"], "device"
    )


def _is_current(told: Mapping[str, Any]) -> bool:
    return str(told["schema"]) == SCHEMA


def _request(told: Mapping[str, Any]) -> Section:
    rows = (
        ("request", told["request"]),
        ("kind", told["kind"]),
        ("case number", told.get("case") or "none"),
        ("asked", told.get("requested") or utc(told["requested_at"])),
        ("complete", told.get("completed") or utc(told["completed_at"])),
        ("carried out by", told.get("actor") or _UNKNOWN),
        ("who was found", who_was_found(told)),
        ("lake", told["lake"]),
    )
    return Section("The request", () if _is_current(told) else (_EARLIER,), Table(("", ""), rows))


def _zones(told: Mapping[str, Any]) -> list[Section]:
    if not told.get("zones"):
        return []
    return [Section("Before and after", (_MEANING,), counts(told))]


def _stays(told: Mapping[str, Any]) -> Section:
    stays = what_stays(told)
    nothing = () if stays or not _is_current(told) else ("Nothing that tells of the person was found.",)
    by = told.get("still_told_by") if not _is_current(told) else None
    earlier = (f"that the person withdrew is told by {' and '.join(by)}",) if by else ()
    return Section("What stays, and why", nothing, items=(*stays, *earlier, *kept_anyway()))


def _tables(told: Mapping[str, Any]) -> list[Section]:
    rows = tuple(
        (each["table"], _number(each["rows_before"]), _number(each["rows_after"]))
        for each in told.get("tables", ())
    )
    return [Section("Rows by table", (), Table(("table", "before", "after"), rows))] if rows else []


def _removed(told: Mapping[str, Any]) -> Section:
    files = told.get("landed_files", ())
    lines = sum(file["lines"] for file in files)
    rows = [
        ("older snapshots of tables dropped", _number(told.get("snapshots_expired"))),
        ("files of tables removed", _number(told.get("files_removed"))),
        ("other files removed (scratch, caches, reports)", _number(told.get("other_files_removed"))),
        ("models that had learnt from the person", _number(told.get("stale_models"))),
        ("models deleted", _number(told.get("models_deleted"))),
        ("models trained anew without the person", _number(told.get("models_retrained"))),
        ("models that wait to be trained anew", _number(told.get("models_waiting"))),
    ]
    if told["kind"] == requests.ERASE:
        rows = [
            ("delivered files rewritten", _number(len(files))),
            ("lines emptied in them", _number(lines)),
            *rows,
        ]
    decided = (
        ("Files that nobody could search were emptied whole: the officer decided so.",)
        if told.get("emptied_undecodable")
        else ()
    )
    return Section("What was removed", decided, Table(("what", "how many"), tuple(rows)))


def _search(told: Mapping[str, Any]) -> Section:
    proof = told["proof"]
    how = (
        f"{proof['files']:,} files of the lake were searched, {proof['bytes']:,} bytes, unpacked and decoded "
        f"where they are packed. Before, the same search found {told['traces_before']:,} traces, which shows "
        "that it finds them."
        if told["traces_before"]
        else f"{proof['files']:,} files of the lake were searched, {proof['bytes']:,} bytes, unpacked and "
        "decoded where they are packed. Before, the same search found nothing either."
    )
    left = not_searched(told)
    number = proof.get("not_searched", 0)
    said = f"{number:,} files could not be searched to their end." if number else "No file was left out."
    return Section("How it was searched", (how, said), items=left)


def _checked(digest: str, vouched: bool) -> Section:
    how = (
        "The audit log holds this digest; `stedi audit verify` compares the two."
        if vouched
        else "An earlier version wrote it, and the audit log holds no digest of it: it may have been changed."
    )
    return Section("How to check this certificate", (f"Digest of the certificate, as JSON: {digest}", how))


def _number(number: int | None, otherwise: str = _UNKNOWN) -> str:
    return otherwise if number is None else f"{number:,}"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
