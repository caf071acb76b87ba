"""A session of Spark: in this process, on a cluster, or the one that Glue has started."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from stedi.engine.settings import MASTER, SETTINGS
from stedi.ground.errors import DependencyError, install_hint

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ADDRESSES = r"[^\s@'\"]+@[^\s@'\"]+"
SERIALS_AND_HASHES = "[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3,}[0-9a-fA-F]*"

ANYWHERE = {
    **SETTINGS,
    # Plans are logged and shown, and none of these may stand in them.
    "spark.sql.redaction.string.regex": f"{ADDRESSES}|{SERIALS_AND_HASHES}",
    # Off: what is broadcast goes through the driver, and these are rows of people.
    "spark.sql.autoBroadcastJoinThreshold": "-1",
}

IN_THIS_PROCESS = {
    "spark.driver.memory": "2g",
    "spark.log.level": "ERROR",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Off: each shuffle would be planned anew, in a job of its own. Partitions are as many as cores already.
    "spark.sql.adaptive.enabled": "false",
    # Readings are worked on in Python: what the JVM has to do is over before its second compiler has earned
    # what it costs, which was a third of a run's CPU.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
"""Beyond that, of a master `local[…]`; what PYSPARK_SUBMIT_ARGS names is left to it."""

SPARKS_OWN = "_jsparkSession"
"""What only a session with a JVM behind it has."""

INSTALL = f"It needs Java 17, and an environment without Sail. {install_hint('spark')}"


def is_spark(session: "SparkSession") -> bool:
    """Whether a session is Spark's own, with a JVM behind it, and not a client's."""
    return hasattr(session, SPARKS_OWN)


@contextmanager
def spark() -> "Iterator[SparkSession]":
    """A session of Spark; one that was running before goes on after the block.

    Raises:
        DependencyError: Spark or Java is not installed.
    """
    was_running = _running()
    session = started()
    try:
        yield session
    finally:
        if not was_running:
            session.stop()


def started() -> "SparkSession":
    """The session of this process, begun where there is none yet, on the master that STEDI_MASTER names.

    Raises:
        DependencyError: Spark or Java is not installed.
    """
    builder: Any = _installed().builder.appName("stedi")
    settings = dict(ANYWHERE)
    if not _running():
        master = os.environ.get(MASTER)
        if master:
            builder = builder.master(master)
        if (master or "").startswith("local"):
            settings |= IN_THIS_PROCESS | {"spark.sql.shuffle.partitions": str(_cores(master or ""))}
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
            os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    told = os.environ.get("PYSPARK_SUBMIT_ARGS", "")
    for name, value in settings.items():
        if f"{name}=" not in told:
            builder = builder.config(name, value)
    try:
        session: SparkSession = builder.getOrCreate()
    except Exception as failed:
        if "JAVA_GATEWAY_EXITED" in str(failed) or isinstance(failed, FileNotFoundError):
            raise DependencyError(
                "Spark cannot start: there is no Java, or it cannot run; nothing was run.\n"
                "Install Java 17 (Debian: apt-get install openjdk-17-jre-headless) or set JAVA_HOME."
            ) from None
        raise
    return session


def _installed() -> Any:
    try:
        import pyspark
        from pyspark.sql import SparkSession
    except ImportError as missing:
        raise DependencyError(
            f"Spark cannot start: {missing.name} is not installed; nothing was run.\n{INSTALL}"
        ) from missing
    # The light client of Sail installs a package of the same name, without an engine in it.
    if not hasattr(pyspark, "SparkContext") or not pyspark.__version__.startswith("3.5."):
        raise DependencyError(
            "Spark cannot start: this environment holds the light client of Sail instead; nothing was run.\n"
            f"{INSTALL}"
        )
    return SparkSession


def _running() -> bool:
    # The light client has no such class.
    context = getattr(sys.modules.get("pyspark"), "SparkContext", None)
    return context is not None and context._active_spark_context is not None


def _cores(master: str) -> int:
    """How many cores `local[n]` or `local[*]` means."""
    inside = master.partition("[")[2].partition("]")[0].split(",")[0]
    if inside == "*":
        return len(os.sched_getaffinity(0))
    return int(inside) if inside.isdigit() else 1
