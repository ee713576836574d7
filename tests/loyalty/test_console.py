"""What commands share at a terminal."""

from __future__ import annotations

import builtins
import io
import os
import signal
import threading

import pytest
from django.core.management.base import OutputWrapper

from loyalty.management.console import draw_table, noting_interrupts, progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def show_three(stream) -> str:
    with progress_bar(stream=stream, description="Events") as show:
        show(1, 3)
        show(3, 3)
    return stream.getvalue()


@pytest.fixture
def without_rich(monkeypatch):
    importing = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.startswith("rich"):
            raise ImportError(name)
        return importing(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)


def test_a_bar_is_drawn_where_somebody_looks():
    shown = show_three(Terminal())

    assert "Events" in shown
    assert "3/3" in shown


def test_a_counter_does_without_rich(without_rich):
    assert show_three(Terminal()) == "\rEvents 1/3\rEvents 3/3\n"


def test_a_counter_goes_through_a_commands_own_stream(without_rich):
    terminal = Terminal()
    with progress_bar(stream=OutputWrapper(OutputWrapper(terminal)), description="Events") as show:
        show(2, None)

    assert terminal.getvalue() == "\rEvents 2\n"


def test_nothing_is_drawn_where_nobody_looks():
    assert show_three(io.StringIO()) == ""


def test_the_first_ctrl_c_is_noted_and_the_second_is_raised():
    before = signal.getsignal(signal.SIGINT)

    with noting_interrupts() as is_pressed:
        assert not is_pressed()
        os.kill(os.getpid(), signal.SIGINT)
        assert is_pressed()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)

    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_hear_of_no_signals():
    heard = []

    def work() -> None:
        with noting_interrupts() as is_pressed:
            heard.append(is_pressed())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert heard == [False]


def test_a_table_has_words_on_the_left_and_numbers_on_the_right():
    assert draw_table(head=["card", "points"], rows=[["anna", 5], ["bo", 1250]]) == (
        "card  points\n----  ------\nanna       5\nbo      1250"
    )
