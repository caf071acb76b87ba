"""A lake on S3: its description, its keys, its audit log, and the locks that only one holds."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from conftest import made
from stedi import audit
from stedi.audit import head as heads
from stedi.ground import durable
from stedi.ground.errors import (
    KeyMissingError,
    LakeMissingError,
    PrivacyGateError,
    UsageError,
    WindowFixedError,
)
from stedi.ground.places import S3Path, begin_folder, remove_tree
from stedi.ground.places.client import client
from stedi.ground.zones import Zone
from stedi.lake.config import SIMULATED, Lake, create, exists, holding, marked, opened
from stedi.lake.on_s3 import OnS3
from stedi.privacy.keys import NAMES
from stedi.privacy.secret_keys import SecretKeys
from stedi.privacy.window import Window
from stedi.run.lock import LakeBusyError, only_writer
from stedi.run.procedures import (
    Procedure,
    ProcedureBusyError,
    between_procedures,
    only_procedure,
    pending,
    save,
)
from stedi.upkeep.rotation import rotate


@pytest.fixture
def lake(bucket: str) -> Lake:
    return new(bucket)


def new(bucket: str, **more: Any) -> Lake:
    root = S3Path(bucket, "lake")
    return create(root, on_s3=OnS3.of(root, f"{bucket}-t", f"{bucket}-c", f"{bucket}/keys"), **more)


def test_what_a_lake_is_stands_in_its_description(lake: Lake) -> None:
    assert opened(lake.root) == lake
    assert new(lake.root.bucket) == lake, "the same lake again is left as it is"
    assert str(lake.landing) == f"s3://{lake.root.bucket}"
    assert [str(lake.zone_folder(zone)) for zone in Zone] == [
        f"s3://{lake.root.bucket}{bucket}/tables" for bucket in ("", "-t", "-c")
    ]
    assert str(lake.private) == f"s3://{lake.root.bucket}/private"
    assert not lake.has_tables
    told = json.loads((lake.root / "lake.json").read_text())
    assert not any(lake.key(name).hex() in json.dumps(told) for name in NAMES)
    with pytest.raises(WindowFixedError):
        opened(lake.root, window=Window.WHOLE_HISTORY)


def test_a_lake_here_is_described_as_before(tmp_path: Path) -> None:
    made_here = create(tmp_path / "lake")
    told = json.loads((tmp_path / "lake/lake.json").read_text())
    assert list(told) == [
        "format", "lake_id", "window", "buckets", "provenance", "key_marks", "comparison_only", "root",
    ]  # fmt: skip
    assert made_here.zone_folder(Zone.TRUSTED) == tmp_path / "lake/tables/trusted"
    with pytest.raises(UsageError, match="no bucket"):
        create(tmp_path / "other", on_s3=OnS3.of(S3Path("b", "lake"), "t", "c", "p"))


def test_what_is_no_lake_is_refused(bucket: str) -> None:
    root = S3Path(bucket, "lake")
    assert not exists(root)
    with pytest.raises(LakeMissingError):
        opened(root)
    with pytest.raises(UsageError, match="--secrets"):
        create(root)
    with pytest.raises(UsageError, match="s3://BUCKET/lake"):
        create(S3Path(bucket, "other"), on_s3=OnS3.of(root, "t", "c", "p"))
    with pytest.raises(UsageError, match="a bucket of its own"):
        create(root, on_s3=OnS3.of(root, bucket, "c", "p"))
    (root / "something").write_bytes(b"")
    with pytest.raises(UsageError, match="not empty"):
        new(bucket)
    (root / "something").unlink()
    lake = new(bucket)
    (root / "lake.json").write_bytes(b"{")
    with pytest.raises(UsageError, match="cannot be read"):
        opened(lake.root)


def test_a_lake_is_of_one_provenance(lake: Lake) -> None:
    assert holding(lake, SIMULATED).provenance == SIMULATED
    (lake.landing / "customer/a.json").write_bytes(b"{}")
    with pytest.raises(UsageError, match="never mixed"):
        holding(lake, "stedi")


def test_keys_are_made_once(lake: Lake) -> None:
    first = {name: lake.key(name) for name in NAMES}
    assert len(set(first.values())) == 3
    lake.keys.create()
    assert {name: lake.key(name) for name in NAMES} == first


def test_of_those_who_make_keys_at_once_one_does(aws: str) -> None:
    keys = SecretKeys(f"race-{time.time_ns()}")
    for name in NAMES:
        client("secretsmanager").create_secret(Name=keys.where(name))  # As Terraform makes them: empty.
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: keys.create(), range(4)))
    assert len({keys.read(name) for name in NAMES}) == 3
    versions = client("secretsmanager").describe_secret(SecretId=keys.where("audit"))["VersionIdsToStages"]
    assert len(versions) == 1


@pytest.mark.parametrize("spoiled", ["gone", "no key", "another's"])
def test_without_its_key_nothing_is_done(lake: Lake, spoiled: str) -> None:
    name = lake.keys.where("suppression")
    if spoiled == "gone":
        client("secretsmanager").delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    else:
        value = "zz" if spoiled == "no key" else "ab" * 32
        client("secretsmanager").put_secret_value(SecretId=name, SecretString=value)
    with pytest.raises(KeyMissingError, match="suppression"):
        lake.key("suppression")


def test_the_pseudonym_key_is_rotated_and_the_old_one_let_go(lake: Lake) -> None:
    before = lake.key("pseudonym")
    rotate(lake, "pseudonym")
    after = opened(lake.root)
    assert after.key("pseudonym") != before
    assert not after.keys.waits("pseudonym")
    with pytest.raises(KeyMissingError):
        lake.key("pseudonym")
    told = client("secretsmanager").describe_secret(SecretId=lake.keys.where("pseudonym"))
    assert [s for stages in told["VersionIdsToStages"].values() for s in stages] == ["AWSCURRENT"]
    assert audit.verify(after).entries == 3


def test_a_rotation_that_was_killed_leaves_one_key(lake: Lake) -> None:
    from stedi.privacy.keys import key_mark

    before = lake.key("pseudonym")
    key = lake.keys.put_aside("pseudonym")
    assert opened(lake.root).key("pseudonym") == before
    waiting = marked(lake, "pseudonym", key_mark(key, lake.lake_id))
    assert opened(lake.root).key("pseudonym") == waiting.key("pseudonym") == key
    lake.keys.take_aside("pseudonym")
    assert opened(lake.root).key("pseudonym") == key


def filled(lake: Lake, entries: int = 4) -> bytes:
    audit.begin(lake)
    for number in range(entries - 1):
        audit.record(lake, "maintained", number=number)
    return (lake.root / "audit.ndjson").read_bytes()


def test_the_audit_log_is_a_chain(lake: Lake) -> None:
    filled(lake)
    assert audit.verify(lake).entries == 4
    found = audit.latest(lake, "maintained")
    assert found
    assert found["number"] == 2
    assert not heads.head_of(lake).is_relative_to(lake.root)


@pytest.mark.parametrize(
    "how", ["cut", "changed", "dropped", "gone", "head gone", "head changed", "rolled back"]
)
def test_what_was_done_to_the_log_is_found_out(lake: Lake, how: str) -> None:
    log = lake.root / "audit.ndjson"
    content = filled(lake)
    lines = content.splitlines(keepends=True)
    if how == "head gone":
        heads.head_of(lake).unlink()
    elif how == "head changed":
        durable.replace(heads.head_of(lake), heads.head_of(lake).read_bytes().replace(b"4", b"3", 1))
    elif how == "gone":
        log.unlink()
    else:
        other = {
            "cut": content[:-3], "changed": content.replace(b'"number":1', b'"number":9'),
            "dropped": b"".join([lines[0], *lines[2:]]), "rolled back": b"".join(lines[:-1]),
        }[how]  # fmt: skip
        assert other != content
        log.write_bytes(other)
    with pytest.raises(audit.AuditBrokenError):
        audit.verify(lake)
    audit.record(lake, "maintained", number=99)
    with pytest.raises(audit.AuditBrokenError):
        audit.verify(lake)


def test_an_append_that_was_killed_is_finished(lake: Lake) -> None:
    content = filled(lake)
    log = lake.root / "audit.ndjson"
    head = heads.read(lake, lake.key("audit"))
    assert head
    heads.write(lake, heads.Head(head.sequence, head.offset, head.line, written=False), lake.key("audit"))
    log.write_bytes(content[: head.offset])
    assert audit.verify(lake).unfinished
    audit.record(lake, "maintained", number=99)
    assert audit.verify(lake).entries == 5


def test_entries_of_many_at_once_are_one_chain(lake: Lake) -> None:
    audit.begin(lake)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda n: audit.record(lake, "maintained", number=n), range(6)))
    assert audit.verify(lake).entries == 7


def test_only_one_run_or_procedure_has_a_lake(lake: Lake) -> None:
    with only_writer(lake), pytest.raises(LakeBusyError, match="Another run"), only_writer(lake, wait_s=0):
        pass
    with (
        only_procedure(lake),
        pytest.raises(ProcedureBusyError, match="withdrawal or erasure holds"),
        between_procedures(lake, wait_s=0),
    ):
        pass
    save(lake, Procedure("r-1", "erase", 1, "planned"))
    assert [each.request for each in pending(lake)] == ["r-1"]
    with pytest.raises(PrivacyGateError, match="r-1"), between_procedures(lake, wait_s=0):
        pass


def test_scratch_tells_that_a_run_did_not_end(lake: Lake) -> None:
    assert not lake.scratch.exists()
    begin_folder(lake.scratch)
    assert lake.scratch.exists()
    with pytest.raises(FileExistsError):
        begin_folder(lake.scratch)
    remove_tree(lake.scratch)
    assert not lake.scratch.exists()


def test_two_lakes_do_not_share(aws: str) -> None:
    one, other = new(made()), new(made())
    assert not {one.key(name) for name in NAMES} & {other.key(name) for name in NAMES}
