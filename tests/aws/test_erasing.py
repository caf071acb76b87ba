"""An erasure on S3: landed lines are emptied under their key, and no older version of anything stays."""

import gzip
from typing import Any

import pytest

from conftest import made
from stedi.erasure import private
from stedi.erasure.landed import empty_found, found_lines
from stedi.erasure.person import Person
from stedi.erasure.person_finder import PersonFinder
from stedi.erasure.sweeping import remove_made_again, sweep_buckets
from stedi.erasure.undecodable import places_of, unsearchable
from stedi.ground.places import S3Path
from stedi.ground.places.client import client
from stedi.ground.places.versions import left_over, versions
from stedi.lake.config import Lake, create
from stedi.lake.on_s3 import OnS3
from stedi.landing import requests
from stedi.privacy.suppression import About, email_hash
from stedi.prover.proof import Area, prove
from stedi.prover.traces import Kind, Text, Traces
from stedi.sources.emptying import WHOLE, empty_lines
from stedi.sources.listing import FileState
from stedi.sources.opening import FileChangedError
from stedi.staging.ledger import Ledger
from stedi.suppression.suppressing import Suppressor

KEY = b"k" * 32
AT = 1_767_225_600_000
EMAIL = "ana@test.com"
OTHERS = b'{"user":"bob@test.com","timestamp":1655564444103,"x":1.0,"y":-1.0,"z":-1.0}\n'
HERS = OTHERS.replace(b"bob@", b"ana@")
TRACES = Traces((Text(Kind.EMAIL, EMAIL),))


@pytest.fixture
def suppressor() -> Suppressor:
    row = {
        "request": "r", "kind": requests.ERASE, "requested_at": AT, "about": About.EMAIL.value,
        "hash": email_hash(EMAIL, KEY), "covers_from": None, "covers_until": None,
    }  # fmt: skip
    return Suppressor([row], KEY)


@pytest.fixture
def lake(versioned: str) -> Lake:
    root = S3Path(versioned, "lake")
    trusted, curated = made(), made()
    for bucket in (trusted, curated):
        client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return create(root, on_s3=OnS3.of(root, trusted, curated, versioned))


def every_version(bucket: str) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for kept in versions(S3Path(bucket)):
        if not kept.is_marker:
            told = client("s3").get_object(Bucket=bucket, Key=kept.path.key, VersionId=kept.version)
            content = told["Body"].read()
            found.setdefault(kept.path.key, []).append(
                gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
            )
    return found


@pytest.mark.parametrize("packed", [False, True])
def test_lines_become_empty_under_their_key_and_no_version_keeps_them(versioned: str, packed: bool) -> None:
    path = S3Path(versioned, "accelerometer/a.json")
    content = OTHERS + HERS + OTHERS
    path.write_bytes(b"first" + HERS)
    path.write_bytes(gzip.compress(content) if packed else content)
    S3Path(versioned, "accelerometer/a.json/other").write_bytes(b"1")
    S3Path(versioned, "accelerometer/a.json/other").write_bytes(b"2")
    done = empty_lines(path, FileState.of_object(path.stat()), {(2, WHOLE)}, S3Path(versioned))
    assert every_version(versioned)["accelerometer/a.json"] == [OTHERS + b"\n" + OTHERS]
    assert done.state == FileState.of_object(path.stat())
    assert len(left_over(S3Path(versioned))) == 1, "what lies beside it is left alone"


