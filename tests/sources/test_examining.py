"""Cases 1, 4-9, 15-17, 19, 21, 23 and 25 of landing.md: what is found in a file.

Cases 17 (duplicate) and 18 (rewritten) are decided by the ledger from the SHA-256 told here.
"""

import gzip
import hashlib
import json
import os
import subprocess
import sys
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from stedi.landing import accelerometer, customer, step_trainer
from stedi.sources.content import Compression, LandedFile
from stedi.sources.examining import Examined, FileRefusal, examined
from stedi.sources.listing import ListedFile, listed
from stedi.sources.opening import open_content
from stedi.sources.reasons import Reason
from stedi.sources.verdicts import FileVerdict

SOURCES = (customer.SOURCE, accelerometer.SOURCE, step_trainer.SOURCE)
SERIAL = "50f7b4f3-7af5-4b07-a421-7b902c8d2b7c"
PHONE = b'{"user":"a@example.org","timestamp":1655564444103,"x":1.0,"y":-1.0,"z":-1.0}\n'
PHONES = b"".join(PHONE.replace(b"1.0", b"%d.5" % number) for number in range(40_000))
STEP = f'{{"sensorReadingTime":1655564444103,"serialNumber":"{SERIAL}","distanceFromObject":218}}\n'.encode()
PERSON = (
    '{"customerName":"A B","email":"a@example.org","phone":"8015551212","birthDay":"1960-01-01",'
    f'"serialNumber":"{SERIAL}","registrationDate":1655564376361,"lastUpdateDate":1655564376361}}\n'
).encode()


def put(landing: Path, content: bytes, name: str = "accelerometer/a.json") -> ListedFile:
    file = landing / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return only(landing)


def only(landing: Path) -> ListedFile:
    (file,) = listed(landing, SOURCES, settle_s=0.0)
    return file


def found(landing: Path, content: bytes, name: str = "accelerometer/a.json") -> Examined:
    result = examined(put(landing, content, name), SOURCES)
    assert isinstance(result, Examined), result
    return result


def refused(landing: Path, content: bytes, name: str = "accelerometer/a.json") -> FileRefusal:
    result = examined(put(landing, content, name), SOURCES)
    assert isinstance(result, FileRefusal), result
    return result


def read(file: ListedFile, content: Examined) -> bytes:
    with open_content(file, content) as stream:
        return stream.read()


@pytest.mark.parametrize(("content", "lines"), [
    (b"", 0), (b"\n", 1), (b"\n\n \n", 3), (PHONE, 1), (PHONE[:-1], 1), (PHONE * 3, 3), (PHONE * 3 + b"{", 4),
    (PHONE.replace(b"\n", b"\r\n") * 2, 2), (PHONE.replace(b"\n", b"\r") * 2, 1),
    (b"\xef\xbb\xbf" + PHONE, 1), (b"\xef\xbb\xbf", 0), (PHONE + b"\0" * 4096, 2),
    (b"\0" * 8 + b"\n" + PHONE, 2), (PHONES, 40_000), (b"\n" * 1_000_000 + PHONE, 1_000_001),
])  # fmt: skip
@pytest.mark.parametrize("packed", [False, True])
def test_every_line_is_counted_and_every_byte_hashed(
    tmp_path: Path, content: bytes, lines: int, packed: bool
) -> None:
    bytes_on_disk = gzip.compress(content) if packed else content
    result = found(tmp_path, bytes_on_disk)
    assert (result.lines, result.size) == (lines, len(content))
    assert result.sha256 == hashlib.sha256(content).hexdigest()
    assert result.compression is (Compression.GZIP if packed else Compression.NONE)
    assert result.state == only(tmp_path).state
    assert read(only(tmp_path), result) == content


def test_the_name_says_nothing_about_compression(tmp_path: Path) -> None:
    packed = found(tmp_path / "1", gzip.compress(PHONE), "accelerometer/a.json")
    plain = found(tmp_path / "2", PHONE, "accelerometer/a.json.gz")
    assert packed.sha256 == plain.sha256
    assert (packed.compression, plain.compression) == (Compression.GZIP, Compression.NONE)


def test_all_members_are_read(tmp_path: Path) -> None:
    members = [b"", PHONE, b"", b"", PHONES, PHONE[:10], PHONE[10:], b""]
    content = b"".join(members)
    result = found(tmp_path, b"".join(gzip.compress(member) for member in members))
    assert result.lines == 40_002
    assert read(only(tmp_path), result) == content


def test_equal_lines_are_no_bomb(tmp_path: Path) -> None:
    content = PHONE * 10_000
    packed = gzip.compress(content, 9)
    assert len(content) > 200 * len(packed)
    assert found(tmp_path, packed).lines == 10_000


