"""The keys of a lake: files outside it, readable by their owner alone."""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from stedi.ground import durable
from stedi.ground.errors import KeyMissingError

KEY_BYTES = 32
NAMES = ("pseudonym", "suppression", "audit")
"""Pseudonym: subject keys. Suppression: hashes of requests. Audit: the chain of the audit log."""


def keys_folder() -> Path:
    """The folder that holds a folder of keys for each lake: STEDI_KEYS, or the user's configuration."""
    if named := os.environ.get("STEDI_KEYS"):
        return Path(named)
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "stedi" / "keys"


@dataclass(frozen=True)
class Keys:
    """The keys of one lake.

    Attributes:
        folder: Where they lie, never inside the lake.
    """

    folder: Path

    @property
    def described(self) -> str:
        """Where they are."""
        return str(self.folder)

    def where(self, name: str) -> str:
        """Where a key is."""
        return str(self.path(name))

    def create(self) -> None:
        """Make every key that is not there; one that is there is kept.

        A key is whole or absent, also after a kill: it is written aside and then linked.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in NAMES:
            if self.path(name).exists():
                continue
            aside = self.folder / f".{name}.{secrets.token_hex(4)}"
            _write(aside, secrets.token_bytes(KEY_BYTES))
            try:
                os.link(aside, self.path(name))
            except FileExistsError:
                pass
            finally:
                aside.unlink()

    def path(self, name: str) -> Path:
        """The file of a key."""
        return self.folder / f"{name}.key"

    def aside(self, name: str) -> Path:
        """Where a new key waits to take the place of the old."""
        return self.folder / f"{name}.key.next"

    def waits(self, name: str) -> bool:
        """Whether a new key waits to take the place of the old."""
        return self.aside(name).exists()

    def put_aside(self, name: str) -> bytes:
        """Make a new key beside the one of that name, durably, and return it; one that waited goes."""
        key = secrets.token_bytes(KEY_BYTES)
        self.aside(name).unlink(missing_ok=True)
        _write(self.aside(name), key)
        durable.settle(self.folder)
        return key

    def take_aside(self, name: str) -> None:
        """Put the key that waits in the place of the old one, durably."""
        self.aside(name).replace(self.path(name))
        durable.settle(self.folder)

    def read(self, name: str, *, aside: bool = False) -> bytes:
        """The key of that name, or the one that waits to take its place; 32 bytes.

        Raises:
            KeyMissingError: It is absent, no key, or others may read it.
        """
        path = self.aside(name) if aside else self.path(name)
        try:
            mode = path.stat().st_mode
            text = path.read_text().strip()
        except OSError as refused:
            raise KeyMissingError(name, str(path), refused.strerror or "unreadable") from refused
        except UnicodeDecodeError as refused:
            raise KeyMissingError(name, str(path), "it is no key") from refused
        if mode & 0o077:
            raise KeyMissingError(name, str(path), f"others may read it: mode {mode & 0o777:04o}")
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise KeyMissingError(name, str(path), "it is no key")
        return key


def _write(path: Path, key: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())


def key_mark(key: bytes, lake_id: str) -> str:
    """By which a key is known to be a lake's; the key does not follow from it."""
    return hmac.digest(key, f"key of {lake_id}".encode(), hashlib.sha256).hex()
