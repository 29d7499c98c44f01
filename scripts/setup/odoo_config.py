"""Odoo's configuration file, written from what the machine has."""

import os
import secrets

from . import postgres
from .paths import ADDONS, CONFIG, DATA_DIR, SECRET_KEY_FILE, write_whole


def environment():
    """The environment for Odoo's processes: where the key of the encrypted credentials is."""
    return {
        **os.environ,
        "ORDER_TO_CASH_KEY_FILE": str(SECRET_KEY_FILE),
        "ODOO_RC": str(CONFIG),
        "PYTHONUNBUFFERED": "1",
    }


def ensure(connection):
    """Write `var/odoo.conf` and the key that encrypts shop credentials (made once, kept outside the database).

    :param connection: what `postgres.ensure` returned
    :returns: path of the configuration file
    """
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    if not SECRET_KEY_FILE.exists():
        write_whole(SECRET_KEY_FILE, secrets.token_urlsafe(32))
    lines = {
        "addons_path": ADDONS,
        "data_dir": DATA_DIR,
        "db_host": connection["host"],
        "db_port": connection["port"],
        "db_user": connection["user"],
        "db_password": connection["password"],
        "pg_path": connection["bin"],
        "http_interface": "127.0.0.1",
        "list_db": False,
        "max_cron_threads": 2,
        "limit_time_real": 1200,
        "limit_time_cpu": 600,
        "server_wide_modules": "base,rpc,web",
    }
    text = "[options]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items())
    if not CONFIG.exists() or CONFIG.read_text() != text:
        write_whole(CONFIG, text)
    return CONFIG


def http_port(preferred):
    """A free port for the web server, the preferred one if possible."""
    return postgres.free_port(preferred)
