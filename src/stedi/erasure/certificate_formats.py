"""A certificate's page as text, as Markdown and as HTML that needs no other file."""

import html
import re
import textwrap
from collections.abc import Sequence

from stedi.erasure.certificate_page import Page, Section, Table

WIDTH = 100

STYLE = """
:root { color-scheme: light dark; --ink: #111; --paper: #fff; --line: #bbb; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --paper: #161616; --line: #555; } }
body { font: 11pt/1.45 Georgia, "Times New Roman", serif; color: var(--ink); background: var(--paper);
  max-width: 46em; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.6em; margin: 0 0 .6em; } h2 { font-size: 1.1em; margin: 1.6em 0 .4em; }
article + article { margin-top: 4em; border-top: 2px solid var(--ink); padding-top: 2em; }
.lead { font-size: 1.1em; } code { font-size: .9em; } ul { padding-left: 1.4em; }
.wide { overflow-x: auto; margin: .5em 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25em .6em; border-bottom: 1px solid var(--line); }
tbody th { font-weight: normal; }
.number { text-align: right; font-variant-numeric: tabular-nums; } td.number { white-space: nowrap; }
p, li { overflow-wrap: anywhere; } th, td { overflow-wrap: break-word; }
@media (max-width: 480px) {
  body { margin: 1em auto; } th, td { padding: .25em .3em; } table { font-size: .9em; }
}
@page { size: A4; margin: 18mm; }
@media print {
  :root { color-scheme: light; --ink: #111; --paper: #fff; --line: #bbb; }
  body { margin: 0; max-width: none; padding: 0; } h2 { break-after: avoid; } tr, li { break-inside: avoid; }
  article + article { break-before: page; border: 0; margin: 0; padding: 0; }
}
""".strip()

_NUMBER = re.compile(r"[0-9][0-9,]*|-|not told")
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#&])")
_CODE = re.compile(r"`([a-z][a-z _-]*)`")
"""A command or a table in our own sentences."""


def as_text(page: Page, *, only: Sequence[str] = ()) -> str:
    """The page for a terminal; of some sections alone, named by their titles."""
    parts = [page.title, "=" * len(page.title), "", *_wrapped(page.lead)]
    for section in page.sections:
        if only and section.title not in only:
            continue
        parts += ["", section.title, "-" * len(section.title)]
        for paragraph in section.paragraphs:
            parts += _wrapped(paragraph)
        parts += _text_table(section.table) if section.table else []
        for item in section.items:
            parts += _wrapped(f"- {item}", indent="  ")
    return "\n".join(parts) + "\n"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _text_table(table: Table) -> list[str]:
    named = (table.columns,) if any(table.columns) else ()
    lines = [*named, *table.rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(table.columns))]
    right = _numeric(table)
    return [
        "  ".join(
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    ]


def as_markdown(page: Page) -> str:
    """The page as Markdown."""
    parts = [f"# {_md(page.title)}", "", _md(page.lead)]
    for section in page.sections:
        parts += ["", f"## {_md(section.title)}"]
        for paragraph in section.paragraphs:
            parts += ["", _md(paragraph)]
        if section.table:
            ends = ["---:" if right else "---" for right in _numeric(section.table)]
            rows = [section.table.columns, *section.table.rows]
            told = [f"| {' | '.join(map(_md, row))} |" for row in rows]
            parts += ["", told[0], f"| {' | '.join(ends)} |", *told[1:]]
        if section.items:
            parts += ["", *(f"- {_md(item)}" for item in section.items)]
    return "\n".join(parts) + "\n"


def _md(text: str) -> str:
    # Every second part is code, where nothing needs an escape.
    parts = _CODE.split(" ".join(text.split()))
    return "".join(f"`{part}`" if n % 2 else _SPECIAL.sub(r"\\\1", part) for n, part in enumerate(parts))


def _as_html(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", html.escape(text))


def as_html(pages: Sequence[Page]) -> str:
    """Pages as one document of HTML, which loads nothing and prints each on paper of its own."""
    title = html.escape(pages[0].title) if len(pages) == 1 else "Certificates"
    articles = "\n".join(f"<article>\n{_article(page)}\n</article>" for page in pages)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src '
        "'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n{articles}\n</body>\n</html>\n"
    )


def _article(page: Page) -> str:
    return "\n".join(
        [
            f"<h1>{_as_html(page.title)}</h1>",
            f'<p class="lead">{_as_html(page.lead)}</p>',
            *(_html_section(section) for section in page.sections),
        ]
    )


def _html_section(section: Section) -> str:
    parts = [f"<h2>{_as_html(section.title)}</h2>"]
    parts += [f"<p>{_as_html(paragraph)}</p>" for paragraph in section.paragraphs]
    if section.table:
        right = _numeric(section.table)
        parts.append('<div class="wide">\n<table>')
        if any(section.table.columns):
            parts.append(f"<thead>{_html_row(section.table.columns, right, of_column=True)}</thead>")
        rows = (_html_row(row, right) for row in section.table.rows)
        parts += ["<tbody>", *rows, "</tbody>\n</table>\n</div>"]
    if section.items:
        parts += ["<ul>", *(f"<li>{_as_html(item)}</li>" for item in section.items), "</ul>"]
    return "\n".join(parts)


def _html_row(cells: Sequence[str], right: Sequence[bool], *, of_column: bool = False) -> str:
    told = []
    for n, (cell, is_right) in enumerate(zip(cells, right, strict=True)):
        scope = "col" if of_column else "row" if n == 0 else None
        tag, attribute = ("th", f' scope="{scope}"') if scope else ("td", "")
        attribute += ' class="number"' if is_right else ""
        told.append(f"<{tag}{attribute}>{_as_html(cell)}</{tag}>")
    return f"<tr>{''.join(told)}</tr>"


def _numeric(table: Table) -> list[bool]:
    """Which columns hold nothing but numbers."""
    return [
        bool(table.rows) and all(_NUMBER.fullmatch(row[n]) for row in table.rows)
        for n in range(len(table.columns))
    ]
