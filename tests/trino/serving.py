"""A Trino of our own on the loopback interface, and how to ask it."""

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVE = Path(__file__).with_name("Serve.java")
STARTS_WITHIN_S = 600


class TrinoError(Exception):
    """A statement failed; the message is Trino's."""


@dataclass(frozen=True)
class Trino:
    """A server, asked in the schema of the lake.

    Attributes:
        address: Of the server.
        metastore: The folder in which it keeps what it knows of tables.
        schema: In which names without one are looked up.
        catalog: In which schemas are; both kinds of tables are seen in `hive`.
    """

    address: str
    metastore: Path
    schema: str = "stedi"
    catalog: str = "hive"

    def ask(self, sql: str, *values: str) -> list[dict[str, Any]]:
        """Run one statement; `values` are its execution parameters, all texts.

        Raises:
            TrinoError: It failed.
        """
        if values:
            given = ", ".join(_text(value) for value in values)
            sql = f"execute immediate {_text(sql)} using {given}"
        headers = {
            "X-Trino-User": "tests", "X-Trino-Catalog": self.catalog, "X-Trino-Schema": self.schema,
            "X-Trino-Time-Zone": "UTC",
        }  # fmt: skip
        request = urllib.request.Request(f"{self.address}/v1/statement", sql.encode(), headers)
        names: list[str] = []
        rows: list[dict[str, Any]] = []
        page = _page(request)
        while True:
            if "error" in page:
                raise TrinoError(page["error"]["message"])
            names = [column["name"] for column in page.get("columns", [])] or names
            rows += [dict(zip(names, row, strict=True)) for row in page.get("data", [])]
            if "nextUri" not in page:
                return rows
            page = _page(urllib.request.Request(page["nextUri"], headers=headers))


def _page(request: urllib.request.Request) -> dict[str, Any]:
    with urllib.request.urlopen(request, timeout=600) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def _text(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


@contextmanager
def serving(java: Path, jars: Path, folder: Path) -> Iterator[Trino]:
    """Start a server, and end it.

    Args:
        java: The program, of Java 25 or later.
        jars: The folder of Trino's jars.
        folder: For its metastore and its log.
    """
    address, log = folder / "address", folder / "log"
    (folder / "metastore").mkdir()
    command: Sequence[str] = (
        str(java), "-cp", f"{jars}/*", "-Xmx3g", "-XX:TieredStopAtLevel=1", "-Duser.timezone=UTC",
        "--add-modules", "jdk.incubator.vector", str(SERVE), str(folder / "metastore"), str(address),
    )  # fmt: skip
    with log.open("wb") as told:
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=told, stderr=subprocess.STDOUT)
    try:
        for _ in range(STARTS_WITHIN_S * 2):
            if address.exists() and address.read_text():
                break
            if server.poll() is not None:
                raise TrinoError(f"Trino ended before it served; its log is {log}")
            time.sleep(0.5)
        else:
            raise TrinoError(f"Trino did not serve within {STARTS_WITHIN_S} s; its log is {log}")
        yield Trino(address.read_text(), folder / "metastore")
    finally:
        server.stdin.close()  # type: ignore[union-attr]
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
