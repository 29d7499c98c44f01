"""The whole set-up in its order, for the scripts."""

import fcntl
from contextlib import contextmanager

from . import odoo_config, odoo_source, postgres, python_env
from .paths import VAR
from .progress import SetupError


@contextmanager
def only_one():
    """Hold the set-up's lock, so that two scripts started together do not build the same thing."""
    VAR.mkdir(exist_ok=True)
    with (VAR / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another script is setting up; waiting for it …", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ensure():
    """Python packages, Odoo, PostgreSQL and the configuration.

    :raises SetupError: with what to do, when a part cannot be had
    :returns: the database connection, as of `postgres.ensure`
    """
    try:
        with only_one():
            python_env.ensure()
            odoo_source.ensure()
            connection = postgres.ensure()
            odoo_config.ensure(connection)
    except PermissionError as error:
        raise SetupError(
            f"No right to write {error.filename}. Give this user the folder, or clone it elsewhere."
        ) from None
    return connection
