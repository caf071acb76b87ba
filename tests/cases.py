"""The 46 cases of landing.md, each as files to mix into good data and the verdicts they must get.

How to run one: write `GOOD` and the case's files into a landing folder, run with the case's
`settle_s` (for one above 0: wait so long between the good data and the case), and compare with
the sum of what is expected. A case with `then` is run a second time after calling it.
"""

import gzip
import os
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from line_cases import GOOD_ACCELEROMETER, GOOD_CUSTOMERS, GOOD_STEPS, LINE_CASES, LineCase, phone, step
from stedi.sources.reasons import Reason

TINY_FILES = 300
"""Case 24 speaks of 100,000; so many are enough to cross a batch made small for a test."""


@dataclass(frozen=True)
class Expected:
    """What must be told of some files.

    Attributes:
        files: How many of each verdict: read, quarantined, duplicate, refused, waiting.
        file_reasons: Why files were quarantined or refused.
        accepted: Lines accepted, those left out that landed before.
        duplicate: Lines that say what another accepted line says.
        blank: Blank lines.
        refused: Lines quarantined, by reason.
    """

    files: Counter[str] = field(default_factory=Counter)
    file_reasons: Counter[Reason] = field(default_factory=Counter)
    accepted: int = 0
    duplicate: int = 0
    blank: int = 0
    refused: Counter[Reason] = field(default_factory=Counter)

    def __add__(self, other: "Expected") -> "Expected":
        return Expected(
            self.files + other.files, self.file_reasons + other.file_reasons, self.accepted + other.accepted,
            self.duplicate + other.duplicate, self.blank + other.blank, self.refused + other.refused,
        )  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        number: Its number in landing.md.
        write: Puts its files into a landing folder.
        expected: What must be told of them.
        then: Changes the folder between two runs; `expected_then` is what the second run must tell
            of the files that are new to it.
        between: Changes the folder after it was listed and before the files are opened.
        settle_s: How young a file must be to wait.
        as_root: Whether the case can be made by root, who may read everything.
    """

    number: int
    write: Callable[[Path], None]
    expected: Expected
    then: Callable[[Path], None] | None = None
    expected_then: Expected = Expected()
    between: Callable[[Path], None] | None = None
    settle_s: float = 0.0
    as_root: bool = True


def read(files: int = 1, *, accepted: int = 0, duplicate: int = 0, blank: int = 0,
         refused: Counter[Reason] | None = None) -> Expected:  # fmt: skip
    return Expected(Counter(read=files), Counter(), accepted, duplicate, blank, refused or Counter())


def quarantined(reason: Reason, files: int = 1) -> Expected:
    return Expected(Counter(quarantined=files), Counter({reason: files}))


def refused(reason: Reason, files: int = 1) -> Expected:
    return Expected(Counter(refused=files), Counter({reason: files}))


def waiting(files: int = 1) -> Expected:
    return Expected(Counter(waiting=files))


def put(landing: Path, name: str | bytes, content: bytes) -> None:
    file = landing / os.fsdecode(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def writes(*files: tuple[str | bytes, bytes]) -> Callable[[Path], None]:
    def write(landing: Path) -> None:
        for name, content in files:
            put(landing, name, content)

    return write


def phones(case: int, count: int = 3) -> bytes:
    """Good lines that no other case holds."""
    return b"".join(phone(case, number) for number in range(count))


def _bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1024**2)) for _ in range(20)) + packer.flush()


def _no_files(landing: Path) -> None:
    folder = landing / "accelerometer/21"
    folder.mkdir(parents=True)
    (folder / "link.json").symlink_to("/etc/passwd")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.json")


def _unreadable(landing: Path) -> None:
    put(landing, "accelerometer/23.json", phones(23))
    (landing / "accelerometer/23.json").chmod(0)


def _gone(landing: Path) -> None:
    (landing / "accelerometer/19.json").unlink()


def _tiny(landing: Path) -> None:
    for number in range(TINY_FILES):
        put(landing, f"accelerometer/24/{number}.json", phone(24, number))


def _line_case(case: LineCase) -> Case:
    """The lines of a case in the middle of good ones, which must come through."""
    good = [(phone if case.source == "accelerometer" else step)(case.number, 900 + n) for n in range(2)]
    lines = [good[0], *(line + b"\n" for line, _ in case.lines), good[1]]
    told = Counter(verdict for _, verdict in case.lines)
    expected = read(
        accepted=told.pop("accepted", 0) + (0 if case.source == "customer" else 2),
        duplicate=told.pop("duplicate", 0),
        blank=told.pop("blank", 0),
        refused=Counter({Reason(reason): count for reason, count in told.items()}),
    )
    if case.source == "customer":
        lines = lines[1:-1]
    return Case(case.number, writes((f"{case.source}/{case.number}.json", b"".join(lines))), expected)


def write_good(landing: Path) -> None:
    """Small valid data of every source."""
    put(landing, "customer/good.json", b"".join(GOOD_CUSTOMERS))
    put(landing, "accelerometer/landing/good.json", b"".join(GOOD_ACCELEROMETER))
    put(landing, "step_trainer/good.json.gz", gzip.compress(b"".join(GOOD_STEPS), mtime=0))


GOOD = read(3, accepted=len(GOOD_CUSTOMERS) + len(GOOD_ACCELEROMETER) + len(GOOD_STEPS))

_PACKED = gzip.compress(phones(4, 200), mtime=0)
_A, _B = "accelerometer", "step_trainer"

FILE_CASES: Sequence[Case] = (
    Case(1, writes((f"{_A}/1.json", b""), (f"{_B}/1.json.gz", gzip.compress(b""))), read(2)),
    Case(2, writes((f"{_A}/2.json", phones(2))), waiting(), settle_s=0.5),
    Case(
        3,
        writes((f"{_A}/3.json.part", phones(3)), (f"{_A}/3.tmp", b""), (f"{_A}/_3.json", phones(3)),
               (f"{_A}/.3.json", phone(3, 7))),
        waiting(2) + read(2, accepted=4),
    ),
    Case(
        4,
        writes((f"{_A}/4-cut.gz", _PACKED[:-20]), (f"{_A}/4-sum.gz", _PACKED[:-8] + bytes(4) + _PACKED[-4:]),
               (f"{_A}/4-more.gz", _PACKED + b"{}\n")),
        quarantined(Reason.BAD_COMPRESSION, 3),
    ),
    Case(
        5,
        writes((f"{_A}/5.json", gzip.compress(phones(5))), (f"{_A}/5.json.gz", phone(5, 8))),
        read(2, accepted=4),
    ),
    Case(
        6,
        writes((f"{_A}/6.json.gz", b"".join(gzip.compress(phone(6, n)[:40]) + gzip.compress(phone(6, n)[40:])
                                            for n in range(5)))),
        read(accepted=5),
    ),
    Case(7, writes((f"{_A}/7.json.gz", _bomb())), quarantined(Reason.BOMB)),
    Case(
        8,
        writes((f"{_A}/8.json", b"\xef\xbb\xbf" + phones(8)), (f"{_A}/8-empty.json", b"\xef\xbb\xbf")),
        read(2, accepted=3),
    ),
    Case(
        9,
        writes((f"{_A}/9.json", phones(9).decode().encode("utf-16")),
               (f"{_A}/9-be.json", phones(9).decode().encode("utf-16-be"))),
        quarantined(Reason.UTF16, 2),
    ),
    Case(11, writes((f"{_A}/11.json", phones(11)[:-1]), (f"{_A}/11-cut.json", phones(11, 4)[:-3])),
         read(2, accepted=3, duplicate=3, refused=Counter({Reason.BAD_JSON: 1}))),
    Case(
        15,
        writes((f"{_A}/15.json", b"user,timestamp,x,y,z\na@example.org,1655564444103,1,1,1\n"),
               (f"{_A}/15.txt", b"see attachment")),
        quarantined(Reason.NOT_JSON, 2),
    ),
    Case(
        17,
        writes((f"{_A}/17.json", phones(17)), (f"{_A}/17-again.json.gz", gzip.compress(phones(17)))),
        read(accepted=3) + Expected(Counter(duplicate=1)),
        then=writes((f"{_A}/17-once-more.json", phones(17))),
        expected_then=Expected(Counter(duplicate=1)),
    ),
    Case(
        18,
        writes((f"{_A}/18.json", phones(18)), (f"{_A}/18-log.json", phone(18, 50))),
        read(2, accepted=4),
        then=writes((f"{_A}/18.json", phone(18, 1) + phone(18, 9)),
                    (f"{_A}/18-log.json", phone(18, 50) + phone(18, 51))),
        expected_then=read(2, accepted=2, duplicate=2),
    ),
    Case(19, writes((f"{_A}/19.json", phones(19))), refused(Reason.VANISHED), between=_gone),
    Case(
        20,
        writes((f"{_A}/a.json/20.json", phone(20, 0)), (f"{_A}/user=evil@x/20.json", phone(20, 1))),
        read(2, accepted=2),
    ),
    Case(21, _no_files, refused(Reason.NOT_A_FILE, 3)),
    Case(
        22,
        writes((f"{_A}/22..json", phone(22, 0)), (f"{_A}/<script>alert(1)", phone(22, 1)),
               (f"{_A}/{'n' * 255}", phone(22, 2)), (f"{_A}/line\nend.json", phone(22, 3)),
               (f"{_A}/\x1b[2J.json", phone(22, 4)), (b"accelerometer/\xff.json", phone(22, 5))),
        read(3, accepted=3) + refused(Reason.BAD_NAME, 3),
    ),
    Case(23, _unreadable, quarantined(Reason.UNREADABLE), as_root=False),
    Case(24, _tiny, read(TINY_FILES, accepted=TINY_FILES)),
    Case(
        25,
        writes((f"{_A}/25.json", step(25, 0) * 3), (f"{_B}/25.json", phones(25)),
               ("customer/25.json", phone(25, 8))),
        quarantined(Reason.WRONG_SOURCE, 3),
    ),
)  # fmt: skip

CASES = tuple(sorted((*FILE_CASES, *map(_line_case, LINE_CASES)), key=lambda case: case.number))