GOOD = gzip.compress(Random(1).randbytes(200_000).hex().encode() + b"\n" + PHONE * 100, mtime=0)


@pytest.mark.parametrize("content", [
    *(GOOD[:length] for length in (3, 9, 10, 11, 1000, len(GOOD) - 9, len(GOOD) - 8, len(GOOD) - 1)),
    GOOD[:-8] + b"\0\0\0\0" + GOOD[-4:], GOOD[:-4] + b"\0\0\0\0", GOOD[:1000] + b"\xff" * 50 + GOOD[1050:],
    GOOD + b"garbage", GOOD + b"\0" * 512, GOOD + GOOD[:100], GOOD + b"\x1f", b"\x1f\x8b",
])  # fmt: skip
def test_bad_compression(tmp_path: Path, content: bytes) -> None:
    result = refused(tmp_path, content)
    assert (result.verdict, result.reason) == (FileVerdict.QUARANTINED, Reason.BAD_COMPRESSION)


def test_a_bomb_costs_neither_memory_nor_its_end(tmp_path: Path) -> None:
    packer = zlib.compressobj(6, wbits=31)
    bomb = b"".join(packer.compress(b" " * 2**20) for _ in range(64)) + packer.flush()
    file = put(tmp_path, bomb + b"never reached, or it would be bad compression")
    tracemalloc.start()
    result = examined(file, SOURCES)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert result == FileRefusal(Reason.BOMB)
    assert result.verdict is FileVerdict.QUARANTINED
    assert peak < 4 * 2**20


