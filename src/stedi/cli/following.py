"""The command that publishes what lands while it lands."""

import shlex
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from stedi.cli import output
from stedi.cli.commands import KEYS_TOLD, EngineOption, JsonOption, MasterOption
from stedi.cli.state import State
from stedi.cli.stopping import Stopped


def follow(
    context: typer.Context,
    landing: Annotated[
        Path | None,
        typer.Option(
            "--landing", metavar="DIR", help="Read in place, here or s3:// (default: the lake's own)."
        ),
    ] = None,
    every: Annotated[
        float, typer.Option("--every", metavar="SECONDS", min=0, help="Least time between two releases.")
    ] = 5.0,
    settle: Annotated[
        float | None, typer.Option("--settle", help="Seconds a file must lie untouched (default 10).")
    ] = None,
    maintain: Annotated[
        bool,
        typer.Option(
            "--maintain/--no-maintain", help="Merge small files now and then, keep fewer old releases."
        ),
    ] = True,
    seconds: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=0, help="End after so long.")
    ] = None,
    count: Annotated[
        int | None, typer.Option("--count", min=1, help="End after at least so many releases.")
    ] = None,
    engine: EngineOption = None,
    master: MasterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish what lands while it lands, a release for each small batch, until it is stopped.

    Each batch is what `stedi run` does, so this may be killed at any instant. Between batches the lake is
    free for other commands; while they hold it, this waits. Ctrl-C or SIGTERM end it after the batch under
    way. A batch that fails, at a gate or for want of disk space, is told once and tried again, in the end
    every minute. A missing key (exit code 5) or a wrong setting (2) ends it.

    With --maintain the newest 20 releases stay readable, the last of each hour of a day, of each day of a
    week.

    Example: stedi follow --every 10
    """
    from stedi.cli.follow_shown import FollowShown, print_maintained
    from stedi.cli.landing import provenance_of
    from stedi.following.following import Followed, Follower
    from stedi.following.memory import Growth, begin_anew, begun_anew, hear_signals_again
    from stedi.following.pace import Pace
    from stedi.following.upkeep import Upkeep
    from stedi.ground.errors import LakeMissingError
    from stedi.ground.places import S3Path
    from stedi.lake.config import exists
    from stedi.staging.folder_to_read import require_landed

    state: State = context.obj
    state.use(engine, master)
    settings = state.settings
    folder = state.landing(landing)
    was_there = exists(state.folder)
    if not was_there:
        if folder is None:
            raise LakeMissingError(str(state.folder))
        named = f" --lake {shlex.quote(str(state.folder))}"
        require_landed(folder, f"{folder} holds no landed files", named)
    lake = state.holding(provenance_of(folder)) if folder else state.lake()
    if not was_there:
        output.note(KEYS_TOLD.format(lake.keys.described))
    for name in lake.key_marks:
        lake.key(name)  # Said now, and not when the first file lands.
    stopped = Stopped("stopping after the batch under way; once more stops at once")
    hear_signals_again()
    before, until = begun_anew()
    is_new = before == Followed()
    if seconds is not None and until is None:
        until = time.monotonic() + seconds
    shown = FollowShown(state, as_json=as_json)
    growth = Growth()

    def is_over(so_far: Followed) -> bool:
        is_late = until is not None and time.monotonic() >= until
        return stopped.by is not None or is_late or (count is not None and so_far.releases >= count)

    def is_grown(so_far: Followed) -> bool:
        return growth.is_much(so_far.releases > before.releases)

    def goes_on(so_far: Followed) -> bool:
        return not is_over(so_far) and not is_grown(so_far)

    def prepare() -> None:
        if folder:
            state.holding(provenance_of(folder))

    zone = folder or lake.landing
    pace = Pace.of(every, on_s3=isinstance(zone, S3Path))
    if is_new:
        output.note(
            f"following {zone}: looks every {pace.look_s:g} s, publishes at most every {every:g} s; "
            "Ctrl-C or SIGTERM stops it"
        )
    done = Follower(
        lake,
        folder,
        settle_s=settings.settle_s if settle is None else settle,
        pace=pace,
        upkeep=Upkeep(lake, tell=print_maintained, failed=shown.not_maintained) if maintain else None,
        listener=shown,
        prepare=prepare,
        followed=replace(before),
    ).follow(goes_on)
    if not is_over(done):
        begin_anew(done, until, lambda: stopped.by is not None)
    output.note(
        f"stopped: {output.count(done.releases, 'release')} of {output.count(done.files, 'file')}, "
        f"{output.count(done.lines, 'line')}. What is published is whole"
    )


COMMANDS = (follow,)
