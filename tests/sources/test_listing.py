"""Cases 1-3 and 18-24 of landing.md as far as a name, a kind or an age decides them."""

import os
import socket
import time
import tracemalloc
from pathlib import Path

import pytest

from stedi.ground.errors import UsageError
from stedi.landing import accelerometer, customer, step_trainer
from stedi.sources.file_names import shown, stored
from stedi.sources.listing import ListedFile, listed, unclaimed
from stedi.sources.reasons import Reason
from stedi.sources.verdicts import FileVerdict

SOURCES = (customer.SOURCE, accelerometer.SOURCE, step_trainer.SOURCE)
HOUR_NS = 3600 * 10**9
LINE = b'{"user":"a@example.org","timestamp":1655564444103,"x":1.0,"y":-1.0,"z":-1.0}\n'


def put(landing: Path, name: str | bytes, content: bytes = LINE) -> Path:
    file = landing / os.fsdecode(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def verdicts(landing: Path, *, settle_s: float = 0.0, later_ns: int = 0) -> dict[str, tuple[str, str | None]]:
    files = listed(landing, SOURCES, settle_s=settle_s, clock=lambda: time.time_ns() + later_ns)
    return {file.path: (file.verdict.value, file.reason) for file in files}


def only(landing: Path) -> ListedFile:
    (file,) = listed(landing, SOURCES, settle_s=0.0)
    return file


@pytest.mark.parametrize("name", [
    "customer/a.json", "customer/deep/er/still/a.json", "customer/_a.json", "customer/.a.json",
    "customer/a", "customer/_folder/.b/a.json", "customer/no-extension.csv",
    "customer/a.json/a.json", "customer/user=evil@x/a.json", "customer/a..b.json", "customer/..json",
    "customer/<script>alert(1)", "customer/" + "n" * 255, "customer/naïve 名 'q\".json",
    "customer/back\\slash.json", "customer/right\u202eot-left.json", "customer/😀.json",
])  # fmt: skip
def test_read_whatever_its_name(tmp_path: Path, name: str) -> None:
    put(tmp_path, name)
    assert only(tmp_path).verdict is FileVerdict.READ
    assert only(tmp_path).file.read_bytes() == LINE


@pytest.mark.parametrize("name", [
    b"customer/line\nend.json", b"customer/\x1b[2Jcleared.json", b"customer/bell\x07",
    b"customer/del\x7f.json", b"customer/latin-\xe9.json", b"customer/bad\xff/a.json",
    "customer/c1-\x85.json".encode(),
    b"customer/" + b"/".join([b"d" * 250] * 4) + b"/" + b"n" * 50,
])  # fmt: skip
def test_names_that_not_every_system_can_hold_are_refused(tmp_path: Path, name: bytes) -> None:
    put(tmp_path, name)
    file = only(tmp_path)
    assert (file.verdict, file.reason) == (FileVerdict.REFUSED, Reason.BAD_NAME)
    file.path.encode()  # It can be stored, bytes that are not UTF-8 included.
    assert shown(file.path).isprintable()


def test_stored_paths_differ_where_the_names_do(tmp_path: Path) -> None:
    names = [rb"a\xff", b"a\xff", rb"a\\xff", b"a\\\xff", "a\u00ff".encode()]
    assert len({stored(os.fsdecode(name)) for name in names}) == len(names)


def test_links_pipes_sockets_are_refused_and_never_followed(tmp_path: Path) -> None:
    outside = put(tmp_path, "outside/secret.json")
    landing = tmp_path / "landing"
    folder = landing / "customer"
    put(landing, "customer/good.json")
    (folder / "link.json").symlink_to(outside)
    (folder / "folder-link").symlink_to(outside.parent)
    (folder / "loop").symlink_to(folder)
    (folder / "dangling").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.json")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "socket"))
        found = verdicts(landing)
    assert found.pop("customer/good.json") == ("read", None)
    assert set(found.values()) == {("refused", "NOT_A_FILE")}
    assert sorted(found) == [
        f"customer/{name}" for name in ("dangling", "folder-link", "link.json", "loop", "pipe.json", "socket")
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_is_refused(tmp_path: Path) -> None:
    (tmp_path / "customer").mkdir()
    try:
        os.mknod(tmp_path / "customer/zero", 0o600 | 0o020000, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("this container may make no devices")
    assert only(tmp_path).reason is Reason.NOT_A_FILE


@pytest.mark.parametrize("make", ["link", "file"])
def test_a_source_folder_that_is_none_is_refused(tmp_path: Path, make: str) -> None:
    if make == "link":
        put(tmp_path, "elsewhere/a.json")
        (tmp_path / "customer").symlink_to(tmp_path / "elsewhere")
    else:
        put(tmp_path, "customer")
    assert verdicts(tmp_path) == {"customer": ("refused", "NOT_A_FILE")}


def test_unfinished_files_wait_a_day(tmp_path: Path) -> None:
    for name in ("a.json.part", "a.TMP", "b.json"):
        put(tmp_path, f"customer/{name}")
    waiting = {"customer/a.json.part": ("waiting", None), "customer/a.TMP": ("waiting", None)}
    assert verdicts(tmp_path, later_ns=23 * HOUR_NS) == waiting | {"customer/b.json": ("read", None)}
    over = {path: ("quarantined", "TEMPORARY") for path in waiting}
    assert verdicts(tmp_path, later_ns=25 * HOUR_NS) == over | {"customer/b.json": ("read", None)}


def test_a_file_that_may_still_be_written_waits(tmp_path: Path) -> None:
    file = put(tmp_path, "customer/a.json")
    os.utime(file, (0, 0))  # A copying tool that keeps the times makes no file settled.
    path = "customer/a.json"
    assert verdicts(tmp_path, settle_s=10) == {path: ("waiting", None)}
    assert verdicts(tmp_path, settle_s=10, later_ns=11 * 10**9) == {path: ("read", None)}
    assert verdicts(tmp_path, settle_s=0) == {path: ("read", None)}, "placed whole"


def test_a_clock_that_is_wrong_makes_no_file_wait_for_ever(tmp_path: Path) -> None:
    put(tmp_path, "customer/a.json")
    assert verdicts(tmp_path, settle_s=10, later_ns=-HOUR_NS) == {"customer/a.json": ("read", None)}


def test_the_order_is_that_of_the_names_bytes_and_always_the_same(tmp_path: Path) -> None:
    names = [
        "customer/b.json",
        "customer/a/z.json",
        "customer/B.json",
        "accelerometer/é.json",
        "customer/a.json",
    ]
    for name in names:
        put(tmp_path, name)
    paths = list(verdicts(tmp_path))
    assert paths == ["accelerometer/é.json", "customer/B.json", "customer/a/z.json", "customer/a.json",
                     "customer/b.json"]  # fmt: skip


def test_a_folder_that_cannot_be_listed_is_listed_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "customer/broken/a.json")
    put(tmp_path, "customer/good/a.json")
    really = os.scandir

    def failing(folder: str) -> object:
        if folder.endswith("broken"):
            raise OSError(5, "Input/output error")
        return really(folder)

    monkeypatch.setattr(os, "scandir", failing)
    assert verdicts(tmp_path) == {
        "customer/broken/": ("quarantined", "UNREADABLE"),
        "customer/good/a.json": ("read", None),
    }


def test_folders_too_deep_for_any_path_are_refused_once(tmp_path: Path) -> None:
    put(tmp_path, "customer/" + "/".join(["d" * 200] * 8) + "/a.json")
    put(tmp_path, "customer/a.json")
    found = verdicts(tmp_path)
    assert found.pop("customer/a.json") == ("read", None)
    assert [*found.values()] == [("refused", "BAD_NAME")]
    assert [*found][0].endswith("/")


def test_what_belongs_to_no_source_is_told_and_not_read(tmp_path: Path) -> None:
    put(tmp_path, "customer/a.json")
    put(tmp_path, "customers/a.json")
    put(tmp_path, b"stray\xff.json")
    (tmp_path / "link").symlink_to(tmp_path / "customer")
    assert list(verdicts(tmp_path)) == ["customer/a.json"]
    assert unclaimed(tmp_path, SOURCES) == ("customers/", "link", r"stray\xff.json")


def test_no_landing_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no folder .*nowhere\\n; nothing was read"):
        list(listed(tmp_path / "nowhere\n", SOURCES))
    with pytest.raises(UsageError):
        unclaimed(tmp_path / "nowhere", SOURCES)
    assert list(listed(tmp_path, SOURCES)) == []


def test_many_tiny_files_are_listed_one_by_one(tmp_path: Path) -> None:
    for folder in range(20):
        (tmp_path / f"customer/{folder}").mkdir(parents=True)
        for number in range(500):
            (tmp_path / f"customer/{folder}/{number}.json").touch()
    tracemalloc.start()
    count = sum(1 for _ in listed(tmp_path, SOURCES))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 10_000
    assert peak < 1_000_000
