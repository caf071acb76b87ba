"""Commands about the audit log and the keys."""

from typing import Annotated

import typer

from stedi.cli import output
from stedi.cli.commands import JsonOption
from stedi.cli.state import State

audit_app = typer.Typer(
    name="audit", help="The audit log: who did what to the lake.", no_args_is_help=True, rich_markup_mode=None
)
keys_app = typer.Typer(
    name="keys", help="The keys of the lake, outside it.", no_args_is_help=True, rich_markup_mode=None
)
GROUPS = (audit_app, keys_app)


@audit_app.command()
def verify(context: typer.Context, as_json: JsonOption = False) -> None:
    """Prove that no byte of the audit log was changed and no entry dropped, moved or cut, nor a certificate.

    A certificate is compared with its digest in the log: one that was changed, exchanged, deleted or added is
    told. Exit code 4 when something is not as it was written.

    Example: stedi audit verify
    """
    from stedi.audit import verify as prove
    from stedi.erasure.vouching import vouch_for_all

    state: State = context.obj
    found = prove(state.lake())
    vouched = vouch_for_all(state.lake())
    if as_json:
        output.as_json("stedi.audit.verify/1", {**vars(found), **vars(vouched)})
        return
    told = output.count(found.entries, "entry", "entries")
    output.result(f"{told}, unchanged and complete   newest {output.when(found.newest_at_ms)}")
    if vouched.certificates:
        output.result(f"{output.count(vouched.certificates, 'certificate')}, as written")
    if without := vouched.without_digest:
        told = output.count(len(without), "certificate")
        output.note(f"{told} of an earlier version without a digest: nothing shows that they are unchanged")
    if vouched.not_complete:
        output.note(f"requests that are not complete: {state.named()} privacy resume")
    if found.unfinished:
        output.note(
            "the newest was killed while it was written: the head holds it, the next entry finishes it"
        )


@keys_app.command()
def rotate(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="The key: only `pseudonym` can be rotated.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only the plan is shown.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Replace a key by a new one and forget the old; the next run builds the curated tables under it.

    Example: stedi keys rotate pseudonym --yes
    """
    from stedi.upkeep.rotation import plan
    from stedi.upkeep.rotation import rotate as replace_key

    state: State = context.obj
    lake = state.lake()
    planned = plan(lake, key)
    if yes:
        replace_key(lake, key)
    if as_json:
        output.as_json("stedi.keys.rotate/1", {"key": key, "rotated": yes, "steps": planned})
    else:
        output.result(f"The {key} key of this lake was rotated:" if yes else "Nothing was done. With --yes:")
        for step in planned:
            output.result(f"  - {step}")
    output.note(f"next: {state.named()} " + ("run" if yes else f"keys rotate {key} --yes"))
