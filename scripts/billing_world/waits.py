"""How long the sessions of a database waited for locks of each other, looked at ten times a second."""

import contextlib
import threading
from collections import Counter

import psycopg2

EVERY = 0.1
"""Seconds: looking costs the lanes processor time, a millisecond each time."""
WAITING = """
    SELECT wait_event FROM pg_stat_activity WHERE datname = %s AND wait_event_type IN ('Lock', 'LWLock')
"""


@contextlib.contextmanager
def watching(connection, database):
    """Look while the block runs; yields a Counter of seconds by kind of lock, full at its end.

    :param dict connection: to PostgreSQL
    :param str database: whose sessions
    """
    seconds, done = Counter(), threading.Event()
    watcher = threading.Thread(target=_look, args=(connection, database, seconds, done))
    watcher.start()
    try:
        yield seconds
    finally:
        done.set()
        watcher.join()


def _look(connection, database, seconds, done):
    access = {name: connection[name] for name in ("host", "port", "user", "password")}
    with contextlib.closing(psycopg2.connect(**access, dbname="postgres")) as session:
        session.autocommit = True
        cursor = session.cursor()
        while not done.wait(EVERY):
            cursor.execute(WAITING, [database])
            for (event,) in cursor.fetchall():
                seconds[event] += EVERY
