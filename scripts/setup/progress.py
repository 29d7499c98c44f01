"""What the person at the terminal sees: one line a step, a sign of life in long ones, and errors with what to do."""

import subprocess
import sys
import threading
import time

HEARTBEAT_SECONDS = 10


class SetupError(Exception):
    """Something a person has to mend; the message says what happened and what to do."""


def say(text):
    print(text, flush=True)


class step:
    """Announce a step, report its time, and show every few seconds that it still runs.

    :param title: what is being done, in words
    """

    def __init__(self, title):
        self.title = title
        self._done = threading.Event()

    def __enter__(self):
        self._started = time.monotonic()
        say(f"▸ {self.title} …")
        self._beat = threading.Thread(target=self._show_life, daemon=True)
        self._beat.start()
        return self

    def _show_life(self):
        while not self._done.wait(HEARTBEAT_SECONDS):
            say(f"  … {self.title}: {time.monotonic() - self._started:.0f} s")

    def __exit__(self, kind, error, trace):
        self._done.set()
        self._beat.join()
        if kind is None:
            say(f"  done in {time.monotonic() - self._started:.1f} s")


def run(command, *, what, log=None, hint="", **options):
    """Run a command quietly; show the end of its output only when it fails.

    :param command: list of words
    :param what: the purpose in words, for the error
    :param log: a file that receives the output, besides memory
    :param hint: what a person can do when it fails
    :raises SetupError: when the command is missing or ends with another code than 0
    :returns: its output as text
    """
    try:
        result = subprocess.run(
            [str(word) for word in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            **options,
        )
    except FileNotFoundError:
        raise SetupError(f"{what}: the program “{command[0]}” is not on this machine. {hint}") from None
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as file:
            file.write(f"$ {' '.join(map(str, command))}\n{result.stdout}\n")
    if result.returncode:
        tail = "\n".join("    " + line for line in result.stdout.strip().splitlines()[-15:])
        raise SetupError(f"{what}: failed with code {result.returncode}.\n{tail}\n{hint}".rstrip())
    return result.stdout


def main_guard(main):
    """Run a script's main function; end with 1 and a plain message on a SetupError, with 130 on an interrupt."""
    try:
        sys.exit(main() or 0)
    except SetupError as error:
        print(f"\n✗ {error}", file=sys.stderr, flush=True)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\nInterrupted. Run the same command again to go on.", file=sys.stderr, flush=True)
        sys.exit(130)
