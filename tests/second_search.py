"""A second search of a lake's files for values of people, written apart from the prover.

Values are texts, in whatever case and composition, and numbers of readings, as text and as cells.
"""

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from second_decoding import Content, View, content_of, fold, into, spread

SHORT = 8
"""Bytes; a shorter text stands by chance among bytes that are no text."""


@dataclass(frozen=True)
class Searched:
    """What a search gave.

    Attributes:
        found: File, by which ways, and the name of the value: never the value.
        closed: File, and why nobody can read all of it.
        files: How many files were read.
    """

    found: list[tuple[str, str, str]]
    closed: list[tuple[str, str]]
    files: int

    def under(self, *parts: str) -> list[tuple[str, str, str]]:
        """What was found in files whose path holds one of some parts."""
        return [hit for hit in self.found if any(part in hit[0] for part in parts)]


def search(folders: Iterable[Path], values: Mapping[str, str | float]) -> Searched:
    """Look for values in every file below some folders, and in names of files and folders."""
    found, closed, files = [], [], 0
    needles = [(name, needle) for name, value in values.items() for needle in _needles(value)]
    numbers = {value: name for name, value in values.items() if isinstance(value, float)}
    for top in folders:
        for path in sorted(top.rglob("*")):
            shown = str(path.relative_to(top.parent))
            content = Content([View("name", os.fsencode(path.name))])
            spread(content, content.views[0].data, "name", 0)
            views = content.views
            if path.is_file() and not path.is_symlink():
                files += 1
                status = path.stat()
                told = content_of(path, status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
                views = views + told.views
                closed += [(shown, why) for why in told.closed]
                found += [(shown, "cells", numbers[n]) for n in told.numbers & numbers.keys()]
            found += [
                (shown, view.how, name) for view in views for name, needle in needles if _holds(view, needle)
            ]
    return Searched(found, closed, files)


def _needles(value: str | float) -> set[str]:
    if isinstance(value, float):
        return {repr(value)}
    local, at, domain = value.strip().rpartition("@")
    forms = {value.strip()}
    if at:
        for way in (_in_punycode, _in_unicode):
            with suppress(UnicodeError):
                forms.add(f"{local}@{'.'.join(map(way, domain.split('.')))}")
    elif re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value):
        forms.add(value.replace("-", ""))
    return {fold(form) for form in forms}


def _in_punycode(label: str) -> str:
    folded = unicodedata.normalize("NFKC", label).casefold()
    return folded if folded.isascii() else "xn--" + folded.encode("punycode").decode()


def _in_unicode(label: str) -> str:
    folded = unicodedata.normalize("NFKC", label).casefold()
    return folded[4:].encode().decode("punycode") if folded.startswith("xn--") else folded


def _holds(view: View, needle: str) -> bool:
    data = needle.encode()
    if len(data) < SHORT and not view.is_text:
        return False
    if not needle.isascii():
        return needle in view.folded
    at = view.lowered.find(data)
    while at >= 0:
        around = view.lowered[max(0, at - 1) : at] + b" " + view.lowered[at + len(data) : at + len(data) + 1]
        if not view.is_text or not re.search(rb"[a-z0-9]", around):
            return True
        at = view.lowered.find(data, at + 1)
    return needle in view.folded


def held(data: bytes, values: Mapping[str, str | float]) -> list[str]:
    """The names of the values that some bytes hold, decoded."""
    content = Content()
    into(content, data, "raw", 0)
    needles = [(name, needle) for name, value in values.items() for needle in _needles(value)]
    return sorted({name for name, needle in needles if any(_holds(view, needle) for view in content.views)})
