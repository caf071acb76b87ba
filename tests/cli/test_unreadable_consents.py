"""A run tells of consent times that cannot be read, whole exports first; `status` and `find` do too."""

import json
from pathlib import Path

from typer.testing import CliRunner

from stedi.cli.main import app

AT = 1_700_000_000_000


def customer(number: int, **changed: object) -> dict[str, object]:
    return {
        "customerName": f"Person {number:02d}", "email": f"person{number}@example.org",
        "birthDay": "1970-01-01",
        "serialNumber": f"50f7b4f3-7af5-4b07-a421-{number:012d}", "registrationDate": AT + number,
        "lastUpdateDate": AT + number, "shareWithResearchAsOfDate": AT + number, **changed,
    }  # fmt: skip


def land(landing: Path, name: str, records: list[dict[str, object]]) -> None:
    folder = landing / "customer"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(json.dumps(record) + "\n" for record in records))


def stedi(lake: Path, *arguments: str) -> str:
    done = CliRunner().invoke(app, ["--lake", str(lake), *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout + ("" if "--json" in arguments else done.stderr)


def test_an_export_that_turns_unreadable_is_told_first_and_ends_by_a_readable_one(tmp_path: Path) -> None:
    lake, landing = tmp_path / "lake", tmp_path / "landing"
    run = ("run", "--settle", "0", "--landing", str(landing))
    land(landing, "1.json", [customer(n) for n in range(5)])
    assert "cannot be read" not in stedi(lake, *run)

    ends = {"lastUpdateDate": AT + 10_000, "shareWithResearchAsOfDate": "2023-11-14T22:13:20Z"}
    land(landing, "2.json", [customer(n, **ends) for n in range(5)])
    others = {"lastUpdateDate": AT + 9_000}
    land(
        landing,
        "3.json",
        [customer(9, shareWithResearchAsOfDate=AT // 1000), *(customer(n, **others) for n in range(2))],
    )
    told = json.loads(stedi(lake, *run, "--json"))
    first, second = told["alerts"][:2]
    assert first.startswith("ALL consent times of customer/2.json cannot be read (5 as text")
    assert second.startswith("1 customer record holds a consent time that cannot be read (1 as seconds")
    assert json.loads(stedi(lake, "status", "--json"))["people"] == {"UNREADABLE": 6}
    assert "6 people on hold" in stedi(lake, "status")
    (tmp_path / "who").write_text("person1@example.org\n")
    assert "UNREADABLE: on hold" in stedi(lake, "privacy", "find", "--email-file", str(tmp_path / "who"))

    land(landing, "4.json", [customer(n, lastUpdateDate=AT + 20_000) for n in range(5)])
    stedi(lake, *run)
    assert json.loads(stedi(lake, "status", "--json"))["people"] == {"GIVEN": 5, "UNREADABLE": 1}