def test_beyond_two_gibibytes_is_a_bomb_whatever_its_ratio(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stedi.sources.content.LARGEST_EXPANDED_BYTES", len(PHONES))
    assert found(tmp_path, gzip.compress(PHONES)).size == len(PHONES)
    assert refused(tmp_path, gzip.compress(PHONES + b"\n")) == FileRefusal(Reason.BOMB)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("packed", [False, True])
def test_utf_16(tmp_path: Path, encoding: str, packed: bool) -> None:
    content = PHONE.decode().encode(encoding)
    result = refused(tmp_path, gzip.compress(content) if packed else content)
    assert (result.verdict, result.reason) == (FileVerdict.QUARANTINED, Reason.UTF16)


@pytest.mark.parametrize(("content", "lines"), [
    (b"user,timestamp,x,y,z\na@example.org,1655564444103,1,-1,0\n", 2), (b"hello", 1),
    (b"<html>\n" * 100_000 + b"\n", 100_001), (b"null\n5\n", 2), (b"[" + PHONE[:-1] + b"]\n", 1),
    (gzip.compress(gzip.compress(PHONE, mtime=0)), 1), (b"PK\x03\x04\x00\x00", 1), (b"\0" * 100_000, 1),
    (b"x" * 3_000_000 + b"{}", 1),
])  # fmt: skip
def test_text_without_any_json_object(tmp_path: Path, content: bytes, lines: int) -> None:
    result = refused(tmp_path, content)
    assert (result.verdict, result.reason) == (FileVerdict.QUARANTINED, Reason.NOT_JSON)
    assert result.content is not None
    unpacked = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    assert result.content.lines == max(lines, unpacked.count(b"\n"))


@pytest.mark.parametrize("content", [
    b"header\n" * 200_000 + PHONE,
    b"header\n" * 200_000 + b"\xef\xbb\xbf \t" + PHONE[:20],
    b"x" * 3_000_000 + b"\n{}",
    b" " * 3_000_000 + b"{",
    json.dumps(json.loads(PHONE), indent=2).encode(),
    b"[\n" + PHONE[:-1] + b",\n" + PHONE + b"]\n",
    b"{" * 200_000 + b"\n" + b'{"a":' * 100_000,
    b"\xff\xfb{\n" + PHONE,
])  # fmt: skip
def test_one_line_that_begins_an_object_leaves_the_verdicts_to_the_lines(
    tmp_path: Path, content: bytes
) -> None:
    assert found(tmp_path, content).lines == content.count(b"\n") + (content[-1:] != b"\n")


@pytest.mark.parametrize(("folder", "content"), [
    ("accelerometer", STEP), ("accelerometer", PERSON * 100_000), ("customer", STEP), ("customer", PHONE * 3),
    ("step_trainer", PERSON), ("step_trainer", PHONE), ("step_trainer", b"{\n{}\n\n" + PHONE + STEP[:-5]),
    ("accelerometer", STEP + PERSON), ("accelerometer", STEP.upper()),
])  # fmt: skip
def test_files_of_another_source(tmp_path: Path, folder: str, content: bytes) -> None:
    result = refused(tmp_path, content, f"{folder}/a.json")
    assert (result.verdict, result.reason) == (FileVerdict.QUARANTINED, Reason.WRONG_SOURCE)
    assert result.content is not None
    assert result.content.lines == content.count(b"\n") + (content[-1:] != b"\n")


@pytest.mark.parametrize(("folder", "content"), [
    ("accelerometer", STEP + PHONE), ("accelerometer", STEP * 100_000 + PHONE[:-1]),
    ("accelerometer", STEP + PHONE.replace(b'"z"', b'"w"')), ("accelerometer", b'{"a":1}\n'),
    ("accelerometer", PHONE.replace(b"timestamp", b"timeStamp")),
    ("customer", b'{"email":"a@example.org"}\n'),
    ("customer", STEP + b'{"email":"a@example.org","serialNumber":null}'),
    ("step_trainer", STEP[:-2] + b',"user":"a","timestamp":1,"x":1,"y":1,"z":1}\n'),
    ("accelerometer", STEP[:-5]),
])  # fmt: skip
def test_defects_of_lines_condemn_no_file(tmp_path: Path, folder: str, content: bytes) -> None:
    assert found(tmp_path, content, f"{folder}/a.json").size == len(content)


def test_a_file_that_is_gone_or_changed_since_it_was_listed(tmp_path: Path) -> None:
    file = put(tmp_path, PHONE)
    with file.file.open("ab") as appending:
        appending.write(PHONE)
    assert examined(file, SOURCES) == FileRefusal(None)
    assert FileRefusal(None).verdict is FileVerdict.WAITING
    file.file.unlink()
    gone = examined(file, SOURCES)
    assert gone == FileRefusal(Reason.VANISHED)
    assert gone.verdict is FileVerdict.REFUSED


def test_a_file_that_grows_while_it_is_examined_waits(tmp_path: Path) -> None:
    file = put(tmp_path, PHONE * 200_000)
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(examined, file, SOURCES)
        with file.file.open("ab", buffering=0) as appending:
            while not result.done():
                appending.write(PHONE * 1000)
    assert result.result() == FileRefusal(None)


def test_a_file_rewritten_while_it_is_examined_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put(tmp_path, PHONE)
    really = LandedFile.compression

    def rewriting(opened: LandedFile) -> Compression:
        file.file.write_bytes(PHONE.replace(b"1.0", b"2.0"))
        return really(opened)

    monkeypatch.setattr(LandedFile, "compression", rewriting)
    assert examined(file, SOURCES) == FileRefusal(None)


@pytest.mark.parametrize("swap", ["link", "pipe", "folder"])
def test_what_took_the_place_of_a_file(tmp_path: Path, swap: str) -> None:
    file = put(tmp_path, PHONE)
    secret = tmp_path / "secret"
    file.file.rename(secret)
    if swap == "link":
        file.file.symlink_to(secret)
    elif swap == "pipe":
        os.mkfifo(file.file)
    else:
        file.file.mkdir()
    expected = Reason.UNREADABLE if swap == "folder" else Reason.NOT_A_FILE
    assert examined(file, SOURCES) == FileRefusal(expected)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    """In a process that is not root, for root reads everything."""
    file = put(tmp_path, PHONE).file
    file.chmod(0)
    tmp_path.chmod(0o755)
    program = (
        "import os, sys; sys.path[:] = eval(sys.argv[2])\n"
        "from pathlib import Path; from stedi.landing.accelerometer import SOURCE\n"
        "from stedi.sources.examining import examined; from stedi.sources.listing import listed\n"
        "landing = os.open(sys.argv[1], os.O_RDONLY); os.fchdir(landing)\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "print([examined(f, [SOURCE]).reason for f in listed(Path('.'), [SOURCE], settle_s=0)])\n"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path, repr(sys.path)],
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert "UNREADABLE" in done.stdout


def test_a_disk_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put(tmp_path, PHONE)

    def failing(*_: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("stedi.sources.content.LandedFile.readinto", failing)
    result = examined(file, SOURCES)
    assert result == FileRefusal(Reason.UNREADABLE)


def test_many_files_at_a_time(tmp_path: Path) -> None:
    contents = [PHONE * (number * 37) for number in range(60)]
    (tmp_path / "accelerometer").mkdir()
    for number, content in enumerate(contents):
        packed = gzip.compress(content) if number % 2 else content
        (tmp_path / f"accelerometer/{number:03}").write_bytes(packed)
    files = list(listed(tmp_path, SOURCES, settle_s=0))
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda file: examined(file, SOURCES), files))
    assert [result.sha256 for result in results if isinstance(result, Examined)] == [
        hashlib.sha256(content).hexdigest() for content in contents
    ]
