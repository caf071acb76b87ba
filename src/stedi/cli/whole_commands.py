"""Commands in messages are whole: called as the user did, of the lake at hand, with what else they need."""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

_COMMANDS = (
    "audit", "check", "collect", "diff", "evaluate", "follow", "keys", "land", "maintain", "models", "plan",
    "privacy", "quarantine", "query", "reconcile", "run", "show", "snapshots", "status", "train",
)  # fmt: skip
# After what introduces a command, and not within a sentence.
_COMMAND = re.compile(rf"(?<=: )stedi (?={'|'.join(_COMMANDS)}\b)|(?<=, )stedi (?=run\b)")
_OPTION = re.compile(r"(?<=: )(?=--[a-z])")
_ANY_COMMAND = re.compile(r"\bstedi (?:--lake \S+ )?[a-z]+\b")
_CALL = re.compile(rf"(?<=: )stedi (?=(?:--lake \S|{'|'.join(_COMMANDS)}\b))")
_NAME = "stedi"


def called() -> str:
    """How the user called this program: by its name where the shell finds it so, else as they typed it."""
    typed = Path(sys.argv[0])
    if typed.name != _NAME:
        return _NAME
    # As a shell does, and unlike `which` alone: `~` in the path is the home folder.
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    found = shutil.which(_NAME, path=os.pathsep.join(map(os.path.expanduser, folders)))
    with suppress(OSError):
        is_by_path = not typed.is_absolute() and str(typed.parent) not in folders
        if found and not is_by_path and (typed.samefile(found) or _starts(Path(found), typed)):
            return _NAME
    return str(typed)


def _starts(script: Path, program: Path) -> bool:
    """Whether a script, such as one in a folder of the user's, calls a program."""
    with script.open("rb") as file:
        text = file.read(1 << 14)
    return text.startswith(b"#!") and os.fsencode(program) in text


def as_called(message: str) -> str:
    """A message whose commands are called as the user called this program."""
    name = called()
    return message if name == _NAME else _CALL.sub(lambda _: f"{shlex.quote(name)} ", message)


def with_lake(message: str, arguments: Sequence[str]) -> str:
    """A message whose commands name the lake of a command line.

    >>> with_lake("Fill it first: stedi run", ["--lake", "my lake", "status"])
    "Fill it first: stedi --lake 'my lake' run"
    >>> with_lake("Make another: stedi --lake ANOTHER land FOLDER", ["--lake=here", "status"])
    'Make another: stedi --lake ANOTHER land FOLDER'
    """
    lake = _lake_in(arguments)
    return message if lake is None else _COMMAND.sub(lambda _: f"stedi --lake {shlex.quote(lake)} ", message)


def with_command(message: str, arguments: Sequence[str], top: Any, *, is_usage: bool) -> str:
    """A message whose options stand in the whole command at hand, or that says how its help is shown.

    Args:
        message: The message.
        arguments: The command line.
        top: The command that holds all others, as Click knows it.
        is_usage: Whether the command line was wrong, so that a message without any command gets one.
    """
    words, needed = _command_in(arguments, top)
    if not words:
        return message
    lake = _lake_in(arguments)
    named = ["stedi", *(["--lake", shlex.quote(lake)] if lake is not None else []), *words]
    whole = " ".join([*named, *needed, ""])
    message = _OPTION.sub(lambda _: whole, message)
    if is_usage and not _ANY_COMMAND.search(message):
        message = f"{message}\nSee: {' '.join([*named, '--help'])}"
    return message


def _command_in(arguments: Sequence[str], top: Any) -> tuple[list[str], list[str]]:
    """The words that name the command of a command line, and what it cannot do without."""
    words: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument.startswith("-"):
            takes_value = any(
                argument in option.opts and not getattr(option, "is_flag", True) for option in top.params
            )
            if takes_value:
                next(rest, None)
        elif argument in getattr(top, "commands", {}):
            top = top.commands[argument]
            words.append(argument)
        else:
            break
    taken = [each for each in top.params if each.param_type_name == "argument"]
    names = [((each.metavar or each.name).upper(), each.required) for each in taken]
    return words, [name if required else f"[{name}]" for name, required in names]


def _lake_in(arguments: Sequence[str]) -> str | None:
    for argument, following in zip(arguments, [*arguments[1:], None], strict=True):
        if argument == "--lake":
            return following
        if argument.startswith("--lake="):
            return argument.removeprefix("--lake=")
    return None
