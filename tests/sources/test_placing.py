"""`stedi land`: files appear in the landing zone whole, once, and without replacing any."""

import hmac
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from hashlib import sha256
from pathlib import Path

import pytest

from stedi.ground.errors import UsageError
from stedi.landing import accelerometer, customer, step_trainer
from stedi.sources.content import LandedFile, LandedReadError
from stedi.sources.listing import PLACING_FOLDER, listed, unclaimed
from stedi.sources.placing import Placed, place
from stedi.sources.reasons import Reason

KEY = bytes(range(32))
SOURCES = (customer.SOURCE, accelerometer.SOURCE, step_trainer.SOURCE)


def put(folder: Path, name: str, content: bytes = b"{}\n") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def placed(folder: Path, landing: Path) -> Placed:
    return place(folder, landing, SOURCES, key=KEY, settle_s=0)


def digits(content: bytes) -> str:
    """Those by which a version of that content is named."""
    told = hmac.digest(KEY, b"name:" + sha256(content).hexdigest().encode(), "sha256")
    return told.hex()[:16]


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    for name in ("customer/landing/a.json", "customer/_b.json", "accelerometer/x/y/z/.c.json.gz"):
        put(folder, name, name.encode())
    return folder


def test_all_files_are_copied_once(folder: Path, tmp_path: Path) -> None:
    put(folder, "README.md")
    put(folder, "other/a.json")
    landing = tmp_path / "lake/landing"
    given = {
        name: content for name, content in tree(folder).items() if name.count("/") and "other" not in name
    }
    assert placed(folder, landing) == Placed(copied=3)
    assert tree(landing) == given
    assert placed(folder, landing) == Placed(skipped=3)
    assert tree(landing) == given
    assert not (landing / PLACING_FOLDER).exists()
    assert {file.verdict for file in listed(landing, SOURCES, settle_s=0)} == {"read"}


