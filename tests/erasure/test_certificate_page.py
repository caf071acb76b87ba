"""What a certificate's page says, and how it is escaped, in each form."""

from typing import Any

import pytest

from stedi.erasure.certificate import SCHEMA
from stedi.erasure.certificate_formats import as_html, as_markdown, as_text
from stedi.erasure.certificate_page import page_of
from stedi.erasure.reasons import limits, why_it_stays
from stedi.erasure.zones import Part
from stedi.landing import requests

HOSTILE = "customer/a`|</p><script>x</script>\x1b[2J&\n# b.json"


def told(kind: str, *, after: int = 0, found: bool = True, **proof: Any) -> dict[str, Any]:
    """A certificate with one trace in each part before, and some in the landed files after."""
    zones = [
        {
            "zone": part.value, "traces_before": 1, "rows_before": 1,
            "traces_after": after if part is Part.LANDED else 0,
            "rows_after": after if part is Part.LANDED else 0,
            "stays": why_it_stays(kind, part) if after and part is Part.LANDED else None,
        }
        for part in Part
    ]  # fmt: skip
    return {
        "schema": SCHEMA, "lake": "1", "request": "20260701T120000-ab12cd", "kind": kind, "case": None,
        "actor": "root", "requested_at": 1_782_907_200_000, "completed_at": 1_782_907_201_000,
        "person": {"found": found, "addresses": 1, "devices": 2}, "zones": zones, "traces_before": 1,
        "proof": {"files": 1, "bytes": 20, "not_searched": 0, **proof}, "limits": limits(kind, on_s3=False),
    }  # fmt: skip


def text(certificate: dict[str, Any]) -> str:
    return " ".join(as_text(page_of(certificate, "sha256:0", vouched=True)).split())


def test_the_first_sentences_say_what_is_left() -> None:
    assert "1 file was searched afterwards: none tells of the person." in text(told(requests.ERASE))
    assert "1 file was searched afterwards: 2 traces of the person are left." in text(
        told(requests.ERASE, after=2)
    )
    withdrawn = text(told(requests.WITHDRAW, after=1))
    assert (
        "nothing of the person is left in what research uses (curated tables and models); 1 trace"
        in withdrawn
    )
    assert "landed files: 1 trace, 1 row. The files as they were delivered." in withdrawn
    assert "on purpose" not in text(told(requests.WITHDRAW))


def test_the_first_sentences_say_that_nobody_was_found() -> None:
    for kind in (requests.ERASE, requests.WITHDRAW):
        shown = text(told(kind, found=False)).partition("The request ---")[0]
        assert "Nobody was found under the address of the request: check it for typos." in shown
        assert "Nobody" not in text(told(kind)).partition("The request ---")[0]


def test_one_file_that_cannot_be_searched_is_one() -> None:
    shown = text(told(requests.WITHDRAW, not_searched=1, not_searchable=[{"path": "a", "why": "broken"}]))
    assert "1 file could not be searched to its end. - a: broken" in shown


def test_times_are_spelt_for_people() -> None:
    assert "asked 2026-07-01 12:00:00 UTC complete 2026-07-01 12:00:01 UTC" in text(told(requests.ERASE))


@pytest.mark.parametrize("part", Part)
def test_each_part_of_the_lake_is_explained(part: Part) -> None:
    assert f"- {part.value}: " in text(told(requests.ERASE))


def test_names_of_files_and_people_are_shown_as_they_are_spelt() -> None:
    certificate = told(requests.WITHDRAW, not_searched=1, not_searchable=[{"path": HOSTILE, "why": "broken"}])
    certificate["actor"] = HOSTILE
    page = page_of(certificate, "sha256:0", vouched=True)
    forms = {"text": as_text(page), "markdown": as_markdown(page), "html": as_html([page])}
    for form in forms.values():
        assert "\x1b" not in form
        assert "\n# b.json" not in form
    assert "<script" not in forms["html"]
    assert "customer/a`|&lt;/p&gt;&lt;script&gt;x" in forms["html"]
    assert r"customer/a\`\|\</p\>\<script\>x" in forms["markdown"]


def test_commands_and_tables_are_code() -> None:
    page = page_of(told(requests.WITHDRAW), "sha256:0", vouched=True)
    assert "<code>stedi audit verify</code>" in as_html([page])
    assert "`stedi audit verify`" in as_markdown(page)
    assert "`" not in as_html([page])


def test_each_row_of_the_page_is_named_for_those_who_hear_it() -> None:
    page = as_html([page_of(told(requests.WITHDRAW), "sha256:0", vouched=True)])
    assert '<tr><th scope="row">case number</th><td>none</td></tr>' in page
    assert '<th scope="col" class="number">traces before</th>' in page
