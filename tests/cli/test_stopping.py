"""Ctrl-C that somebody swallows is heeded at the next look."""

import contextlib
import os
import signal

import pytest

from hullwatch.cli.stopping import heeded


def test_what_a_compiler_swallows_is_heeded_later() -> None:
    before = signal.getsignal(signal.SIGINT)
    with heeded() as stop_if_asked:
        stop_if_asked()
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            stop_if_asked()
    assert signal.getsignal(signal.SIGINT) is before
