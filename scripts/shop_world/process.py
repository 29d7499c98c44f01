"""The sandbox shop as a process: started, spoken with over its control interface, ended."""

import json
import os
import signal
import subprocess
import tempfile
import urllib.request

from setup.paths import SCRIPTS, VENV_PYTHON

TODAY = "2026-11-23"


class ShopProcess:
    """Runs while its `with` block does.

    :param int orders: how many the shop has
    :param int seed: of its world
    :param faults: entries of a fault plan
    :param settings: further options of `python -m magento_sandbox`, such as ``latency_ms``
    """

    def __init__(self, *, orders, seed=1, faults=(), today=TODAY, **settings):
        words = {"orders": orders, "seed": seed, "today": today, **settings}
        self._options = [word for name, value in words.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        self._faults = list(faults)

    def __enter__(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as plan:
            json.dump(self._faults, plan)
            plan.flush()
            self._process = subprocess.Popen(
                [VENV_PYTHON, "-m", "magento_sandbox", "--faults", plan.name, *self._options],
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
            )
            self.told = json.loads(self._process.stdout.readline())
        return self

    def __exit__(self, *_error):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(10)
        self._process.stdout.close()

    def control(self, method, path, body=None):
        """One call of the control interface; see :func:`control`."""
        return control(self.told, method, path, body)


def control(told, method, path, body=None):
    """One call of a sandbox shop's control interface (see `magento_sandbox/control.py`).

    :param dict told: what the shop printed when it started
    :param str path: below ``/sandbox/``
    :returns: what it answers
    """
    request = urllib.request.Request(
        f"{told['address']}/sandbox/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {told['control_secret']}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