def test_another_version_replaces_none(folder: Path, tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    placed(folder, landing)
    before = tree(landing)
    put(folder, "customer/landing/a.json", b"appended")
    version = f"customer/landing/a.{digits(b'appended')}.json"
    assert placed(folder, landing) == Placed(copied=1, renamed=1, skipped=2)
    assert tree(landing) == before | {version: b"appended"}
    assert placed(folder, landing) == Placed(skipped=3)


def test_a_version_meets_a_file_of_its_name(tmp_path: Path) -> None:
    folder, landing = tmp_path / "given", tmp_path / "landing"
    put(landing, "customer/a.json", b"first")
    put(folder, "customer/a.json", b"other")
    taken = f"customer/a.{digits(b'other')}.json"
    put(folder, taken, b"same name, other content")
    result = placed(folder, landing)
    assert (result.copied, len(result.refused)) == (1, 1), "the name is taken, by neither of the two contents"
    assert tree(landing)["customer/a.json"] == b"first"


def test_the_name_of_a_version_tells_nobody_without_the_key_what_it_holds(tmp_path: Path) -> None:
    folder, landing = tmp_path / "given", tmp_path / "landing"
    put(landing, "accelerometer/a.json", b"first")
    guess = b'{"user":"ana@example.com","timestamp":1700000000000,"x":1,"y":1,"z":1}\n'
    put(folder, "accelerometer/a.json", guess)
    assert placed(folder, landing).renamed == 1
    (name,) = (path.name for path in (landing / "accelerometer").iterdir() if path.name != "a.json")
    assert name.split(".")[1] != sha256(guess).hexdigest()[:16]
    other = tmp_path / "other"
    put(other, "accelerometer/a.json", b"first")
    place(folder, other, SOURCES, key=bytes(32), settle_s=0)
    assert name not in {path.name for path in (other / "accelerometer").iterdir()}


def test_a_version_that_an_earlier_stedi_named_is_not_landed_again(tmp_path: Path) -> None:
    folder, landing = tmp_path / "given", tmp_path / "landing"
    put(landing, "customer/a.json", b"first")
    put(landing, f"customer/a.{sha256(b'other').hexdigest()[:16]}.json", b"other")
    put(folder, "customer/a.json", b"other")
    assert placed(folder, landing) == Placed(skipped=1)


def test_the_beginning_of_a_file_is_another_version(tmp_path: Path) -> None:
    put(tmp_path / "landing", "customer/a.json", b"{}\n{}\n")
    put(tmp_path / "given", "customer/a.json", b"{}\n")
    assert placed(tmp_path / "given", tmp_path / "landing") == Placed(copied=1, renamed=1)


@pytest.mark.parametrize("name", ["n" * 255, "é" * 124 + ".json", "a." + "e" * 253, ".hidden", "a.json.gz"])
def test_the_name_of_a_version_is_short_enough(tmp_path: Path, name: str) -> None:
    landing = tmp_path / "landing"
    put(landing, f"customer/{name}", b"first")
    put(tmp_path / "given", f"customer/{name}", b"other")
    assert placed(tmp_path / "given", landing).renamed == 1
    assert placed(tmp_path / "given", landing).skipped == 1
    assert sorted(tree(landing).values()) == [b"first", b"other"]
    endings = {Path(path).suffix for path in tree(landing) if len(Path(path).suffix) < 16}
    assert len(endings) == 1 or "." not in name.strip(".") or len(name) == 255


def test_where_a_folder_has_the_name(folder: Path, tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    put(landing, "customer/_b.json/inside")
    put(landing, "customer/landing")
    result = placed(folder, landing)
    assert (result.copied, result.renamed) == (2, 1)
    assert result.refused == [("customer/landing/a.json", Reason.BAD_NAME)]


def test_what_is_no_whole_file_is_not_copied(folder: Path, tmp_path: Path) -> None:
    (folder / "customer/link").symlink_to(folder / "customer/_b.json")
    (folder / "customer/loop").symlink_to(folder)
    os.mkfifo(folder / "customer/pipe")
    put(folder, "customer/c.json.part")
    put(folder, "customer/line\nend")
    result = placed(folder, tmp_path / "landing")
    assert (result.copied, result.waiting, len(tree(tmp_path / "landing"))) == (3, 1, 3)
    assert dict(result.refused) == {
        "customer/link": Reason.NOT_A_FILE, "customer/loop": Reason.NOT_A_FILE,
        "customer/pipe": Reason.NOT_A_FILE, "customer/line\nend": Reason.BAD_NAME,
    }  # fmt: skip


def test_what_may_still_be_written_waits(folder: Path, tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    assert place(folder, landing, SOURCES, key=KEY) == Placed(waiting=3)
    later = place(folder, landing, SOURCES, key=KEY, clock=lambda: time.time_ns() + 11 * 10**9)
    assert later == Placed(copied=3)


@pytest.mark.parametrize("change", ["write", "unlink", "fail"])
def test_what_changes_while_it_is_copied_never_appears(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    really = shutil.copyfileobj

    def copying(content: LandedFile, copy: object, length: int) -> None:
        really(content, copy, length)  # type: ignore[type-var]
        if Path(f"/proc/self/fd/{content.fileno()}").readlink().name == "a.json":
            if change == "write":
                (folder / "customer/landing/a.json").write_bytes(b"more")
            elif change == "unlink":
                (folder / "customer/landing/a.json").unlink()
            else:
                raise LandedReadError(5, "Input/output error")

    monkeypatch.setattr(shutil, "copyfileobj", copying)
    result = placed(folder, tmp_path / "landing")
    expected = {"write": None, "unlink": Reason.VANISHED, "fail": Reason.UNREADABLE}[change]
    assert (result.copied, result.waiting) == (2, int(expected is None))
    assert [reason for _, reason in result.refused] == ([expected] if expected else [])
    assert "customer/landing/a.json" not in tree(tmp_path / "landing")


def test_killed_while_copying(folder: Path, tmp_path: Path) -> None:
    """Nothing half-written is ever seen, and the next call clears up and ends the work."""
    landing = tmp_path / "landing"
    big = put(folder, "accelerometer/big.json", b"x" * 50_000_000)
    program = (
        "import os, shutil, sys; sys.path[:] = eval(sys.argv[3])\n"
        "from pathlib import Path; from stedi.landing.accelerometer import SOURCE\n"
        "from stedi.sources.placing import place\n"
        "def killed(content, copy, length): copy.write(content.read(length)); copy.flush(); os._exit(9)\n"
        "shutil.copyfileobj = killed\n"
        "place(Path(sys.argv[1]), Path(sys.argv[2]), [SOURCE], key=b'key', settle_s=0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, folder, landing, repr(sys.path)])
    assert done.returncode == 9
    assert [*tree(landing)] == [f"{PLACING_FOLDER}/file"]
    assert list(listed(landing, SOURCES)) == []
    assert unclaimed(landing, SOURCES) == ()
    assert placed(folder, landing) == Placed(copied=4)
    assert not (landing / PLACING_FOLDER).exists()
    assert (landing / "accelerometer/big.json").stat().st_size == big.stat().st_size


def test_a_landing_zone_that_cannot_be_written_is_an_error(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        placed(folder, tmp_path / "landing")


def test_two_calls_at_a_time(tmp_path: Path) -> None:
    folder, landing = tmp_path / "given", tmp_path / "landing"
    for number in range(200):
        put(folder, f"customer/{number}.json", b"%d" % number)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: placed(folder, landing), range(4)))
    assert sorted(astuple(result)[0] for result in results) == [0, 0, 0, 200]
    assert len(tree(landing)) == 200


def test_what_cannot_be_meant(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"holds no folder of a source; nothing was copied"):
        placed(tmp_path / "empty", tmp_path / "landing")
    with pytest.raises(UsageError, match="There is no folder"):
        placed(tmp_path / "nowhere", tmp_path / "landing")
    for landing in (folder, folder / "customer", folder / "customer/deep/landing", folder.parent):
        with pytest.raises(UsageError, match="inside one another"):
            placed(folder, landing)
    assert placed(folder, folder / "lake/landing").copied == 3
