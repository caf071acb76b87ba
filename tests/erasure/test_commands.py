"""The officer's commands: plan first, nothing personal shown, refused where they must be."""

import json
from collections.abc import Callable
from pathlib import Path

from leaving import Said, consenting
from stedi.lake.config import Lake, create
from stedi.run import procedures
from stedi.run.procedures import Procedure
from stedi.run.run import run

Stedi = Callable[..., Said]


def content(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != ".lock"}


def test_the_officer_s_day(lake: Lake, stedi: Stedi, tmp_path: Path) -> None:
    (email,) = consenting(lake)
    asked = tmp_path / "person.txt"
    asked.write_text(f"{email}\n")
    at = ("--lake", lake.root, "privacy")

    before = content(lake.root)
    refused = stedi(*at, "erase", "--email-file", asked)
    assert (refused.code, "--empty-undecodable" in refused.err) == (0, True)
    assert stedi(*at, "erase", "--email-file", asked, "--yes").code == 4
    planned = stedi(*at, "erase", "--email-file", asked, "--empty-undecodable")
    found = stedi(*at, "find", "--email-file", asked, "--json")
    assert (planned.code, found.code) == (0, 0)
    assert json.loads(found.out)["landed_lines"] > 10
    assert content(lake.root) == before

    # Somebody was killed: whoever reads what is in use is refused, and so is a run.
    pending = Procedure("20260101T000000-abcdef", "erase", 1, "complete")
    procedures.save(lake, Procedure(**{**vars(pending), "step": "requested"}))
    refused = stedi("--lake", lake.root, "query", "select count(*) from customer_trusted")
    assert refused.code == 4
    assert f"stedi --lake {lake.root} privacy resume" in refused.err
    assert stedi("--lake", lake.root, "query", "select count(*) from customer_staged").code == 4
    assert stedi("--lake", lake.root, "status").code == 0
    assert stedi("--lake", lake.root, "run").code == 4
    procedures.save(lake, pending)

    done = stedi(*at, "erase", "--email-file", asked, "--yes", "--empty-undecodable", "--json")
    assert done.code == 0, done.err
    request = json.loads(done.out)["request"]
    shown = stedi(*at, "certificate", request)
    verified = stedi(*at, "verify", "--email-file", asked)
    told = stedi(*at, "status")
    assert (shown.code, verified.code, told.code) == (0, 0, 0)
    for said in (planned, found, done, shown, verified, told):
        assert email not in said.out + said.err
    assert stedi(*at, "certificate", "../../lake").code == 2


def test_somebody_else_s_folder_is_never_written_to(walks: Path, stedi: Stedi, tmp_path: Path) -> None:
    lake = create(tmp_path / "lake", buckets=2)
    run(lake, walks, settle_s=0)
    asked = tmp_path / "person.txt"
    asked.write_text(consenting(lake)[0])
    before = content(walks)
    at = ("--lake", lake.root, "privacy")
    refused = stedi(*at, "erase", "--email-file", asked, "--yes")
    assert refused.code == 2
    assert "stedi --lake ANOTHER land FOLDER" in refused.err
    assert stedi(*at, "withdraw", "--email-file", asked, "--yes").code == 0
    assert content(walks) == before


def test_one_address_is_asked_for(stedi: Stedi, tmp_path: Path) -> None:
    lake = create(tmp_path / "lake")
    asked = tmp_path / "people.txt"
    for text in ("", "a@b.c\nd@e.f\n", "nobody"):
        asked.write_text(text)
        said = stedi("--lake", lake.root, "privacy", "erase", "--email-file", asked)
        assert said.code == 2
        assert "a@b.c" not in said.err


def test_what_is_no_address_is_refused_before_anything_is_written(
    walked: Lake, stedi: Stedi, tmp_path: Path
) -> None:
    (email,) = consenting(walked)
    before = content(walked.root)
    asked = tmp_path / "person.txt"
    at = ("--lake", walked.root, "privacy")
    texts = [
        f'"{email}"', f"Ana <{email}>", f"<{email}>", f"mailto:{email}", f"{email},", f"{email}.",
        f"{email};a@b.c", "a@xn--zz.example", f"a{chr(0x200b)}{email}", "a" * 10_000 + "@b.c", f"{email}\0",
    ]  # fmt: skip
    for text in texts:
        asked.write_text(text)
        for command, *more in (["find"], ["verify"], ["withdraw", "--yes"], ["erase"], ["erase", "--yes"]):
            said = stedi(*at, command, "--email-file", asked, *more)
            assert said.code == 2, (ascii(text), command)
            assert "nothing was done" in said.err
            assert email not in said.out + said.err
    for raw in (f"{email}".encode("utf-16"), b"\xff\xfe@b.c", b"", f"{email}\x0cb@c.d".encode()):
        asked.write_bytes(raw)
        assert stedi(*at, "erase", "--email-file", asked, "--yes").code == 2
    assert content(walked.root) == before


def test_an_address_nobody_has_is_asked_for_only_in_so_many_words(
    walked: Lake, stedi: Stedi, tmp_path: Path
) -> None:
    asked = tmp_path / "person.txt"
    asked.write_text("nobody@example.org")
    at = ("--lake", walked.root, "privacy")
    before = content(walked.root)
    for kind in ("withdraw", "erase"):
        refused = stedi(*at, kind, "--email-file", asked, "--yes")
        assert refused.code == 2
        assert "--unknown" in refused.err
    assert content(walked.root) == before

    data = {name for name in before if name.endswith((".parquet", ".avro"))}
    done = stedi(*at, "erase", "--email-file", asked, "--yes", "--unknown", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["nobody_found"] is True
    assert told["traces_before"] == 0
    # Nothing older is dropped for it.
    assert data <= content(walked.root).keys()
    # Known by its request now, it is asked for again without more words; each request is on record.
    assert stedi(*at, "erase", "--email-file", asked, "--yes").code == 0
    assert len(json.loads(stedi(*at, "status", "--json").out)["requests"]) == 2
    assert stedi("--lake", walked.root, "run").code == 0
    assert stedi("--lake", walked.root, "query", "select count(*) from customer_trusted").code == 0
