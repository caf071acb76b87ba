"""Which engine a process uses, and what every session is set to."""

import os
from enum import StrEnum

from stedi.ground.errors import UsageError

ENGINE = "STEDI_ENGINE"
MASTER = "STEDI_MASTER"
LOCAL = "local[*]"

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    # Off: a failed cast in a check must count as a fault, not end the query.
    "spark.sql.ansi.enabled": "false",
    # Off: the client would look up the caller of every expression, a twentieth of a run.
    "spark.python.sql.dataFrameDebugging.enabled": "false",
}


class Engine(StrEnum):
    """Where transforms run."""

    SAIL = "sail"
    """Inside this process, without a JVM."""
    SPARK = "spark"
    """Spark 3.5: in this process's JVM, on a cluster, or on Glue."""


def chosen() -> Engine:
    """The engine that STEDI_ENGINE names; Sail where it names none.

    Raises:
        UsageError: There is no such engine.
    """
    named = os.environ.get(ENGINE) or Engine.SAIL.value
    if named not in {engine.value for engine in Engine}:
        known = " or ".join(engine.value for engine in Engine)
        raise UsageError(f"There is no engine `{named}`; nothing was run.\nUse {known}.")
    return Engine(named)


def choose(engine: Engine, master: str | None = None) -> None:
    """Let this process use an engine from now on.

    Args:
        engine: Which.
        master: Of Spark: `local[*]`, or the address of a cluster; where None, what Spark itself is
            configured to, as on Glue.
    """
    os.environ[ENGINE] = engine.value
    if master:
        os.environ[MASTER] = master
