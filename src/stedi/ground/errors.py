"""What can go wrong, and the exit code each leaves.

StediError                       1  work failed
├── UsageError                   2  usage or configuration, an empty selection too
│   ├── LakeMissingError
│   ├── LakeVersionError
│   └── WindowFixedError
├── DeclarationError             1  a table is declared wrongly (a fault of the code)
├── StatementError               1  a statement that an engine cannot carry out was asked for
├── UnreadFilesError             1  files could not be opened; the run went on without them
├── CatalogMissingError          1  the lake's tables are there and their catalog is not
├── CatalogBrokenError           1  the catalog is there and cannot be read
├── FilesGoneError               1  files that a table is made of are gone
├── TableChangedError            1  somebody else changed a table meanwhile
├── QualityGateError             3  data is not as declared, or lines do not add up
├── PrivacyGateError             4  a row or value may not be where it is
└── DependencyError              5  something to be installed, or a key or credential, is missing
    └── KeyMissingError

Every message says what did not happen, what was declared and found, and what to do.
No message holds a value of a row: names and counts only.
"""

import errno
import shlex
from collections.abc import Sequence
from typing import Any


class StediError(Exception):
    """Base of every error this project raises on purpose."""

    exit_code = 1

    def __reduce__(self) -> "tuple[Any, ...]":
        """Travel from a task of Spark as it is: the arguments of most classes are no message."""
        return _told_again, (type(self), self.args, self.__dict__)


def _told_again(kind: type[StediError], told: tuple[Any, ...], facts: dict[str, Any]) -> StediError:
    error = kind.__new__(kind, *told)
    error.__dict__.update(facts)
    return error


def listed(faults: Sequence[str]) -> str:
    """The faults, one a line, as the tail of a message."""
    return "".join(f"\n  - {fault}" for fault in faults)


def listed_some(faults: Sequence[str], most: int = 20) -> str:
    """The first faults, one a line, and how many more there are."""
    more = [f"and {len(faults) - most:,} more"] if len(faults) > most else []
    return listed([*faults[:most], *more])


class UsageError(StediError):
    """The command, an option or a setting cannot be followed."""

    exit_code = 2


class LakeMissingError(UsageError):
    """A command that reads was given a folder that holds no lake."""

    def __init__(self, folder: str) -> None:
        super().__init__(
            f"No lake in {folder}; nothing was read.\n"
            f"Create one: stedi --lake {shlex.quote(folder)} init, or fill one: "
            f"stedi --lake {shlex.quote(folder)} run --landing FOLDER"
        )


class LakeVersionError(UsageError):
    """A table of a lake differs from its declaration in more than columns that were added since."""

    def __init__(self, table: str, faults: Sequence[str]) -> None:
        super().__init__(
            f"{table} was made by another version of stedi and cannot be brought up to date; "
            f"nothing was written.{listed(faults)}\n"
            "Use the version that made the lake, or make another lake and land the files again: "
            "stedi --lake ANOTHER land FOLDER"
        )


class WindowFixedError(UsageError):
    """Another consent window was asked of a lake that has one."""

    def __init__(self, kept: str, asked: str) -> None:
        super().__init__(
            f"This lake keeps the consent window `{kept}`, fixed when it was created; nothing was run.\n"
            f"For another window create another lake: stedi --lake DIR init --window {asked}"
        )


class DeclarationError(StediError):
    """A table is declared wrongly; all faults are told at once."""

    def __init__(self, table: str, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{table} is declared wrongly:{listed(faults)}")


class StatementError(StediError):
    """SQL was asked for an engine that cannot declare the table."""

    def __init__(self, table: str, engine: str, why: str, instead: str) -> None:
        super().__init__(f"No statement was written for {table} {engine}: it {why}. {instead}.")


class QualityGateError(StediError):
    """Data differs from its declaration, or lines and rows do not add up; nothing is published."""

    exit_code = 3

    def __init__(self, what_did_not_happen: str, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{what_did_not_happen}{listed(faults)}")


class PrivacyGateError(StediError):
    """A row or a value stands where nobody agreed to it; nothing is published.

    Attributes:
        faults: A sentence for each.
        rows: How many rows stand there without consent.
    """

    exit_code = 4

    def __init__(self, what_did_not_happen: str, faults: Sequence[str], *, rows: int = 0) -> None:
        self.faults = tuple(faults)
        self.rows = rows
        super().__init__(f"{what_did_not_happen}{listed(faults)}")


class UnreadFilesError(StediError):
    """Landed files could not be opened; the run went on without them."""

    def __init__(self, paths: Sequence[str]) -> None:
        more = [f"and {len(paths) - 10:,} more"] if len(paths) > 10 else []
        super().__init__(
            "Some landed files could not be opened; all others were taken and published."
            f"{listed([*paths[:10], *more])}\n"
            "Make them readable and run again."
        )


class CatalogMissingError(StediError):
    """A lake has tables and no catalog that knows them; another one would forget who withdrew."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"The catalog of this lake is gone or empty; nothing was read or written.\n"
            f"Put {path} back from your backup: without it nobody knows what the tables hold."
        )


class CatalogBrokenError(StediError):
    """The catalog of a lake is damaged."""

    def __init__(self, path: str) -> None:
        super().__init__(
            "The catalog of this lake is damaged; nothing was read or written.\n"
            f"Put {path} back from your backup, together with the tables of the same time."
        )


class FilesGoneError(StediError):
    """Files that a table is made of are not where its metadata says."""

    def __init__(self, table: str, folder: str, *, built_anew: bool = False) -> None:
        instead = "\nOr let it be built anew: stedi run" if built_anew else ""
        super().__init__(
            f"Files of {table} are gone; nothing was read or published.\n"
            f"Put {folder} back from your backup.{instead}"
        )


class TableChangedError(StediError):
    """Another writer changed a table between the look at it and the commit."""

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(
            f"{table} was not changed: somebody else changed it meanwhile; nothing was lost.\n"
            "Run again; it goes on from what is there now."
        )


class DependencyError(StediError):
    """Something that must be there first is missing."""

    exit_code = 5


class KeyMissingError(DependencyError):
    """A key of the lake cannot be read, so nothing that needs it may be made."""

    def __init__(self, key: str, path: str, why: str) -> None:
        super().__init__(
            f"The {key} key of this lake cannot be used ({why}); nothing was written.\n"
            f"It is expected in {path}, readable by you alone (chmod 600).\n"
            "Put it back from your backup, or name with STEDI_KEYS the folder that holds each lake's keys."
        )


FULL = ("No space left", "disk is full")
"""How the system and the catalog tell of a full disk, through whatever library."""


def described(error: Exception) -> str:
    """The message of any error; of one that is not ours nothing that may hold a value of a row."""
    if isinstance(error, StediError):
        return str(error)
    if (isinstance(error, OSError) and error.errno == errno.ENOSPC) or any(
        told in str(error) for told in FULL
    ):
        return (
            "The work failed: the disk is full. What is published is whole.\n"
            "Make room and run again; it goes on from there."
        )
    # An error of the system names a file and no row; any other text may hold a value.
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"The work failed: {error.strerror}{where}. What is published is whole."
    return f"The work failed ({type(error).__name__}). What is published is whole."


def install_hint(*extras: str) -> str:
    """How to install what is missing: the project is on no package index."""
    from stedi import __version__

    named = ",".join(extras)
    return (
        f"Install it: pip install '.[{named}]' in a clone of the repository, or with the wheel: "
        f"pip install './stedi_lakehouse-{__version__}-py3-none-any.whl[{named}]'"
    )
