"""The Spark session of each engine."""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from stedi.engine.allocating import hold_little
from stedi.engine.settings import SETTINGS, Engine, chosen
from stedi.engine.spark import SPARKS_OWN, spark
from stedi.ground.errors import DependencyError, install_hint

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

KEPT = (signal.SIGINT, signal.SIGTERM)

# How Sail's allocator holds memory: freed pages go back at once, and none is a huge one, which stays whole
# for any part of it in use. The peak of 50 times the starter data went from 1.45 to 0.67 GB by it.
ALLOCATOR = {"MIMALLOC_PURGE_DELAY": "0", "MIMALLOC_ALLOW_THP": "0"}

# Sail ends a session that was asked nothing for five minutes: while a machine slept, or while rows of a large
# lake were decided upon in memory. A session of ours ends with its block, and is in nobody's way.
SESSION = {"SAIL_SPARK__SESSION_TIMEOUT_SECS": str(365 * 24 * 3600)}


def engine() -> "AbstractContextManager[SparkSession]":
    """A session of the chosen engine, for as long as the block goes on.

    Raises:
        DependencyError: The engine is not installed.
    """
    return spark() if chosen() is Engine.SPARK else sail()


def engine_when_asked() -> "AbstractContextManager[SparkSession]":
    """The same, but the embedded engine starts with the first question or with `start`: there may be none.

    Raises:
        DependencyError: The engine is not installed.
    """
    hold_little()
    return spark() if chosen() is Engine.SPARK else _sail_when_asked()


def start(session: "SparkSession") -> None:
    """Start the engine now, if it has not started: in the main thread, for it would keep an interrupt."""
    if isinstance(session, _WhenAsked):
        session.started()


@contextmanager
def _sail_when_asked() -> "Iterator[SparkSession]":
    for name in ("pysail", "pyspark"):
        if find_spec(name) is None:
            raise _not_installed(name)
    with ExitStack() as block:
        yield cast("SparkSession", _WhenAsked(block))


class _WhenAsked:
    """A session on Sail that starts when it is asked for the first time."""

    def __init__(self, block: ExitStack) -> None:
        self._block = block
        self._lock = threading.Lock()
        self._session: SparkSession | None = None

    def started(self) -> "SparkSession":
        """The session itself."""
        with self._lock:
            if self._session is None:
                self._session = self._block.enter_context(sail())
            return self._session

    def __getattr__(self, name: str) -> Any:
        if name == SPARKS_OWN:
            raise AttributeError(name)
        return getattr(self.started(), name)


def kept_running() -> AbstractContextManager[Any]:
    """Let all that happens in the block share one session, where starting one takes seconds."""
    return spark() if chosen() is Engine.SPARK else nullcontext()


@contextmanager
def sail() -> "Iterator[SparkSession]":
    """A session on Sail, the embedded engine, that ends with the block.

    Raises:
        DependencyError: The extra `local` is not installed.
    """
    for name, value in {"RUST_LOG": "error", **ALLOCATOR, **SESSION}.items():
        os.environ.setdefault(name, value)
    # The client takes `python -c` for its own doctests, and would look for a Spark installation.
    main = sys.modules["__main__"]
    if not hasattr(main, "__file__"):
        main.__file__ = None  # No name: a process that is spawned would look for it.
    try:
        from pysail.spark import SparkConnectServer
        from pyspark.sql import SparkSession
    except ImportError as missing:
        raise _not_installed(missing.name) from missing
    _reach_directly("127.0.0.1")
    with _signals_kept():
        server = SparkConnectServer(ip="127.0.0.1", port=0)
        server.start(background=True)
        host, port = server.listening_address
        session = SparkSession.builder.remote(f"sc://{host}:{port}").create()
        # Its server is in this process and cannot be lost: what would find lost answers again is half of
        # what asking costs.
        session.client.disable_reattachable_execute()
        for name, value in SETTINGS.items():
            session.conf.set(name, value)
    try:
        yield session
    finally:
        session.stop()
        server.stop()
        # Else a process that starts many sessions would hold all that each of them held.
        atexit.unregister(session.client._on_exit)


def _not_installed(name: str | None) -> DependencyError:
    cause = f"The embedded engine cannot start: {name} is not installed; nothing was run."
    return DependencyError(f"{cause}\n{install_hint('local')}")


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Hold signals back while a server starts that takes them over, and take them back after.

    Else an interrupt would stop the server and not us, and we would look for it for minutes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, KEPT)
    handlers = {number: signal.getsignal(number) for number in KEPT}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _reach_directly(host: str) -> None:
    """Keep a proxy that the environment names out of what this process says to itself."""
    names = ("no_grpc_proxy", "no_proxy", "NO_PROXY")
    direct = next((os.environ[name] for name in names if os.environ.get(name)), "")
    os.environ[names[0]] = ",".join(filter(None, {*direct.split(","), host}))
