"""An interrupt is told in a sentence also before a command has begun."""

import sys

import pytest

from stedi.cli import starting


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


class Interrupting:
    """Is asked for every module that is not imported yet."""

    find_spec = interrupted


@pytest.mark.parametrize("as_json", [False, True])
def test_while_a_command_is_made_ready(
    as_json: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("stedi.cli.main.main", interrupted)
    monkeypatch.setattr(sys, "argv", ["stedi", "status", *["--json"] * as_json])
    with pytest.raises(SystemExit) as left:
        starting.main()
    assert left.value.code == 130
    message = "Interrupted. What is published is whole."
    told = f'{{"schema": "stedi.error/1", "exit_code": 130, "error": "{message}"}}' if as_json else ""
    assert capsys.readouterr().err == f"{told or 'stedi: ' + message}\n"


def test_while_it_is_imported(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delitem(sys.modules, "stedi.cli.main")
    monkeypatch.setattr(sys, "meta_path", [Interrupting])
    with pytest.raises(SystemExit) as left:
        starting.main()
    assert left.value.code == 130
    assert capsys.readouterr().err == "stedi: Interrupted; nothing was done.\n"
