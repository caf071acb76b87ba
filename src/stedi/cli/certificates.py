"""The command that shows certificates, and how one is shown when its request is complete."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stedi.cli import output
from stedi.cli.commands import JsonOption
from stedi.cli.email_file import read_email
from stedi.cli.privacy import app
from stedi.cli.state import State
from stedi.ground.errors import UsageError

if TYPE_CHECKING:
    from stedi.lake.config import Lake

officers_app = app
"""All commands of the privacy officer, these among them."""

BRIEFLY = ("Before and after", "What stays, and why", "How it was searched")
"""The sections that are shown when a request is complete."""


class Format(StrEnum):
    """How a certificate is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


@app.command()
def certificate(
    context: typer.Context,
    request: Annotated[
        str | None, typer.Argument(metavar="[REQUEST]", help="The request, as `status` names it.")
    ] = None,
    email_file: Annotated[
        str | None,
        typer.Option(
            "--email-file",
            metavar="FILE|-",
            help="Instead of a request: all requests of the person with this e-mail, the newest first.",
        ),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.TEXT,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it to a file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the certificate of a completed request, once it was compared with the audit log.

    Exit code 4 when it is not the one that was written: changed, exchanged, deleted or added.

    Example: stedi privacy certificate 20260701T120000-ab12cd --format html --out certificate.html
    """
    state: State = context.obj
    lake = state.lake()
    if (request is None) == (email_file is None):
        raise UsageError(
            "Nothing was shown: name one request, or the person.\n"
            f"See the requests: {state.named()} privacy status. Or: {state.named()} privacy certificate "
            "--email-file FILE|-"
        )
    form = Format.JSON if as_json else form
    if request is not None:
        contents = [_checked(state, lake, request)]
    else:
        contents = _of_person(state, lake, read_email(str(email_file)))
    text = _written(contents, form, alone=request is not None)
    if out is None:
        output.result(text.removesuffix("\n"))
        return
    _save(lake, out, text)
    output.note(f"{output.count(len(contents), 'certificate')} written: {out}")


def show_certificate(lake: "Lake", told: Mapping[str, Any]) -> None:
    """Show what a request did that was just completed, in the numbers of its certificate."""
    from stedi.erasure.certificate import content_of, digest_of
    from stedi.erasure.certificate_formats import as_text
    from stedi.erasure.certificate_page import page_of

    content = content_of(lake, told["request"]) or b""
    page = page_of(told, digest_of(content), vouched=True)
    output.result(f"request {told['request']}: {told['kind']} complete")
    output.result(as_text(page, only=BRIEFLY).removesuffix("\n"))


def _of_person(state: State, lake: "Lake", email: str) -> list[tuple[bytes, bool]]:
    from stedi.erasure.certificate import content_of
    from stedi.erasure.requests_of import requests_of
    from stedi.erasure.vouching import recorded_digests
    from stedi.run.procedures import pending

    found = requests_of(lake, email)
    if not found:
        raise UsageError(
            "No request is on record under this address; nothing was shown.\n"
            f"See where the person stands: {state.named()} privacy find --email-file FILE|-"
        )
    waiting = {procedure.request for procedure in pending(lake)}
    known = recorded_digests(lake)
    contents = []
    for request in found:
        if request in waiting:
            output.note(f"request {request} is not complete: {state.named()} privacy resume")
        elif request in known or content_of(lake, request) is not None:
            contents.append(_checked(state, lake, request))
        else:
            output.note(f"request {request} has no certificate, and the audit log knows of none")
    return contents


def _checked(state: State, lake: "Lake", request: str) -> tuple[bytes, bool]:
    """The bytes of a certificate, and whether the audit log vouches for them."""
    from stedi.erasure.certificate import content_of, require_there
    from stedi.erasure.vouching import vouch_for
    from stedi.run.procedures import pending

    content = content_of(lake, request)
    if request in {procedure.request for procedure in pending(lake)}:
        raise UsageError(
            "That request is not complete, and has no certificate yet; nothing was shown.\n"
            f"Go on with it: {state.named()} privacy resume"
        )
    vouched = vouch_for(lake, request)
    content = require_there(content, request)
    if not vouched:
        output.note(
            f"alert: an earlier version wrote the certificate of {request}, and the audit log "
            "holds no digest of "
            "it: nothing shows that it is unchanged"
        )
    return content, vouched


def _written(contents: Sequence[tuple[bytes, bool]], form: Format, *, alone: bool) -> str:
    from stedi.erasure.certificate import digest_of
    from stedi.erasure.certificate_formats import as_html, as_markdown, as_text
    from stedi.erasure.certificate_page import page_of

    if form is Format.JSON:
        if alone:
            return contents[0][0].decode()  # Byte for byte, so that its digest is the one in the audit log.
        told = {"schema": "stedi.certificates/1", "certificates": [json.loads(c) for c, _ in contents]}
        return json.dumps(told, sort_keys=True) + "\n"
    pages = [
        page_of(json.loads(content), digest_of(content), vouched=vouched) for content, vouched in contents
    ]
    if form is Format.HTML:
        return as_html(pages)
    if form is Format.MARKDOWN:
        return "\n---\n\n".join(map(as_markdown, pages))
    return "\n\n".join(map(as_text, pages))


def _save(lake: "Lake", out: Path, text: str) -> None:
    from stedi.ground import durable
    from stedi.ground.places import lies_in

    if any(lies_in(out.absolute().resolve(), folder.resolve()) for folder in (lake.root, lake.private)):
        raise UsageError("The file would lie inside the lake; nothing was written.\nName another: --out FILE")
    try:
        durable.replace(out.absolute(), text.encode())
    except OSError as refused:
        raise UsageError(
            f"{out} cannot be written ({refused.strerror}); nothing was written.\nName another: --out FILE"
        ) from refused
