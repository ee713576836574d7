"""Real processes on the test database: each with a connection of its own, each to be killed at any moment.

A fork server sets Django up once; every worker is forked from it, so that forty of them start within a second. What a
worker runs is a function of `tests.concurrency.jobs`, named by its path, with arguments that can be pickled.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

from django.db import connection, connections

# A test that waits longer than this has a deadlock.
PATIENCE = 120


class WorkerFailed(AssertionError):
    """A worker raised; its traceback is the message."""


class Worker:
    """One process, and a pipe to it. `answer` is what its job returned."""

    def __init__(self, process: ForkServerProcess, pipe: Connection) -> None:
        self.process, self.pipe = process, pipe

    def receive(self, *, timeout: float = PATIENCE) -> Any:
        """The next thing that the job sent or returned; None when the process was killed before that."""
        return self._receive(timeout)[1]

    def answer(self, *, timeout: float = PATIENCE) -> Any:
        """What the job returned, once it did; what it sent before is passed over."""
        while True:
            kind, content = self._receive(timeout)
            if kind != "sent":
                self.process.join(timeout)
                return content

    def _receive(self, timeout: float) -> tuple[str, Any]:
        assert self.pipe.poll(timeout), "A worker does not answer: a deadlock?"
        try:
            kind, content = self.pipe.recv()
        except (EOFError, OSError):
            return "killed", None
        if kind == "raised":
            raise WorkerFailed(content)
        return kind, content

    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return bool(wait([self.process.sentinel], timeout=0))

    def kill(self) -> None:
        """`kill -9`: nothing is cleaned up."""
        if self.process.pid is not None and self.process.is_alive():
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.join(PATIENCE)


class Workshop:
    """Starts workers on the test database, and leaves none behind."""

    def __init__(self) -> None:
        self._context = _fork_server()
        self._workers: list[Worker] = []

    def start(self, job: Callable[..., Any], *arguments: Any) -> Worker:
        """Run a job in a process of its own; its first argument is a function that sends to us."""
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_run,
            args=(theirs, _database_name(), job.__module__, job.__qualname__, arguments),
            daemon=True,
        )
        process.start()
        theirs.close()
        worker = Worker(process, ours)
        self._workers.append(worker)
        return worker

    def barrier(self, parties: int) -> Any:
        """What processes meet at; to be given as an argument."""
        return self._context.Barrier(parties)

    def event(self) -> Any:
        """What a process can wait for; to be given as an argument."""
        return self._context.Event()

    def together(self, job: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Run one worker for each tuple of arguments, let them loose at once, and gather what they return.

        Each gets the barrier that they start at, before its own arguments.
        """
        barrier = self.barrier(len(arguments))
        started = [self.start(job, barrier, *each) for each in arguments]
        return [worker.answer() for worker in started]

    def close(self) -> None:
        """End what still runs."""
        for worker in self._workers:
            worker.kill()
            worker.pipe.close()


@contextlib.contextmanager
def workshop() -> Iterator[Workshop]:
    """A workshop for one test."""
    made = Workshop()
    try:
        yield made
    finally:
        made.close()


def terminate_a_backend() -> int:
    """Cut the connection of one other client of the test database; answers how many there were to choose from."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend' ORDER BY random()"
        )
        pids = [row[0] for row in cursor.fetchall()]
        if pids:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pids[0]])
    return len(pids)


def connections_to_spare(*, most: int) -> int:
    """How many connections a test may open: the server's limit less what is in use and some for others."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
            " - (SELECT count(*) FROM pg_stat_activity)"
        )
        free = int(cursor.fetchone()[0])
    return max(8, min(most, free - 16))


def _fork_server() -> ForkServerContext:
    """The server is started with the first worker, with the environment of this process: so it has our settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.concurrency.setup"])
    return context


def _database_name() -> str:
    return str(connection.settings_dict["NAME"])


def _run(pipe: Connection, database: str, module: str, name: str, arguments: tuple[Any, ...]) -> None:
    """The life of a worker."""
    import tests.concurrency.setup  # noqa: F401 - if the fork server could not

    connections.settings["default"]["NAME"] = database
    job = getattr(import_module(module), name)

    def send(content: Any) -> None:
        pipe.send(("sent", content))

    try:
        returned = job(send, *arguments)
    except BaseException:
        pipe.send(("raised", traceback.format_exc()))
    else:
        pipe.send(("returned", returned))
    finally:
        connections.close_all()
        pipe.close()
