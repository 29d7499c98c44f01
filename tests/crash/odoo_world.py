"""A database of its own, and Odoo processes that work on it, are killed, and run at the same moment."""

import json
import time

from odoo_forks import OdooForks

from setup import databases, odoo_config, postgres
from setup.paths import VENV_PYTHON


class OdooWorld:
    """Made in a `with` block; everything is gone afterwards.

    :param str name: of the database
    :param str set_up: script that fills it
    """

    def __init__(self, name, set_up=""):
        self.database, self._set_up = name, set_up

    def __enter__(self):
        self._connection = postgres.ensure()
        databases.ensure_test(self._connection)
        databases.copy(self._connection, databases.TEST, self.database)
        self._forks = OdooForks(VENV_PYTHON, self.database, odoo_config.environment())
        if self._set_up:
            self.run(self._set_up)
        return self

    def __exit__(self, *_error):
        self._forks.stop()
        databases.remove(self._connection, self.database)

    def start(self, script):
        """Start an Odoo process with a script; returns the process."""
        return self._forks.start(script)

    def run(self, script):
        """Run a script to its end and return what it printed."""
        return self.finish(self.start(script))

    @staticmethod
    def finish(process):
        """Wait for a process to end well and return what it printed."""
        output = process.stdout.read()
        assert process.wait() == 0, output
        return output

    def run_and_kill(self, script, seconds):
        """Run a script and kill it without warning after some seconds of work."""
        process = self.start('print("BEGUN", flush=True)\n' + script)
        for line in process.stdout:
            if "BEGUN" in line:
                break
        time.sleep(seconds)
        process.kill()
        process.wait()
        process.stdout.close()

    def told(self, script):
        """Run a script and return what it tells."""
        line = next(line for line in self.run(script).splitlines() if line.startswith("RESULT "))
        return json.loads(line.removeprefix("RESULT "))

    def at_once(self, *scripts):
        """Run scripts at the same moment and wait until all ended well."""
        for process in [self.start(script) for script in scripts]:
            self.finish(process)
