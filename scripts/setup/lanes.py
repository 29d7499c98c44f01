"""Jobs of one script that run beside each other, each with a log of its own that is printed when the job ends.

So the outputs of two test runs are never mixed, and the terminal is never silent: it says which jobs run, and how far.
"""

import os
import re
import signal
import subprocess
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress

from .paths import LOGS
from .progress import say

SILENCE_SECONDS = 30
GRACE_SECONDS = 10
PERCENT = re.compile(rb"\[ *(\d+)%\]")


class Lanes:
    """As many jobs at once as there are processors, two at most.

    In a `with` block, which ends when all jobs did; whatever leaves it early ends their processes.

    :ivar codes: dict of job name → exit code, of those that ended
    """

    def __init__(self):
        self.codes, self._futures, self._processes = {}, {}, {}
        self._pool = ThreadPoolExecutor(min(2, os.cpu_count() or 1))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_error):
        try:
            if kind is None:
                self._wait()
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._end()
            self._pool.shutdown()

    def start(self, name, job):
        """Start a job as soon as a lane is free.

        :param str name: in words; of its log as well
        :param job: takes a function ``run(command, environment)`` that runs a command in the job's log and returns its
            exit code; returns the job's exit code
        """
        log = LOGS / f"{name.replace(' ', '-')}.log"

        def work():
            started = time.monotonic()
            try:
                return job(lambda command, **options: self._run(name, log, command, **options)), started
            finally:
                self._processes.pop(name, None)

        self._futures[self._pool.submit(work)] = name, log

    def _run(self, name, log, command, **options):
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as file:
            process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, **options)
        self._processes[name] = process, log
        return process.wait()

    def _wait(self):
        while self._futures:
            ended, _running = wait(self._futures, SILENCE_SECONDS, FIRST_COMPLETED)
            for future in ended:
                self._report(future)
            if not ended:
                say("  … " + ", ".join(f"{name} {_reached(log)}" for name, (_process, log) in self._running()))

    def _report(self, future):
        name, log = self._futures.pop(future)
        self.codes[name], started = future.result()
        say(f"\n▸ {name}, {time.monotonic() - started:.0f} s\n{log.read_text(errors='replace')}")

    def _running(self):
        return list(self._processes.items())

    def _end(self):
        """An interrupt from the terminal reaches all processes by itself; whoever else goes on gets one from here."""
        for number in (None, signal.SIGINT, signal.SIGKILL):
            running = [process for _name, (process, _log) in self._running() if process.poll() is None]
            until = time.monotonic() + GRACE_SECONDS
            for process in running if number else ():
                process.send_signal(number)
            for process in running:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, until - time.monotonic()))


def _reached(log):
    """How far a test run is, by the last percentage in its log."""
    found = PERCENT.findall(log.read_bytes()) if log.exists() else []
    return f"{found[-1].decode()} %" if found else "begins"
