"""A certificate in plain words, for the person who asked and for the officer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stedi.erasure.certificate import SCHEMA, utc
from stedi.erasure.reasons import kept_anyway, parts_of_a_lake
from stedi.landing import requests
from stedi.sources.file_names import shown

DONE = {requests.ERASE: "Certificate of erasure", requests.WITHDRAW: "Certificate of withdrawal"}
_KIND = {requests.ERASE: "erasure", requests.WITHDRAW: "withdrawal of the consent to research"}
_UNKNOWN = "not told"
_MEANING = (
    "A trace is one place in which a file tells of the person: an address, serial number, name or "
    "pseudonym, or a whole reading; one search counted them before, and the same search afterwards. A row is "
    "one row of a table, or one line of a delivered file. A dash means that there are no rows to count."
)
_DIGEST = (
    "The digest is computed from every byte of the certificate as JSON, so it is another one if "
    "a single letter was changed."
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
        *_parts(told),
        _stays(told),
        *_tables(told),
        _removed(told),
        _search(told),
        *([Section("What this could not reach", items=tuple(told["limits"]))] if told.get("limits") else []),
        _checked(digest, vouched),
    ]
    return Page(DONE[told["kind"]], lead(told), tuple(sections))


def lead(told: Mapping[str, Any]) -> str:
    """What was asked and done, and whom it concerned."""
    erased = told["kind"] == requests.ERASE
    what = (
        "A person asked to be erased, and the erasure is complete. "
        if erased
        else "A person withdrew the consent to research, and the withdrawal is complete. "
    )
    if _nobody_found(told):
        what += "Nobody was found under the address of the request: check it for typos. "
    files = f"{_count(told['proof']['files'], 'file was', 'files were')} searched afterwards"
    if not _is_current(told):
        return f"{what}{files}, and nothing was found where nothing may be."
    left = sum(zone["traces_after"] or 0 for zone in told["zones"])
    if erased:
        found = "none tells of the person" if not left else f"{_are(left)} left"
        if left and (told.get("later") or {}).get("lines"):
            found = (
                f"none tells of the person, but for {_count(left, 'trace')} in what came after the request"
            )
        return f"{what}{files}: {found}.{_kept(told)}"
    used = sum(zone["traces_after"] or 0 for zone in told["zones"] if zone["zone"] in ("curated", "models"))
    in_use = "nothing of the person is" if not used else f"{_are(used)}"
    elsewhere = (
        f"; {_count(left - used, 'trace stays', 'traces stay')} elsewhere on purpose, as this page says"
    )
    return (
        f"{what}{files}: {in_use} left in what research uses (curated tables and models)"
        f"{elsewhere if left > used else ''}."
    )


def _are(traces: int) -> str:
    return _count(traces, "trace of the person is", "traces of the person are")


def _kept(told: Mapping[str, Any]) -> str:
    kept = told["proof"].get("not_searched", 0)
    if not kept:
        return ""
    stayed = f"{_count(kept, 'file')} that nobody can search to the end stayed"
    return f" {stayed} by decision of the officer: nothing is said of them."


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
        f"{zone['zone']}: {_spelt(zone['traces_after'], 'trace')}, {_spelt(zone['rows_after'], 'row')}. "
        f"{zone['stays']}"
        for zone in told.get("zones", ())
        if zone["stays"]
    )


def not_searched(told: Mapping[str, Any]) -> tuple[str, ...]:
    """The files of which the search says nothing, and why."""
    return tuple(f"{shown(each['path'])}: {each['why']}" for each in told["proof"].get("not_searchable", ()))


def who_was_found(told: Mapping[str, Any]) -> str:
    """Whom the lake knew under the address."""
    person = told.get("person")
    if not person:
        return _UNKNOWN
    if _nobody_found(told):
        return "Nobody was found under this address. The request stays in force for what is delivered later."
    return f"one person, with {_count(person['addresses'], 'address', 'addresses')} and " + _count(
        person["devices"], "device"
    )


def _nobody_found(told: Mapping[str, Any]) -> bool:
    return bool(told.get("person")) and not told["person"]["found"]


def _is_current(told: Mapping[str, Any]) -> bool:
    return str(told["schema"]) == SCHEMA


def _request(told: Mapping[str, Any]) -> Section:
    rows = (
        ("request", told["request"]),
        ("kind", _KIND[told["kind"]]),
        ("case number", told.get("case") or "none"),
        ("asked", _when(told["requested_at"])),
        ("complete", _when(told["completed_at"])),
        ("carried out by", shown(told.get("actor") or _UNKNOWN)),
        ("who was found", who_was_found(told)),
        ("lake", told["lake"]),
    )
    return Section("The request", () if _is_current(told) else (_EARLIER,), Table(("", ""), rows))


def _zones(told: Mapping[str, Any]) -> list[Section]:
    if not told.get("zones"):
        return []
    return [Section("Before and after", (_MEANING,), counts(told))]


def _parts(told: Mapping[str, Any]) -> list[Section]:
    return [Section("The parts of the lake", items=parts_of_a_lake())] if told.get("zones") else []


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
        ("older versions of tables removed", _number(told.get("snapshots_expired"))),
        ("files of tables removed", _number(told.get("files_removed"))),
        ("other files removed (temporary files, caches, reports)", _number(told.get("other_files_removed"))),
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
        f"{_count(proof['files'], 'file', 'files')} of the lake, {_count(proof['bytes'], 'byte')} together, "
        "were searched, and unpacked and decoded for that where they are packed. "
    )
    before = told["traces_before"]
    how += (
        f"Before, the same search found {_count(before, 'trace')}, which shows that it finds them."
        if before
        else "Before, the same search found nothing either."
    )
    left = not_searched(told)
    number = proof.get("not_searched", 0)
    said = (
        f"{_count(number, 'file')} could not be searched to {'its' if number == 1 else 'their'} end."
        if number
        else "No file was left out."
    )
    return Section("How it was searched", (how, said), items=left)


def _checked(digest: str, vouched: bool) -> Section:
    how = (
        "The audit log holds this digest; `stedi audit verify` compares the two."
        if vouched
        else "An earlier version wrote it, and the audit log holds no digest of it: it may have been changed."
    )
    return Section("How to check this certificate", (f"Digest: {digest}", _DIGEST, how))


def _number(number: int | None, otherwise: str = _UNKNOWN) -> str:
    return otherwise if number is None else f"{number:,}"


def _spelt(number: int | None, one: str) -> str:
    return f"{_UNKNOWN if one == 'trace' else 'no'} {one}s" if number is None else _count(number, one)


def _when(at_ms: int) -> str:
    return utc(at_ms).replace("T", " ").replace("Z", " UTC")


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