def test_an_object_that_changed_is_left_alone(versioned: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = S3Path(versioned, "accelerometer/a.json")
    path.write_bytes(HERS)
    state = FileState.of_object(path.stat())
    path.write_bytes(OTHERS)
    with pytest.raises(FileChangedError):
        empty_lines(path, state, {(1, WHOLE)}, S3Path(versioned))
    state = FileState.of_object(path.stat())

    def late(*given: Any) -> str:
        path.write_bytes(HERS)  # Delivered while the other is written.
        return "digest"

    monkeypatch.setattr("stedi.sources.emptying._copied_without", late)
    with pytest.raises(FileChangedError):
        empty_lines(path, state, {(1, WHOLE)}, S3Path(versioned))
    assert path.read_bytes() == HERS


def landed(lake: Lake) -> None:
    files = {
        "accelerometer/1.json": OTHERS + HERS, "accelerometer/2.json": OTHERS,
        f"accelerometer/user={EMAIL}/3.json": HERS, "stray/4.txt": b"of ana@test.com",
        "stray/5.txt": b"nobody",
        "lake/6.txt": b"ana@test.com", "tables/7.txt": b"ana@test.com", "private/8.txt": b"ana@test.com",
    }  # fmt: skip
    for key, content in files.items():
        S3Path(lake.root.bucket, key).write_bytes(b"older " + content)
        S3Path(lake.root.bucket, key).write_bytes(content)


def test_every_landed_object_is_found_and_emptied_and_none_of_the_lake_s(
    lake: Lake, suppressor: Suppressor
) -> None:
    landed(lake)
    found = found_lines(lake, Ledger([]), suppressor, now_ms=AT)
    assert {told.path: told.lines for told, _, _ in found} == {
        "accelerometer/1.json": ((2, WHOLE),), f"accelerometer/user={EMAIL}/3.json": ((1, WHOLE),),
        "stray/4.txt": (),
    }  # fmt: skip
    done = empty_found(lake, found, suppressor, lake.root / "procedures" / "room", PersonFinder(TRACES))
    assert done["accelerometer/1.json"].path_after == "accelerometer/1.json"
    there = every_version(lake.root.bucket)
    touched = {key: kept for key, kept in there.items() if key.split("/")[0] in ("accelerometer", "stray")}
    assert touched["accelerometer/1.json"] == [OTHERS + b"\n"]
    assert touched["stray/4.txt"] == [b""]
    assert not any(EMAIL in key for key in touched)
    assert len(touched) == 5
    assert there["tables/7.txt"][0] == b"ana@test.com", "the tables are not the landing zone"
    assert found_lines(lake, Ledger([]), suppressor, now_ms=AT) == []


def test_what_cannot_be_decoded_is_known(lake: Lake) -> None:
    landed(lake)
    S3Path(lake.root.bucket, "accelerometer/cut.gz").write_bytes(gzip.compress(OTHERS * 99)[:-9])
    assert {str(path).rpartition("/")[2] for path in places_of(unsearchable(lake, Traces(())))} == {"cut.gz"}


def test_the_prover_looks_into_every_bucket_and_tells_of_what_they_keep(lake: Lake) -> None:
    (lake.landing / "accelerometer/1.json.gz").write_bytes(gzip.compress(HERS))
    for zone, folder in (("t", lake.places[1]), ("c", lake.places[2])):
        (folder / f"table/{zone}.json").write_bytes(HERS)
    (lake.landing / "tables/accelerometer_staged/x").write_bytes(HERS)
    (lake.root / "exports/y").write_bytes(HERS)
    (lake.private / "r.person.json").write_bytes(HERS)
    proof = prove(lake, [TRACES])
    assert {(finding.area, finding.table) for finding in proof.findings} == {
        (Area.LANDED, None), (Area.TRUSTED, "table"), (Area.CURATED, "table"),
        (Area.STAGED, "accelerometer_staged"), (Area.OTHER, None),
    }  # fmt: skip
    assert not proof.clean
    assert proof.failures == ()


def test_nothing_stays_that_no_listing_shows(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [lake.landing / "customer/a", lake.places[1] / "table/b", lake.root / "scratch/c"]
    for path in places:
        path.write_bytes(HERS)
        path.write_bytes(b"")
    client("s3").create_multipart_upload(Bucket=lake.root.bucket, Key=f"customer/{EMAIL}")
    for content in (b"1", b"2"):
        (lake.root / ".lock").write_bytes(content)  # Renewed again and again, and of nobody.
    (lake.root / "scratch/c").unlink()
    monkeypatch.setattr("stedi.prover.proof.UPLOADING_FOR_MS", -60_000)
    before = prove(lake, [TRACES])
    assert (before.clean, len(before.findings), len(before.failures)) == (False, 0, 6)
    assert not any(EMAIL in failure.path for failure in before.failures)
    # The emulator dates every upload to 2010.
    assert sweep_buckets(lake, 1_000_000_000_000) == 6, "an upload that began after the request stays"
    assert sweep_buckets(lake, AT) == 1
    assert prove(lake, [TRACES]).clean
    assert sum(map(len, every_version(lake.root.bucket).values())) == 3, "customer/a, lake.json and .lock"


def test_what_can_be_made_again_goes_for_good(lake: Lake) -> None:
    for name in ("scratch/a", "cache/b/c", "reports/d"):
        (lake.root / name).write_bytes(HERS)
        (lake.root / name).write_bytes(HERS)
    assert remove_made_again(lake) == 3
    assert set(every_version(lake.root.bucket)) == {"lake/lake.json"}


def test_what_a_procedure_remembers_lies_outside_the_lake_and_is_forgotten(lake: Lake) -> None:
    person = Person((EMAIL,), (), (), True)
    private.keep_person(lake, "r-1", person, TRACES)
    private.keep_person(lake, "r-1", person, TRACES)
    private.keep_landed(lake, "r-1", [])
    assert private.kept_person(lake, "r-1") == (person, TRACES)
    assert private.kept_landed(lake, "r-1") == []
    assert not any(path.is_relative_to(lake.root) for path in lake.private.iterdir())
    private.forget(lake, but=["r-1"])
    assert private.kept_landed(lake, "r-1") == []
    private.forget(lake)
    assert set(every_version(lake.root.bucket)) == {"lake/lake.json"}
