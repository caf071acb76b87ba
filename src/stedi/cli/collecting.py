"""Commands that collect streams."""

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stedi.cli import output
from stedi.cli.commands import JsonOption
from stedi.cli.state import State
from stedi.cli.stopping import Stopped

if TYPE_CHECKING:
    from stedi.collecting.broker import Broker
    from stedi.collecting.mqtt import Collected

collect_app = typer.Typer(
    name="collect",
    help="Collect readings from a stream into the landing zone.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
GROUPS = (collect_app,)

PASSWORD = "STEDI_MQTT_PASSWORD"


@collect_app.callback()
def collect() -> None:
    """Collect readings from a stream into the landing zone."""


@collect_app.command()
def mqtt(
    context: typer.Context,
    broker: Annotated[str, typer.Option("--broker", metavar="HOST[:PORT]", help="Where it listens.")],
    topic: Annotated[
        str,
        typer.Option(
            "--topic", help="A topic filter; its one + is the serial number. $share/GROUP/FILTER too."
        ),
    ] = "stedi/+/readings",
    client_id: Annotated[
        str, typer.Option("--client-id", help="By it the broker keeps what comes while we are away.")
    ] = "stedi-collector",
    username: Annotated[
        str | None, typer.Option("--username", help=f"Its password is taken from {PASSWORD}.")
    ] = None,
    ca: Annotated[
        Path | None, typer.Option("--ca", help="Certificates to trust (PEM); speaks TLS, port 8883.")
    ] = None,
    certificate: Annotated[Path | None, typer.Option("--certificate", help="Our certificate (PEM).")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="The certificate's key (PEM).")] = None,
    seconds: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=0, help="End after so long.")
    ] = None,
    count: Annotated[
        int | None, typer.Option("--count", min=1, help="End after at least so many messages.")
    ] = None,
    file_seconds: Annotated[
        float, typer.Option("--file-seconds", min=0, help="A file lands when it is so old.")
    ] = 60.0,
    as_json: JsonOption = False,
) -> None:
    """Collect Step Trainer readings that are published over MQTT, until it is stopped.

    A message is acknowledged when its readings are on the disk, so none is lost when this or the broker is
    killed; one that comes twice is staged once. Stop it with Ctrl-C or SIGTERM: what came lands.

    Example: stedi collect mqtt --broker localhost --topic stedi/+/readings
    """
    from stedi.collecting.mqtt import Collector
    from stedi.collecting.spool import spooling
    from stedi.ground.places import require_local
    from stedi.lake.config import CUSTOMERS
    from stedi.landing.step_trainer import SOURCE

    state: State = context.obj
    where = _broker(broker, client_id, username, ca, certificate, key)
    lake = state.holding(CUSTOMERS)
    until = None if seconds is None else time.monotonic() + seconds
    stopped = Stopped()

    def goes_on(so_far: "Collected") -> bool:
        in_time = until is None or time.monotonic() < until
        return in_time and not stopped.by and (count is None or so_far.messages < count)

    landing = require_local(lake.landing, "Readings are collected")
    with spooling(landing, SOURCE, time.time, seconds_a_file=file_seconds) as spool:
        found = Collector(where, topic, spool, told=output.note).collect(goes_on)
    if as_json:
        output.as_json("stedi.collect/1", {**vars(found), "files": spool.landed})
    else:
        output.result(
            f"{output.count(found.readings, 'reading')} in {output.count(found.messages, 'message')}, "
            f"{output.count(spool.landed, 'file')} landed: {lake.landing / SOURCE.name}"
        )
    if found.refused:
        output.note(
            f"{output.count(found.refused, 'message')} refused, {found.strays:,} of them on a topic without "
            "a serial number: kept, and quarantined by the next run"
        )
    if found.empty:
        output.note(f"{output.count(found.empty, 'message')} without a reading: nothing to keep")
    output.note(f"next: {state.named()} run")
    if stopped.by == signal.SIGINT:
        raise KeyboardInterrupt


def _broker(
    address: str,
    client_id: str,
    username: str | None,
    ca: Path | None,
    certificate: Path | None,
    key: Path | None,
) -> "Broker":
    from stedi.collecting.broker import Broker
    from stedi.ground.errors import UsageError

    host, _, port = address.rpartition(":") if address.count(":") == 1 else (address, "", "")
    if not host or (port and not (port.isdecimal() and 0 < int(port) < 65_536)):
        raise UsageError(
            f"{address!r} is no address of a broker; nothing was collected.\nGive HOST or HOST:PORT."
        )
    if (certificate is None) != (key is None) or (certificate and not ca):
        raise UsageError(
            "A certificate needs its key and the certificates to trust; nothing was collected.\n"
            "Give --certificate, --key and --ca together."
        )
    return Broker(
        host,
        int(port) if port else 8883 if ca else 1883,
        client_id,
        username,
        os.environ.get(PASSWORD),
        ca,
        certificate,
        key,
    )
