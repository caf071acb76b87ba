"""Keys lie outside the lake, are read by their owner alone, and without them nothing is written."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from stedi.ground.errors import KeyMissingError, UsageError
from stedi.lake.config import Lake, create, opened
from stedi.privacy.keys import KEY_BYTES, NAMES, Keys
from stedi.run.run import run

SPOILED: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "empty": lambda path: path.write_text(""),
    "no hexadecimal": lambda path: path.write_text("z" * 64),
    "too short": lambda path: path.write_text("ab" * (KEY_BYTES - 1)),
    "too long": lambda path: path.write_text("ab" * (KEY_BYTES + 1)),
    "not text": lambda path: path.write_bytes(b"\xff" * KEY_BYTES),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "readable by all": lambda path: path.chmod(0o604),
    "readable by the group": lambda path: path.chmod(0o640),
    "writable by all": lambda path: path.chmod(0o602),
}


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    monkeypatch.setenv("STEDI_KEYS", str(tmp_path / "keys"))
    return create(tmp_path / "lake")


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_new_lake_has_three_keys_that_only_the_owner_reads(lake: Lake) -> None:
    folder = lake.keys.folder
    assert {path.name for path in folder.iterdir()} == {f"{name}.key" for name in NAMES}
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600] * 3
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len({lake.keys.read(name) for name in NAMES}) == 3
    assert {len(lake.keys.read(name)) for name in NAMES} == {KEY_BYTES}


def test_keys_lie_outside_the_lake(lake: Lake) -> None:
    assert not lake.keys.folder.is_relative_to(lake.root)
    keys = [lake.keys.read(name) for name in NAMES]
    for content in files(lake.root).values():
        assert not any(key in content or key.hex().encode() in content for key in keys)


@pytest.mark.parametrize("inside", ["lake", "lake/keys", "lake/deep/keys", "elsewhere/../lake/keys"])
def test_keys_inside_the_lake_are_refused(
    inside: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEDI_KEYS", str(tmp_path / inside))
    with pytest.raises(UsageError, match="inside the lake; nothing was created"):
        create(tmp_path / "lake")
    assert list(tmp_path.iterdir()) == []


def test_keys_behind_a_link_into_the_lake_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lake" / "landing").mkdir(parents=True)
    (tmp_path / "elsewhere").symlink_to(tmp_path / "lake" / "landing")
    monkeypatch.setenv("STEDI_KEYS", str(tmp_path / "elsewhere" / "keys"))
    with pytest.raises(UsageError, match="inside the lake"):
        create(tmp_path / "lake")
    assert list((tmp_path / "lake" / "landing").iterdir()) == []


def test_without_being_told_keys_lie_in_the_users_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STEDI_KEYS", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made = create(tmp_path / "lake")
    assert made.keys.folder == tmp_path / "config" / "stedi" / "keys" / made.lake_id


def test_two_lakes_share_no_key(tmp_path: Path, lake: Lake) -> None:
    other = create(tmp_path / "other")
    assert not {lake.keys.read(n) for n in NAMES} & {other.keys.read(n) for n in NAMES}


def test_a_key_that_is_there_is_kept(lake: Lake) -> None:
    before = files(lake.keys.folder)
    lake.keys.path("audit").unlink()
    lake.keys.create()
    create(lake.root)
    after = files(lake.keys.folder)
    assert after["pseudonym.key"] == before["pseudonym.key"]
    assert after["suppression.key"] == before["suppression.key"]
    assert after["audit.key"] != before["audit.key"]
    assert len(after) == 3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_key_cannot_be_read(tmp_path: Path, name: str, how: str) -> None:
    keys = Keys(tmp_path / "keys")
    keys.create()
    SPOILED[how](keys.path(name))
    with pytest.raises(KeyMissingError, match=f"The {name} key .* nothing was written") as refused:
        keys.read(name)
    assert refused.value.exit_code == 5
    assert str(keys.path(name)) in str(refused.value)


def test_an_error_tells_nothing_of_a_key(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    keys.create()
    content = keys.path("audit").read_text().strip()
    keys.path("audit").chmod(0o644)
    with pytest.raises(KeyMissingError) as refused:
        keys.read("audit")
    assert content[:8] not in str(refused.value)


@pytest.mark.parametrize("name", NAMES)
def test_without_a_key_a_run_writes_nothing(lake: Lake, tmp_path: Path, name: str) -> None:
    landing = tmp_path / "landing"
    (landing / "customer").mkdir(parents=True)
    (landing / "customer" / "one.json").write_text("{}\n")
    lake.keys.path(name).unlink()
    before = files(tmp_path)
    with pytest.raises(KeyMissingError):
        run(opened(lake.root), landing, settle_s=0)
    assert files(tmp_path) == before
