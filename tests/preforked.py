"""Processes forked from one that has imported everything: starting each from nothing takes seconds.

A process of its own dies alone, has its own streams and leaves an exit code, which is what tests of
kills and of the command line are about; what it imports is the same each time.
"""

import atexit
import functools
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

IMPORTED = (
    "stedi.cli.main", "stedi.cli.running", "stedi.erasure.procedure", "stedi.maintenance", "stedi.query",
    "pysail.spark", "pyspark.sql.connect.session", "pyarrow.compute", "stedi.store.catalog",
    "pyiceberg.io.pyarrow", "duckdb",
)  # fmt: skip
"""What most of them import; none of it starts a thread that a forked process would miss."""

STEDI = "from stedi.cli.main import main\nmain()"
"""The program that the command `stedi` is."""

POLL_S = 0.005


@dataclass(frozen=True)
class Ended:
    """What a process left: its exit code, negative where a signal ended it, and its streams."""

    returncode: int
    stdout: str
    stderr: str


def run(
    program: str,
    *arguments: object,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str = "",
    timeout_s: float = 600,
) -> Ended:
    """Run a program to its end, as `python -c` would.

    Args:
        program: Its source.
        arguments: What it finds in `sys.argv`.
        env: Its whole environment; that of the tests where None.
        cwd: Where it runs.
        stdin: What it reads.
        timeout_s: When it is killed.
    """
    with TemporaryDirectory() as folder:
        streams = [Path(folder) / name for name in ("stdin", "stdout", "stderr")]
        streams[0].write_text(stdin)
        told = {
            "program": program,
            "arguments": [str(each) for each in arguments],
            "env": dict(os.environ if env is None else env),
            "cwd": str(cwd or Path.cwd()),
            "streams": [str(each) for each in streams],
            "timeout_s": timeout_s,
        }
        server = _server()
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(told) + "\n")
        server.stdin.flush()
        answer = server.stdout.readline()
        assert answer, "the process that forks the others has died"
        out, err = (each.read_bytes().decode() for each in streams[1:])
        return Ended(int(answer), out, err)


@functools.cache
def _server() -> "subprocess.Popen[str]":
    """The process that forks, one for each process of the tests."""
    server = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )
    atexit.register(_end, server)
    return server


def _end(server: "subprocess.Popen[str]") -> None:
    with server:  # It leaves when nothing more can come, and its streams are closed.
        assert server.stdin is not None
        server.stdin.close()


def _serve() -> None:
    for name in IMPORTED:
        __import__(name)
    del sys.path[0]  # The folder of this file: programs find what the tests' own environment has.
    for line in sys.stdin:
        told = json.loads(line)
        child = os.fork()
        if not child:
            _become(told)
        print(_ended(child, told["timeout_s"]), flush=True)


def _ended(child: int, timeout_s: float) -> int:
    until = time.monotonic() + timeout_s
    while True:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > until:
            os.kill(child, 9)
        time.sleep(POLL_S)


def _become(told: dict[str, Any]) -> None:
    """Be the process that was asked for, and never return."""
    os.environ.clear()
    os.environ.update(told["env"])
    os.chdir(told["cwd"])
    reads, *writes = told["streams"]
    os.dup2(os.open(reads, os.O_RDONLY), 0)
    for number, path in enumerate(writes, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    sys.argv = ["stedi", *told["arguments"]]
    code = 1
    try:
        main = {"__name__": "__main__"}
        exec(compile(told["program"], "-c", "exec"), main)
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:
        traceback.print_exc()
    with suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve()
