"""Certificates that were changed, exchanged, deleted or added are found; a kill between is no fault."""

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import preforked
from leaving import Said, consenting, landed_lake
from stedi import audit
from stedi.erasure.procedure import carry_out, resume
from stedi.erasure.vouching import CertificateBrokenError, vouch_for_all
from stedi.ground.failpoints import VARIABLE
from stedi.lake.config import Lake
from stedi.run.procedures import pending, procedures

Stedi = Callable[..., Said]

WITHDRAWS = """
import sys
from pathlib import Path
from stedi.lake.config import opened
from stedi.erasure.procedure import carry_out

carry_out(opened(Path(sys.argv[1])), "withdraw", sys.stdin.read())
"""


@pytest.fixture(scope="module")
def two_left(walks: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = landed_lake(tmp_path_factory.mktemp("vouched") / "lake", walks, buckets=2)
    for kind, email in zip(("withdraw", "withdraw"), consenting(lake, count=2), strict=True):
        carry_out(lake, kind, email)
    return lake


@pytest.fixture
def left(two_left: Lake, tmp_path: Path) -> Iterator[tuple[Lake, Path, Path]]:
    """A lake in which two people withdrew, and their certificates, put back afterwards."""
    folder = two_left.root / "certificates"
    shutil.copytree(folder, tmp_path / "kept")
    one, other = (folder / f"{procedure.request}.json" for procedure in procedures(two_left))
    yield two_left, one, other
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "kept", folder)


def change(one: Path, other: Path) -> None:
    # A blank is enough, and so is a number.
    one.write_text(one.read_text().replace('"traces_after": ', '"traces_after":  ', 1))


def replace_by_the_other(one: Path, other: Path) -> None:
    one.write_bytes(other.read_bytes())


def exchange(one: Path, other: Path) -> None:
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)


def break_off(one: Path, other: Path) -> None:
    one.write_bytes(one.read_bytes()[:50])


def delete(one: Path, other: Path) -> None:
    one.unlink()


FORGERIES = {
    change: "request {one}: its certificate was changed",
    replace_by_the_other: "request {one}: in place of its certificate stands the one of request {other}",
    exchange: "request {one}: in place of its certificate stands the one of request {other}",
    break_off: "request {one}: its certificate was changed",
    delete: "request {one}: its certificate was deleted",
}


def test_certificates_as_written_are_vouched_for(left: tuple[Lake, Path, Path], stedi: Stedi) -> None:
    lake, one, other = left
    found = vouch_for_all(lake)
    assert (found.certificates, found.without_digest, found.not_complete) == (2, (), ())
    told = json.loads(stedi("--lake", lake.root, "audit", "verify", "--json").out)
    assert (told["certificates"], told["without_digest"]) == (2, [])
    for path in (one, other):
        assert stedi("--lake", lake.root, "privacy", "certificate", path.stem).code == 0


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_forged_certificate_is_refused(
    forge: Callable[[Path, Path], None], left: tuple[Lake, Path, Path], stedi: Stedi
) -> None:
    lake, one, other = left
    forge(one, other)
    fault = FORGERIES[forge].format(one=one.stem, other=other.stem)
    for command in (("audit", "verify"), ("privacy", "certificate", one.stem)):
        said = stedi("--lake", lake.root, *command)
        assert (said.code, said.out if command[0] == "privacy" else "") == (4, "")
        assert f"  - {fault}\n" in f"{said.err}\n"
    exchanged = forge is exchange
    assert (stedi("--lake", lake.root, "privacy", "certificate", other.stem).code == 4) is exchanged


def test_a_certificate_that_the_log_does_not_know_is_refused(
    left: tuple[Lake, Path, Path], stedi: Stedi
) -> None:
    lake, one, _ = left
    added = one.with_name("20260101T000000-abcdef.json")
    added.write_text(one.read_text().replace(one.stem, added.stem))
    said = stedi("--lake", lake.root, "audit", "verify")
    fault = f"request {added.stem}: no entry of the audit log knows its certificate"
    assert said.code == 4 and fault in said.err
    shown = stedi("--lake", lake.root, "privacy", "certificate", added.stem)
    assert (shown.code, shown.out) == (4, "") and fault in shown.err
    added.rename(one.with_name("notes.txt"))
    assert "1 file among the certificates is none" in stedi("--lake", lake.root, "audit", "verify").err


