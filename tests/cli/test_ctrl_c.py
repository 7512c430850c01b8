"""Ctrl-C wherever it falls: in words, with the exit code the shell expects."""

import pytest

from hullwatch.cli import program


def within_compiled_code() -> None:
    """What Python makes of a signal that arrives while compiled code runs, called by more of it."""
    inner = SystemError("returned a result with an exception set")
    inner.__cause__ = KeyboardInterrupt()
    raise SystemError("returned a result with an exception set") from inner


def test_ctrl_c_within_compiled_code_is_an_interruption(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "app", lambda standalone_mode: within_compiled_code())
    with pytest.raises(SystemExit) as left:
        program.main()
    assert left.value.code == 130
    assert capsys.readouterr().err == "hullwatch: interrupted\n"


def test_another_system_error_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(standalone_mode: bool) -> None:
        raise SystemError("something else")

    monkeypatch.setattr(program, "app", broken)
    with pytest.raises(SystemError, match="something else"):
        program.main()
