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
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

IMPORTED = (
    "stedi.cli.main", "stedi.cli.running", "stedi.erasure.procedure", "stedi.upkeep.maintenance",
    "stedi.asking.query",
    "pysail.spark", "pyspark.sql.connect.session", "pyarrow.compute", "stedi.store.catalog",
    "pyiceberg.io.pyarrow", "duckdb",
)  # fmt: skip
"""What most of them import; none of it starts a thread that a forked process would miss."""

STEDI = "from stedi.cli.starting import main\nmain()"
"""The program that the command `stedi` is."""

POLL_S = 0.005


@dataclass(frozen=True)
class Ended:
    """What a process left: its exit code, negative where a signal ended it, and its streams."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Job:
    """A process that is asked for.

    Attributes:
        program: Its source, as for `python -c`.
        arguments: What it finds in `sys.argv`.
        env: Its whole environment; that of the tests where None.
        cwd: Where it runs.
        stdin: What it reads.
        signals: Seconds after its start, and the signal that it gets then.
    """

    program: str
    arguments: tuple[object, ...] = ()
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    stdin: str | bytes = ""
    signals: tuple[tuple[float, int], ...] = ()


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
    (ended,) = together([Job(program, arguments, env, cwd, stdin)], timeout_s=timeout_s)
    return ended


def together(jobs: Sequence[Job], *, timeout_s: float = 600) -> list[Ended]:
    """Run programs at once, each to its end, and no longer than so many seconds."""
    with TemporaryDirectory() as folder:
        told = [_told(job, Path(folder) / str(number)) for number, job in enumerate(jobs)]
        server = _server()
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps({"jobs": told, "timeout_s": timeout_s}) + "\n")
        server.stdin.flush()
        answer = server.stdout.readline()
        assert answer, "the process that forks the others has died"
        ended = []
        for job, code in zip(told, json.loads(answer), strict=True):
            out, err = (Path(each).read_bytes().decode() for each in job["streams"][1:])
            ended.append(Ended(code, out, err))
        return ended


def _told(job: Job, folder: Path) -> dict[str, Any]:
    folder.mkdir()
    streams = [folder / name for name in ("stdin", "stdout", "stderr")]
    streams[0].write_bytes(job.stdin.encode() if isinstance(job.stdin, str) else job.stdin)
    return {
        "program": job.program,
        "arguments": [str(each) for each in job.arguments],
        "env": dict(os.environ if job.env is None else job.env),
        "cwd": str(job.cwd or Path.cwd()),
        "streams": [str(each) for each in streams],
        "signals": sorted(job.signals),
    }


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
        children: dict[int, list[list[float]]] = {}
        for job in told["jobs"]:
            child = os.fork()
            if not child:
                _become(job)
            children[child] = job["signals"]
        print(json.dumps(_ended(children, told["timeout_s"])), flush=True)


def _ended(children: dict[int, list[list[float]]], timeout_s: float) -> list[int]:
    began = time.monotonic()
    codes: dict[int, int] = {}
    while True:
        passed = time.monotonic() - began
        for child in [child for child in children if child not in codes]:
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                codes[child] = os.waitstatus_to_exitcode(status)
                continue
            if passed > timeout_s:
                os.kill(child, 9)
            while children[child] and passed >= children[child][0][0]:
                os.kill(child, int(children[child].pop(0)[1]))
        if len(codes) == len(children):
            return [codes[child] for child in children]
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
