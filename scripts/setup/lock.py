"""One set-up at a time: two scripts started together wait for each other instead of building the same thing."""

import fcntl
from contextlib import contextmanager

from .paths import VAR
from .progress import say


@contextmanager
def only_one():
    """Hold the clone's set-up lock. Not to be nested."""
    VAR.mkdir(exist_ok=True)
    with (VAR / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another script is setting up; waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
