"""Commands in messages are whole: they name the lake that the command at hand was given."""

import re
import shlex
from collections.abc import Sequence

_COMMANDS = (
    "audit", "check", "collect", "diff", "evaluate", "keys", "land", "maintain", "models", "plan", "privacy",
    "quarantine", "query", "reconcile", "run", "show", "snapshots", "status", "train",
)  # fmt: skip
# After what introduces a command, and not within a sentence.
_COMMAND = re.compile(rf"(?<=: )stedi (?={'|'.join(_COMMANDS)}\b)|(?<=, )stedi (?=run\b)")


def with_lake(message: str, arguments: Sequence[str]) -> str:
    """A message whose commands name the lake of a command line.

    >>> with_lake("Fill it first: stedi run", ["--lake", "my lake", "status"])
    "Fill it first: stedi --lake 'my lake' run"
    >>> with_lake("Make another: stedi --lake ANOTHER land FOLDER", ["--lake=here", "status"])
    'Make another: stedi --lake ANOTHER land FOLDER'
    """
    lake = _lake_in(arguments)
    return message if lake is None else _COMMAND.sub(lambda _: f"stedi --lake {shlex.quote(lake)} ", message)


def _lake_in(arguments: Sequence[str]) -> str | None:
    for argument, following in zip(arguments, [*arguments[1:], None], strict=True):
        if argument == "--lake":
            return following
        if argument.startswith("--lake="):
            return argument.removeprefix("--lake=")
    return None
