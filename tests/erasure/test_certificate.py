"""The certificate says what is there before and after, zone by zone, and names nobody."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaving import Said, consenting, traces
from stedi import audit
from stedi.erasure import procedure as procedures_of_people
from stedi.erasure.person import person_of
from stedi.erasure.planning import opened_store
from stedi.erasure.procedure import carry_out
from stedi.ground.errors import UsageError
from stedi.lake.config import Lake
from stedi.prover.proof import MASKED, Area, prove
from stedi.run.procedures import procedures

Stedi = Callable[..., Said]


def landed_of(lake: Lake, email: str) -> int:
    """Lines of a person, read as anybody would read the files: theirs by address or by serial number."""
    lines = [
        json.loads(line)
        for path in lake.landing.rglob("*.json")
        for line in path.read_text().splitlines()
        if line.strip()
    ]
    serials = {line["serialNumber"] for line in lines if line.get("email", "").lower() == email}
    assert len(serials) == 1
    return sum(
        line.get("email", line.get("user", "")).lower() == email
        or ("sensorReadingTime" in line and line["serialNumber"] in serials)
        for line in lines
    )


def zones(certificate: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {zone["zone"]: zone for zone in certificate["zones"]}


def rows(certificate: dict[str, Any], when: str) -> dict[str, int]:
    return {each["table"]: each[f"rows_{when}"] for each in certificate["tables"]}


def test_a_withdrawal_tells_what_stays_and_why(walked: Lake) -> None:
    lake, (email,) = walked, consenting(walked)
    sought, lines = traces(lake, email), landed_of(walked, email)
    before = prove(lake, [sought])
    told = carry_out(lake, "withdraw", email, case="DSR-2026/114").certificate
    assert told is not None
    after = prove(lake, [sought])
    by_zone = zones(told)
    for area in (Area.LANDED, Area.STAGED, Area.TRUSTED, Area.CURATED):
        assert by_zone[area.value]["traces_before"] == before.count(area=area) > 0
        assert by_zone[area.value]["traces_after"] == after.count(area=area)
    found = {name: (zone["rows_before"], zone["rows_after"]) for name, zone in by_zone.items()}
    assert found["landed files"] == found["staged"] == (lines, lines)
    assert found["trusted"][0] > 2 and found["trusted"][1] == 2
    assert found["curated"][0] > 0 and found["curated"][1] == 0
    assert (found["models"], found["other"]) == ((None, None), (None, None))
    assert {table: rows(told, "after")[table] for table in ("consent", "devices", "customer_trusted")} == {
        "consent": 1, "devices": 1, "customer_trusted": 0,
    }  # fmt: skip
    assert [name for name, zone in by_zone.items() if zone["stays"]] == ["landed files", "staged", "trusted"]
    assert "only an erasure" in by_zone["landed files"]["stays"]
    assert "`consent` and `devices`" in by_zone["trusted"]["stays"]
    assert (told["case"], told["actor"], told["kind"]) == ("DSR-2026/114", audit.actor(), "withdraw")
    assert told["person"] == {"found": True, "addresses": 1, "devices": 1}
    assert told["proof"]["not_searchable"] == []


def test_an_erasure_leaves_none(walked: Lake) -> None:
    lake, (email,) = walked, consenting(walked)
    sought, lines = traces(lake, email), landed_of(walked, email)
    before = prove(lake, [sought])
    told = carry_out(lake, "erase", email).certificate
    assert told is not None
    for name, zone in zones(told).items():
        assert (zone["traces_after"], zone["rows_after"] or 0, zone["stays"]) == (0, 0, None)
        if name not in ("models", "other"):
            assert zone["traces_before"] == before.count(area=Area(name)) > 0
    assert (rows(told, "before")["landed lines"], rows(told, "after")["landed lines"]) == (lines, 0)
    assert sum(file["lines"] for file in told["landed_files"]) == lines
    # The digest of a file of one reading would confirm a guess of it.
    digests = {
        hashlib.sha256(line).hexdigest()
        for path in lake.landing.rglob("*.json")
        for line in [path.read_bytes()]
    }
    kept = (lake.root / "procedures").glob("*.json"), (lake.root / "certificates").glob("*.json")
    for text in [path.read_text() for some in kept for path in some]:
        assert "sha256" not in text
        assert not any(digest in text for digest in digests)


def test_the_screen_and_every_form_have_its_numbers(walked: Lake, stedi: Stedi, tmp_path: Path) -> None:
    lake, (email,) = walked, consenting(walked)
    asked = tmp_path / "person.txt"
    asked.write_text(email)
    at = ("--lake", lake.root, "privacy")
    done = stedi(*at, "withdraw", "--email-file", asked, "--yes", "--case", "A-1")
    (request,) = (procedure.request for procedure in procedures(lake))
    content = (lake.root / "certificates" / f"{request}.json").read_bytes()
    told = json.loads(content)
    assert stedi(*at, "certificate", request, "--json").out.encode() == content
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    (entry,) = audit.entries_of(lake, "privacy_complete")
    assert (entry["certificate"], entry["case"]) == (digest, "A-1")
    with opened_store(lake) as store:
        person = person_of(store, email, lake.key("suppression"))
    values = [email, *person.names, *(device.serialnumber for device in person.devices)]
    shown = {"screen": done.out, "json": content.decode()}
    for form in ("text", "markdown", "html"):
        out = tmp_path / f"certificate.{form}"
        assert stedi(*at, "certificate", request, "--format", form, "--out", out).code == 0
        assert out.stat().st_mode & 0o777 == 0o600
        shown[form] = out.read_text()
        assert digest in shown[form] and "A-1" in shown[form]
    for text in shown.values():
        assert not [value for value in values if value in text]
    for form in ("screen", "text", "markdown", "html"):
        for zone in told["zones"]:
            assert f"{zone['traces_before']:,}" in shown[form] and f"{zone['traces_after']:,}" in shown[form]
        assert "after: 0" not in shown[form]
    assert "<script" not in shown["html"] and "http://" not in shown["html"].replace("http-equiv", "")
    inside = stedi(*at, "certificate", request, "--out", lake.root / "lake.json")
    assert (inside.code, json.loads((lake.root / "lake.json").read_text())["lake_id"]) == (2, lake.lake_id)


def test_whoever_asks_finds_all_requests_by_the_address(walked: Lake, stedi: Stedi, tmp_path: Path) -> None:
    lake, (email, other) = walked, consenting(walked, count=2)
    asked = tmp_path / "person.txt"
    at = ("--lake", lake.root, "privacy", "certificate", "--email-file", asked)
    asked.write_text(email)
    assert stedi(*at).code == 2
    moments = iter(range(2_000_000_000_000, 3_000_000_000_000, 1_000_000))
    for kind, whom in (("withdraw", email), ("withdraw", other), ("erase", email)):
        carry_out(lake, kind, whom, clock=lambda: next(moments))
    first, _, last = (procedure.request for procedure in procedures(lake))
    for address in (email, email.upper()):
        asked.write_text(address)
        found = stedi(*at, "--json")
        assert [told["request"] for told in json.loads(found.out)["certificates"]] == [last, first]
        assert email not in (found.out + found.err).lower()
    assert stedi(*at[:4], last, "--email-file", asked).code == 2
    assert stedi(*at[:4]).code == 2


def test_nobody_is_found_under_an_unknown_address(walked: Lake, stedi: Stedi, tmp_path: Path) -> None:
    told = carry_out(walked, "withdraw", "nobody@example.org", unknown=True).certificate
    assert told is not None
    assert told["person"]["found"] is False
    shown = stedi("--lake", walked.root, "privacy", "certificate", told["request"])
    assert "Nobody was found under this address." in shown.out


@pytest.mark.parametrize(
    "case",
    [
        "ana@example.org", "ana%40example.org", "ana.marsh.1950", "Ana Marsh 1", "<b>1</b>", "", "A",
        "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "1b9d6bcdbbfd4b2d9b5dab8dfbbd4bed",
        "1b9d/6bcd/bbfd/4b2d/9b5d/ab8d/fbbd/4bed", "1" * 41, "1\n2", "DSR－１", "a--1",
    ],
)  # fmt: skip
def test_a_case_number_is_nothing_else(case: str, walked: Lake) -> None:
    with pytest.raises(UsageError, match="case number"):
        carry_out(walked, "withdraw", "nobody@example.org", case=case)
    assert procedures(walked) == []


def test_a_case_number_holds_no_value_of_the_person(walked: Lake) -> None:
    (email,) = consenting(walked)
    with opened_store(walked) as store:
        birthday = person_of(store, email, walked.key("suppression")).records[0][1]
    with pytest.raises(UsageError, match="holds a value of the person"):
        carry_out(walked, "erase", email, case=birthday)
    assert procedures(walked) == []


def test_an_officer_called_as_the_person_is_masked(walked: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    (email,) = consenting(walked)
    with opened_store(walked) as store:
        name = person_of(store, email, walked.key("suppression")).names[0]
    monkeypatch.setattr(procedures_of_people.audit, "actor", lambda: name)
    told = carry_out(walked, "withdraw", email).certificate
    assert told is not None
    assert told["actor"] == MASKED