OLD = {
    "schema": "stedi.certificate/1", "lake": "0" * 16, "request": "20250101T000000-00000a",
    "kind": "withdraw",
    "requested_at": 1_735_689_600_000, "completed_at": 1_735_689_660_000, "traces_before": 41,
    "before": {"customer_trusted": {"rows": 1, "files": 1, "before": 3}}, "after": {"customer_trusted": 2},
    "stale_models": 0, "snapshots_expired": 3, "files_removed": 9, "still_told_by": ["consent", "devices"],
    "proof": {"clean": True, "files": 77, "bytes": 5, "not_searched": 0, "seconds": 0.1},
}  # fmt: skip


def test_an_earlier_one_is_shown_and_said_to_be_without_a_digest(walked: Lake, stedi: Stedi) -> None:
    lake, request = walked, OLD["request"]
    (lake.root / "certificates").mkdir()
    path = lake.root / "certificates" / f"{request}.json"
    path.write_text(json.dumps(OLD) + "\n")
    audit.record(lake, "privacy_complete", request=request, kind="withdraw")
    verified = stedi("--lake", lake.root, "audit", "verify")
    assert verified.code == 0
    assert "1 certificate of an earlier version without a digest" in verified.err
    for form in ("text", "markdown", "html", "json"):
        shown = stedi("--lake", lake.root, "privacy", "certificate", request, "--format", form)
        assert shown.code == 0 and "41" in shown.out
        assert "the audit log holds no digest" in shown.err
    path.write_text(json.dumps({**OLD, "request": "20250101T000000-00000b"}))
    assert stedi("--lake", lake.root, "privacy", "certificate", request).code == 4
    path.unlink()
    assert "its certificate was deleted" in stedi("--lake", lake.root, "audit", "verify").err


@pytest.mark.parametrize(
    ("point", "entries"), [("privacy.proved", 0), ("privacy.certified", 0), ("privacy.audited", 1)]
)
def test_killed_between_certificate_and_audit_entry(
    point: str, entries: int, walks: Path, tmp_path: Path, stedi: Stedi
) -> None:
    lake = landed_lake(tmp_path / "lake", walks, buckets=2)
    (email,) = consenting(lake)
    done = preforked.run(WITHDRAWS, lake.root, env={**os.environ, VARIABLE: point}, stdin=email)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(audit.entries_of(lake, "privacy_complete")) == entries
    written = [path.read_bytes() for path in (lake.root / "certificates").glob("*.json")]
    (waits,) = pending(lake)
    # Until it is complete it is no fault, and no certificate either.
    assert vouch_for_all(lake).not_complete == ((waits.request,) if point == "privacy.certified" else ())
    assert stedi("--lake", lake.root, "privacy", "certificate", waits.request).code == 2
    resume(lake)
    assert len(audit.entries_of(lake, "privacy_complete")) == 1
    assert vouch_for_all(lake).certificates == 1
    path = lake.root / "certificates" / f"{waits.request}.json"
    assert not written or written == [path.read_bytes()]
    assert stedi("--lake", lake.root, "privacy", "certificate", waits.request).code == 0


def test_the_entry_that_a_kill_left_in_the_head_alone_vouches(walks: Path, tmp_path: Path) -> None:
    lake = landed_lake(tmp_path / "lake", walks, buckets=2)
    carry_out(lake, "withdraw", consenting(lake)[0])
    log = lake.root / "audit.ndjson"
    *before, _ = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(before))
    # Whoever cuts the log does not make a certificate unknown by that.
    assert vouch_for_all(lake).certificates == 1
    (lake.root / "certificates" / f"{procedures(lake)[0].request}.json").unlink()
    with pytest.raises(CertificateBrokenError):
        vouch_for_all(lake)
