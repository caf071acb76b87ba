"""The keys of a lake on AWS: secrets in Secrets Manager, each made once."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from stedi.ground.errors import KeyMissingError, UsageError
from stedi.ground.places.client import client, code_of
from stedi.privacy.keys import KEY_BYTES, NAMES

_ABSENT = "ResourceNotFoundException"
_THERE = "ResourceExistsException"
NEXT = "next"


@dataclass(frozen=True)
class SecretKeys:
    """The keys of one lake, as secrets `<prefix>/<name>`.

    Who may read a secret is told by its policy, not here.

    Attributes:
        prefix: How their names begin.
    """

    prefix: str

    @property
    def described(self) -> str:
        """Where they are."""
        return f"Secrets Manager, {self.prefix}/"

    def where(self, name: str) -> str:
        """Where a key is."""
        return f"{self.prefix}/{name}"

    def create(self) -> None:
        """Make every key that is not there; a secret that holds a value is left as it is.

        Raises:
            UsageError: Secrets Manager refuses.
        """
        for name in NAMES:
            if self._value(name) is None:
                self._put(name, secrets.token_bytes(KEY_BYTES), token=_token(f"first of {self.where(name)}"))

    def waits(self, name: str) -> bool:
        """Whether a new key waits to take the place of the old."""
        return self._value(f"{name}.{NEXT}") is not None

    def put_aside(self, name: str) -> bytes:
        """Make a new key beside the one of that name, and return it; one that waited goes."""
        key = secrets.token_bytes(KEY_BYTES)
        self._put(f"{name}.{NEXT}", key)
        self._let_go(f"{name}.{NEXT}")
        return key

    def take_aside(self, name: str) -> None:
        """Put the key that waits in the place of the old one, which no label names any more."""
        self._put(name, self.read(name, aside=True))
        self._let_go(name)
        client("secretsmanager").delete_secret(
            SecretId=self.where(f"{name}.{NEXT}"), ForceDeleteWithoutRecovery=True
        )

    def read(self, name: str, *, aside: bool = False) -> bytes:
        """The key of that name, or the one that waits to take its place; 32 bytes.

        Raises:
            KeyMissingError: It is absent, no key, or may not be read.
        """
        wanted = f"{name}.{NEXT}" if aside else name
        value = self._value(wanted)
        if value is None:
            raise KeyMissingError(name, self.where(wanted), "there is no such secret, or it has no value")
        try:
            key = bytes.fromhex(value.strip())
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise KeyMissingError(name, self.where(wanted), "it is no key")
        return key

    def _value(self, name: str) -> str | None:
        """What a secret holds; None where it is not there, or holds nothing yet."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            told: dict[str, Any] = client("secretsmanager").get_secret_value(SecretId=self.where(name))
        except ClientError as error:
            if code_of(error) == _ABSENT:
                return None
            raise KeyMissingError(name, self.where(name), code_of(error)) from error
        except BotoCoreError as error:
            raise KeyMissingError(name, self.where(name), type(error).__name__) from error
        return str(told.get("SecretString", ""))

    def _put(self, name: str, key: bytes, *, token: str | None = None) -> None:
        """Give a secret a value; with a token only where no value was given with it before."""
        from botocore.exceptions import ClientError

        told = {"SecretString": key.hex(), **({"ClientRequestToken": token} if token else {})}
        try:
            try:
                client("secretsmanager").create_secret(Name=self.where(name), **told)
            except ClientError as error:
                # Whoever may not create one was given an empty one.
                if code_of(error) not in (_THERE, "AccessDeniedException"):
                    raise
                client("secretsmanager").put_secret_value(SecretId=self.where(name), **told)
        except ClientError as error:
            if token and code_of(error) == _THERE:
                return  # Somebody else was first: theirs is the key.
            raise UsageError(
                f"The secret {self.where(name)} cannot be given a value ({code_of(error)}); "
                "nothing was done.\n"
                "Let this role create it and put its value, or name another prefix."
            ) from error

    def _let_go(self, name: str) -> None:
        """Take the labels off every value but the current one; Secrets Manager removes those."""
        told = client("secretsmanager").describe_secret(SecretId=self.where(name))
        for version, labels in told.get("VersionIdsToStages", {}).items():
            for label in labels:
                if "AWSCURRENT" not in labels:
                    client("secretsmanager").update_secret_version_stage(
                        SecretId=self.where(name), VersionStage=label, RemoveFromVersionId=version
                    )


def _token(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
