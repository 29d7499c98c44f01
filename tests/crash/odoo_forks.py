"""Odoo processes forked from one that has loaded Odoo and a database: each runs a script, and may be killed.

``python odoo_forks.py DATABASE FD`` is the process that has loaded them. It takes a script and a descriptor for its
output over the socket ``FD``, and answers with the process id; it takes a process id, and answers with the exit code.
It keeps no connection to the database, so every fork opens its own.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import traceback

LARGEST_MESSAGE = 100_000


class OdooForks:
    """Starts scripts in forks of one process, which is made at the first of them.

    :param str python: with Odoo
    :param str database: that the scripts work on
    :param dict environment: of the processes
    """

    def __init__(self, python, database, environment):
        self._command = [str(python), __file__, database]
        self._environment, self._process, self._channel = environment, None, None
        self._asking = threading.Lock()

    def start(self, script):
        """Start a script; returns its process."""
        reading, writing = os.pipe()
        try:
            pid = self._ask(script, [writing])
        finally:
            os.close(writing)
        return Fork(pid, os.fdopen(reading), self._ask)

    def stop(self):
        """End the process that forks; what it forked goes on."""
        if self._process:
            self._channel.close()
            self._process.wait()
            self._process = None

    def _ask(self, question, descriptors=()):
        with self._asking:
            if not self._process:
                self._load()
            socket.send_fds(self._channel, [json.dumps(question).encode()], descriptors)
            return json.loads(self._channel.recv(LARGEST_MESSAGE))

    def _load(self):
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [*self._command, str(theirs.fileno())],
                env=self._environment,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )


class Fork:
    """A process that runs a script.

    :ivar pid: its id, and that of its group
    :ivar stdout: what it prints, errors included, as a text stream
    """

    def __init__(self, pid, stdout, ask):
        self.pid, self.stdout, self._ask = pid, stdout, ask

    def wait(self):
        """Wait for its end; returns the exit code, negative for a signal."""
        return self._ask(self.pid)

    def kill(self):
        """End it without warning."""
        os.killpg(self.pid, signal.SIGKILL)


def serve(database, channel):
    """Load Odoo and a database, and fork for every script that comes until the socket is closed."""
    import odoo
    from odoo.modules.registry import Registry
    from odoo.service import server

    odoo.tools.config.parse_config(["-d", database, "--no-http", "--log-level=error"], setup_logging=True)
    server.load_server_wide_modules()
    registry = Registry(database)
    odoo.sql_db.close_all()
    while True:
        message, descriptors, *_rest = socket.recv_fds(channel, LARGEST_MESSAGE, 1)
        if not message:
            return
        question = json.loads(message)
        if descriptors:
            answer = os.fork()
            if not answer:
                channel.close()
                _work(registry, question, descriptors[0])
            os.close(descriptors[0])
        else:
            answer = os.waitstatus_to_exitcode(os.waitpid(question, 0)[1])
        channel.send(json.dumps(answer).encode())


def _work(registry, script, output):
    """Run a script as Odoo's shell does, and end this process."""
    from odoo.api import SUPERUSER_ID, Environment

    code = 1
    try:
        os.setsid()
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        registry.check_signaling()
        with registry.cursor() as cursor:
            env = Environment(cursor, SUPERUSER_ID, {})
            env = env(context=env["res.users"].context_get())
            cursor.rollback()
            exec(script, {"env": env, "self": env.user, "__name__": "__main__"})
            cursor.rollback()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(sys.argv[1], socket.socket(fileno=int(sys.argv[2])))
