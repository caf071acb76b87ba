"""The second pass reads what the first examined, or says that it did not."""

import gzip
import io
import os
from pathlib import Path

import pytest

from stedi.landing.accelerometer import SOURCE
from stedi.sources.content import LandedReadError
from stedi.sources.examining import Examined, FileRefusal, examined
from stedi.sources.listing import ListedFile, listed
from stedi.sources.opening import FileChangedError, open_content
from stedi.sources.reasons import Reason

PHONE = b'{"user":"a@example.org","timestamp":1655564444103,"x":1.0,"y":-1.0,"z":-1.0}\n'


def put(landing: Path, content: bytes) -> tuple[ListedFile, Examined]:
    (landing / "accelerometer").mkdir()
    (landing / "accelerometer/a.json").write_bytes(content)
    (file,) = listed(landing, [SOURCE], settle_s=0.0)
    first = examined(file, [SOURCE])
    assert isinstance(first, Examined)
    return file, first


def test_the_second_pass_tells_that_the_file_changed(tmp_path: Path) -> None:
    file, first = put(tmp_path, PHONE)
    with pytest.raises(FileChangedError) as caught, open_content(file, first) as stream:
        assert stream.read() == PHONE
        before = file.file.stat()
        file.file.write_bytes(PHONE.replace(b"1.0", b"2.0"))
        os.utime(file.file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert caught.value.refusal == FileRefusal(None)
    entered = False
    with pytest.raises(FileChangedError), open_content(file, first):
        entered = True
    assert not entered


def test_the_second_pass_tells_that_the_file_vanished(tmp_path: Path) -> None:
    file, first = put(tmp_path, gzip.compress(PHONE))
    with pytest.raises(FileChangedError) as caught, open_content(file, first):
        file.file.unlink()
        raise ValueError("whatever a reader makes of it")
    assert caught.value.refusal == FileRefusal(Reason.VANISHED)
    with pytest.raises(FileChangedError) as caught, open_content(file, first):
        pass
    assert caught.value.refusal == FileRefusal(Reason.VANISHED)


def test_an_error_of_the_reader_stays_its_own(tmp_path: Path) -> None:
    file, first = put(tmp_path, PHONE)
    with pytest.raises(ZeroDivisionError), open_content(file, first):
        raise ZeroDivisionError


def test_a_disk_that_fails_in_the_second_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, first = put(tmp_path, PHONE)

    def failing(*_: object) -> int:
        raise LandedReadError(5, "Input/output error")

    monkeypatch.setattr("stedi.sources.content.LandedFile.readinto", failing)
    with pytest.raises(FileChangedError) as caught, open_content(file, first) as stream:
        stream.readinto(bytearray(10))  # type: ignore[attr-defined]
    assert caught.value.refusal == FileRefusal(Reason.UNREADABLE)


def test_plain_content_is_not_copied(tmp_path: Path) -> None:
    file, first = put(tmp_path, PHONE)
    with open_content(file, first) as stream:
        assert isinstance(stream, io.FileIO)
