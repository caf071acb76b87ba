"""A broker, and our connection to it."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stedi.ground.errors import DependencyError, UsageError, install_hint

if TYPE_CHECKING:
    from paho.mqtt.client import Client


@dataclass(frozen=True)
class Broker:
    """Where a broker listens, and as whom we come.

    Attributes:
        host: Its name or address.
        port: Its port.
        client_id: By it the broker knows us again, and keeps what came while we were away.
        username: None where the broker asks for none.
        password: None where it asks for none.
        ca_file: Whose certificates we trust; TLS is spoken where it is given.
        certificate: Ours, where the broker asks for one,
        key: and its key.
    """

    host: str
    port: int = 1883
    client_id: str = "stedi-collector"
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


def client_of(broker: Broker) -> "Client":
    """A client of paho that acknowledges only what we tell it to."""
    try:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
    except ImportError as missing:
        raise DependencyError(
            f"Nothing was collected: paho-mqtt is not installed.\n{install_hint('collect')}"
        ) from missing
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=broker.client_id,
        protocol=MQTTProtocolVersion.MQTTv5,
        manual_ack=True,
    )
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.ca_file is not None:
        try:
            client.tls_set(
                str(broker.ca_file),
                str(broker.certificate) if broker.certificate else None,
                str(broker.key) if broker.key else None,
            )
        except (OSError, ssl.SSLError, ValueError) as error:
            raise UsageError(
                f"A TLS file cannot be used ({error}); nothing was collected.\n"
                "Look at --ca, --certificate and --key: PEM files that may be read."
            ) from error
    return client
