"""The whole set-up in its order, for the scripts."""

from . import odoo_config, odoo_source, postgres, python_env
from .lock import only_one
from .progress import SetupError


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
