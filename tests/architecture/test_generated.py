"""What is derived from the declarations is committed, current and complete."""

from pathlib import Path

import pytest

from stedi.cli.generated import contents, differences, main, write

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_committed_files_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--check", "--root", str(REPOSITORY)])
    assert status == 0, capsys.readouterr().err


def test_what_differs_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(tmp_path)]) == 0
    assert differences(tmp_path) == []
    (tmp_path / "docs/tables/consent.md").write_text("by hand")
    (tmp_path / "docs/tables/gone.md").write_text("a table that is no more")
    (tmp_path / "infra/generated/tables.json").unlink()
    assert main(["--check", "--root", str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "infra/generated/tables.json is missing",
        "docs/tables/consent.md differs",
        "docs/tables/gone.md belongs to no table",
        "Not current; write them: python -m stedi.cli.generated",
    ]
    write(tmp_path)
    assert differences(tmp_path) == []
    assert not (tmp_path / "docs/tables/gone.md").exists()


def test_two_writings_are_equal() -> None:
    assert contents() == contents()
