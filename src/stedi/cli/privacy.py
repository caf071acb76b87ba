"""Commands of the privacy officer: who asked to leave, what leaves, and the proof."""

from typing import Annotated, Any

import typer

from stedi.cli import output
from stedi.cli.commands import JsonOption
from stedi.cli.email_file import read_email
from stedi.cli.state import State

app = typer.Typer(
    help="Find, withdraw and erase a person, and prove it.", no_args_is_help=True, rich_markup_mode=None
)

EmailOption = Annotated[
    str,
    typer.Option(
        "--email-file",
        metavar="FILE|-",
        help="A file with one e-mail of the person, or - for stdin; an argument would stay in the history.",
    ),
]
EmptyOption = Annotated[
    bool,
    typer.Option(
        "--empty-undecodable",
        help="Empty landed files that cannot be decoded to their end: nobody can say what they hold.",
    ),
]
KeepOption = Annotated[
    bool,
    typer.Option(
        "--keep-unsearchable",
        help="Keep what cannot be searched: the certificate then lists it, and is not clean.",
    ),
]
CaseOption = Annotated[
    str | None,
    typer.Option(
        "--case", metavar="NUMBER", help="The number of your case, to stand on the certificate: DSR-2026/114."
    ),
]
UnknownOption = Annotated[
    bool,
    typer.Option("--unknown", help="Ask for an e-mail nobody is known to have: for data that lands later."),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it; without, only the plan is shown.")]


@app.command()
def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show the requests of a lake, and which are not complete.

    Example: stedi privacy status
    """
    from stedi.run.procedures import procedures

    state: State = context.obj
    found = procedures(state.lake())
    if as_json:
        told = [
            {**_short(p.request, p.kind, p.requested_at, p.step), "left": p.told.get("left", [])}
            for p in found
        ]
        output.as_json("stedi.privacy_status/1", {"requests": told})
        return
    if not found:
        output.result("Nobody asked to withdraw or to be erased.")
        return
    output.table(
        ("request", "kind", "requested", "step"),
        [(p.request, p.kind, _when(p.requested_at), p.step) for p in found],
    )
    for left in (each for p in found if not p.is_complete for each in p.told.get("left", ())):
        output.result(f"  {left}")
    if any(not p.is_complete for p in found):
        output.note(f"next: {state.named()} privacy resume")


@app.command()
def find(context: typer.Context, email_file: EmailOption, as_json: JsonOption = False) -> None:
    """Tell where a person stands: rows by table, landed files and lines. Nothing is changed.

    Example: stedi privacy find --email-file person.txt
    """
    from stedi.erasure.planning import find as look

    state: State = context.obj
    found = look(state.lake(), read_email(email_file))
    _show_plan(found, as_json, "stedi.privacy_find/1")


@app.command()
def withdraw(
    context: typer.Context,
    email_file: EmailOption,
    yes: YesOption = False,
    unknown: UnknownOption = False,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a person out of the trusted and curated tables, and every older version of them.

    Shows the plan; nothing is done without --yes.

    Example: stedi privacy withdraw --email-file person.txt --yes
    """
    _ask(context.obj, "withdraw", email_file, yes, case, as_json, unknown=unknown)


@app.command()
def erase(
    context: typer.Context,
    email_file: EmailOption,
    yes: YesOption = False,
    unknown: UnknownOption = False,
    case: CaseOption = None,
    empty_undecodable: EmptyOption = False,
    keep_unsearchable: KeepOption = False,
    as_json: JsonOption = False,
) -> None:
    """Remove a person from every table and landed file of the lake, for good.

    Shows the plan; nothing is done without --yes. What is delivered again stays away. Exit code 2
    for a lake that reads somebody else's folder in place; 4 while a landed file cannot be searched.

    Example: stedi privacy erase --email-file - --yes < person.txt
    """
    _ask(
        context.obj, "erase", email_file, yes, case, as_json,
        unknown=unknown, empty_undecodable=empty_undecodable, keep_unsearchable=keep_unsearchable,
    )  # fmt: skip


@app.command()
def resume(
    context: typer.Context,
    empty_undecodable: EmptyOption = False,
    keep_unsearchable: KeepOption = False,
    as_json: JsonOption = False,
) -> None:
    """Complete withdrawals and erasures that were killed, or that found what they could not prove.

    Example: stedi privacy resume
    """
    from stedi.cli.certificates import show_certificate
    from stedi.erasure.procedure import resume as complete

    state: State = context.obj
    done = complete(
        state.lake(),
        empty_undecodable=empty_undecodable,
        keep_unsearchable=keep_unsearchable,
        tell=output.note,
    )
    if as_json:
        output.as_json("stedi.privacy_resume/1", {"certificates": done})
    elif not done:
        output.result("Every request is complete.")
    else:
        for certificate in done:
            show_certificate(state.lake(), certificate)


@app.command()
def verify(context: typer.Context, email_file: EmailOption, as_json: JsonOption = False) -> None:
    """Search every file of the lake, decoded, for an e-mail and all that the lake knows of its person.

    Exit code 4 when something is found where a request says that nothing may be.

    Example: stedi privacy verify --email-file person.txt
    """
    from stedi.erasure.verifying import verify as search

    state: State = context.obj
    found = search(state.lake(), read_email(email_file))
    told = {
        "clean": found.clean,
        "asked": found.asked,
        "files": found.files,
        "not_searched": found.not_searched,
        "not_searchable": found.not_searchable,
        "traces": found.traces,
    }
    if as_json:
        output.as_json("stedi.privacy_verify/1", told)
    else:
        areas = ", ".join(f"{n:,} in {area}" for area, n in found.traces.items()) or "none"
        output.result(f"{output.count(found.files, 'file')} decoded, traces: {areas}")
        if found.not_searched:
            output.result(f"{output.count(found.not_searched, 'file')} could not be searched to the end:")
        for each in found.not_searchable:
            output.result(f"  {each}")
    if not found.clean:
        from stedi.ground.errors import PrivacyGateError

        raise PrivacyGateError(
            "The lake is not proven clean of this person, who asked for it. What was recorded after the "
            "request is not covered by it: ask again.",
            [
                *(f"{area}: {count:,} traces" for area, count in found.traces.items()),
                *([f"not searched to their end: {found.not_searched:,} files"] if found.not_searched else []),
            ],
        )


def _ask(
    state: State,
    kind: str,
    email_file: str,
    yes: bool,
    case: str | None,
    as_json: bool,
    *,
    unknown: bool,
    empty_undecodable: bool = False,
    keep_unsearchable: bool = False,
) -> None:
    from stedi.cli.certificates import show_certificate
    from stedi.erasure.case_number import case_number
    from stedi.erasure.procedure import carry_out, plan

    case = case_number(case)
    email = read_email(email_file)
    lake = state.lake()
    if not yes:
        planned = plan(lake, kind, email, empty_undecodable=empty_undecodable)
        _show_plan(planned, as_json, "stedi.privacy_plan/1")
        if planned.not_searchable and not (empty_undecodable or keep_unsearchable):
            output.note(
                "it would be refused: --empty-undecodable empties what cannot be searched, "
                "--keep-unsearchable keeps it, and the certificate says so"
            )
        if planned.is_unknown:
            output.note("nothing was done: check for typos; --yes --unknown asks for data that lands later")
        else:
            output.note(f"nothing was done: --yes {kind}s the person")
        return
    outcome = carry_out(
        lake, kind, email,
        empty_undecodable=empty_undecodable, keep_unsearchable=keep_unsearchable,
        unknown=unknown, case=case, tell=output.note,
    )  # fmt: skip
    assert outcome.certificate is not None
    if as_json:
        content = {k: v for k, v in outcome.certificate.items() if k != "schema"}
        output.as_json(outcome.certificate["schema"], content)
    else:
        show_certificate(lake, outcome.certificate)


def _show_plan(plan: Any, as_json: bool, schema: str) -> None:
    if as_json:
        told = {**vars(plan), "tables": {name: vars(loss) for name, loss in plan.tables.items()}}
        output.as_json(schema, told)
        return
    if not plan.known:
        output.result("No customer record names this e-mail: check for typos.")
    output.result(
        f"{output.count(plan.addresses, 'address', 'addresses')}, {output.count(plan.devices, 'device')}"
    )
    if plan.consent:
        on_hold = (
            ": on hold, for the newest consent time cannot be read" if plan.consent == "UNREADABLE" else ""
        )
        output.result(f"consent: {plan.consent}{on_hold}")
    output.table(
        ("table", "rows of the person", "files rewritten", "rows"),
        [(name, loss.rows, loss.files, loss.before) for name, loss in plan.tables.items()],
    )
    if plan.kind == "erase":
        lines = output.count(plan.landed_lines, "line")
        output.result(f"landed files: {lines} in {output.count(plan.landed_files, 'file')} become empty")
    else:
        output.result("staged rows and landed files stay: erase removes those too")
    if plan.not_searchable:
        output.result("cannot be searched to the end; nobody can say what it holds:")
        for told in plan.not_searchable:
            output.result(f"  {told}")
    if plan.asked_before:
        output.result("This was asked for before.")


def _short(request: str, kind: str, requested_at: int, step: str) -> dict[str, object]:
    return {"request": request, "kind": kind, "requested_at": requested_at, "step": step}


def _when(at_ms: int) -> str:
    import time

    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at_ms / 1000))
