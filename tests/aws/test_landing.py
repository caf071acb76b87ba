"""The cases of landing.md on S3: what is told of a bucket is what is told of a folder with the same files."""

import gzip
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from tallies import SOURCES, told, upload

from cases import CASES, write_good
from line_cases import phone
from stedi.ground.places import S3Path
from stedi.ground.places.client import client
from stedi.sources.content import LandedObject
from stedi.sources.examining import Examined, FileRefusal, examined
from stedi.sources.listing import listed, unclaimed
from stedi.sources.opening import FileChangedError, open_content
from stedi.sources.placing import place
from stedi.sources.reasons import Reason
from stedi.sources.verdicts import FileVerdict
from stedi_fleet.simulator import simulate

KEY = bytes(range(32))
LINES = b"".join(phone(900, number) for number in range(50))


@pytest.mark.parametrize("batch", range(4))
def test_every_case_is_told_as_in_a_folder(batch: int, bucket: str, tmp_path: Path) -> None:
    write_good(tmp_path)
    chosen = [case for case in CASES if case.number % 4 == batch and case.as_root and case.number != 24]
    for case in chosen:
        case.write(tmp_path)
    left_out = upload(tmp_path, S3Path(bucket))
    here, there = told(tmp_path), told(S3Path(bucket))
    assert there == {path: here[path] for path in there}
    names = {name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") for name in left_out}
    assert all(path in names or here[path][1] is Reason.NOT_A_FILE for path in here.keys() - there.keys())


def test_what_is_new_does_not_wait(bucket: str) -> None:
    (S3Path(bucket) / "accelerometer/2.json").write_bytes(LINES)
    (S3Path(bucket) / "accelerometer/3.part").write_bytes(LINES)
    verdicts = {file.path: file.verdict for file in listed(S3Path(bucket), SOURCES, settle_s=60.0)}
    assert verdicts == {
        "accelerometer/2.json": FileVerdict.READ, "accelerometer/3.part": FileVerdict.WAITING,
    }  # fmt: skip
    late = time.time_ns() + 25 * 3600 * 10**9
    reasons = {f.path: f.reason for f in listed(S3Path(bucket), SOURCES, clock=lambda: late)}
    assert reasons["accelerometer/3.part"] is Reason.TEMPORARY


def test_markers_of_folders_are_none_and_objects_named_as_folders_are_refused(bucket: str) -> None:
    put = {"customer": b"x", "customer/": b"", "accelerometer/deep/": b"", "accelerometer/odd/": b"x"}
    for key, content in put.items():
        client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    assert {f.path: f.reason for f in listed(S3Path(bucket), SOURCES)} == {
        "customer": Reason.NOT_A_FILE, "accelerometer/odd/": Reason.NOT_A_FILE,
    }  # fmt: skip


@pytest.mark.parametrize(
    "key", ["a//b.json", "a/../b.json", "./b.json", "..", "sp ace+%2F.json", "\u202e.json"]
)
def test_odd_keys_are_read_where_they_are(bucket: str, key: str) -> None:
    (S3Path(bucket, "accelerometer") / key).write_bytes(LINES)
    ((_, result),) = told(S3Path(bucket)).items()
    assert (result[0], result[-2]) == (FileVerdict.READ, 50)


def test_a_key_never_leads_out_of_the_landing_zone(bucket: str, tmp_path: Path) -> None:
    for key in ("accelerometer/../../../outside.json", "accelerometer//a.json", "accelerometer/good.json"):
        client("s3").put_object(Bucket=bucket, Key=key, Body=LINES)
    placed = place(S3Path(bucket), tmp_path / "deep/er/landing", SOURCES, key=KEY)
    assert placed.copied == 1
    assert [reason for _, reason in placed.refused] == [Reason.BAD_NAME] * 2
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["good.json"]


def test_an_archived_object_is_told_as_unreadable(bucket: str) -> None:
    client("s3").put_object(Bucket=bucket, Key="accelerometer/old.json", Body=LINES, StorageClass="GLACIER")
    (file,) = listed(S3Path(bucket), SOURCES)
    assert (file.verdict, file.reason) == (FileVerdict.QUARANTINED, Reason.UNREADABLE)
    assert examined(file, SOURCES) == FileRefusal(Reason.UNREADABLE)


def test_an_object_that_was_replaced_is_another_and_waits(bucket: str) -> None:
    path = S3Path(bucket, "accelerometer") / "a.json"
    path.write_bytes(LINES)
    (before,) = listed(S3Path(bucket), SOURCES)
    path.write_bytes(LINES[::-1])  # In the same second, of the same size.
    (after,) = listed(S3Path(bucket), SOURCES)
    assert before.state.size == after.state.size
    assert before.state != after.state
    assert examined(before, SOURCES) == FileRefusal(None), "the one that was listed is there no more"
    path.write_bytes(LINES)
    (again,) = listed(S3Path(bucket), SOURCES)
    found = examined(again, SOURCES)
    assert isinstance(found, Examined)
    path.write_bytes(LINES + LINES)
    with pytest.raises(FileChangedError) as changed, open_content(again, found):
        pass
    assert changed.value.refusal == FileRefusal(None)
    path.unlink()
    assert examined(again, SOURCES) == FileRefusal(Reason.VANISHED)


def test_one_that_is_replaced_or_vanishes_while_it_is_read_is_not_kept(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = S3Path(bucket, "accelerometer") / "a.json"
    for act, refusal in ((lambda: path.write_bytes(b"{}\n"), None), (path.unlink, Reason.VANISHED)):
        path.write_bytes(LINES * 100)
        (file,) = listed(S3Path(bucket), SOURCES)
        with monkeypatch.context() as patch:
            patch.setattr("stedi.ground.places.streams.BLOCK_BYTES", 1000)
            patch.setattr(LandedObject, "__init__", _in_small_blocks)
            found = examined(file, SOURCES)
            assert isinstance(found, Examined)
            with pytest.raises(FileChangedError) as changed, open_content(file, found) as stream:
                stream.read(1500)
                act()
                stream.read()
        assert changed.value.refusal == FileRefusal(refusal)


def _in_small_blocks(self: LandedObject, path: S3Path) -> None:
    super(LandedObject, self).__init__(path.bucket, path.key, block_bytes=1000, begin=True)


def test_what_is_no_source_is_told_and_what_is_the_lake_s_is_not(bucket: str) -> None:
    for key in ("lake/lake.json", "tables/a/b", "private/audit.head", "costumer/a", "stray", "customer/a"):
        client("s3").put_object(Bucket=bucket, Key=key, Body=b"")
    assert unclaimed(S3Path(bucket), SOURCES) == ("costumer/", "stray")


def test_memory_does_not_grow_with_an_object(bucket: str) -> None:
    lines = LINES * 4_000
    (S3Path(bucket) / "accelerometer/plain.json").write_bytes(lines)
    (S3Path(bucket) / "accelerometer/packed.json.gz").write_bytes(gzip.compress(lines, 1))
    assert len(lines) > 12_000_000
    # The emulator lives in this process: only what is held between the requests is ours.
    tracemalloc.start()
    for file in listed(S3Path(bucket), SOURCES):
        with LandedObject(file.file) as landed:  # type: ignore[arg-type]
            size = 0
            while block := landed.read(1 << 20):
                size += len(block)
                assert len(landed._block) <= 4 << 20
            assert size == file.state.size
    tracemalloc.stop()


@pytest.mark.data
def test_the_real_data_gives_the_same_tallies(stedi_data: Path, bucket: str) -> None:
    assert upload(stedi_data, S3Path(bucket)) == []
    assert told(S3Path(bucket)) == told(stedi_data)


def test_a_dirty_fleet_gives_the_same_tallies(tmp_path: Path, bucket: str) -> None:
    simulate(tmp_path / "fleet", customers=6, minutes=0.5, dirty=True)
    left_out = {name.split("/")[-1] for name in upload(tmp_path / "fleet", S3Path(bucket))}
    here = {p: t for p, t in told(tmp_path / "fleet").items() if p.split("/")[-1] not in left_out}
    there = told(S3Path(bucket))
    assert {result[0] for result in there.values()} >= {FileVerdict.QUARANTINED, FileVerdict.READ}
    assert there == here


def test_files_are_landed_on_s3_and_from_it(tmp_path: Path, bucket: str) -> None:
    write_good(tmp_path / "one")
    first = place(tmp_path / "one", S3Path(bucket), SOURCES, key=KEY, settle_s=0.0)
    again = place(tmp_path / "one", S3Path(bucket), SOURCES, key=KEY, settle_s=0.0)
    assert (first.copied, first.skipped, again.copied, again.skipped) == (3, 0, 0, 3)
    (tmp_path / "one/customer/good.json").write_bytes(b"{}\n")
    other = place(tmp_path / "one", S3Path(bucket), SOURCES, key=KEY, settle_s=0.0)
    assert (other.copied, other.renamed, other.skipped) == (1, 1, 2)
    back = place(S3Path(bucket), tmp_path / "two", SOURCES, key=KEY)
    assert (back.copied, len(back.refused)) == (4, 0)
    assert told(tmp_path / "two") == told(S3Path(bucket))
    over = place(S3Path(bucket), S3Path(bucket, "elsewhere"), SOURCES, key=KEY)
    assert over.copied == 4
    assert told(S3Path(bucket, "elsewhere")) == told(tmp_path / "two")


def test_a_file_that_changes_while_it_is_uploaded_does_not_appear(
    tmp_path: Path, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "accelerometer/a.json"
    file.parent.mkdir()
    file.write_bytes(LINES)

    def copying(content: Any, copy: Any, length: int) -> None:
        copy.write(content.read())
        file.write_bytes(LINES + LINES)

    monkeypatch.setattr("stedi.sources.placing.shutil.copyfileobj", copying)
    placed = place(tmp_path, S3Path(bucket), SOURCES, key=KEY, settle_s=0.0)
    assert (placed.copied, placed.waiting) == (0, 1)
    assert list(S3Path(bucket).objects()) == []
