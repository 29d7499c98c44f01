"""Parts of a test run beside each other: outputs stay apart, exit codes count, an interrupt ends all of them."""

import os
import sys
import time

import pytest

from setup import lanes
from setup.lanes import Lanes

MEETS = "import os, sys, time; open(sys.argv[1], 'w').close()\nwhile not os.path.exists(sys.argv[2]): time.sleep(0.01)"


@pytest.fixture(autouse=True)
def logs(tmp_path, monkeypatch):
    monkeypatch.setattr(lanes, "LOGS", tmp_path)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def python(code, *words):
    return lambda run: run([sys.executable, "-c", code, *map(str, words)])


def test_two_jobs_run_at_once(tmp_path):
    with Lanes() as running:
        running.start("one", python(MEETS, tmp_path / "a", tmp_path / "b"))
        running.start("two", python(MEETS, tmp_path / "b", tmp_path / "a"))
    assert running.codes == {"one": 0, "two": 0}


def test_the_code_of_each_job_counts_and_its_output_is_printed_whole(capsys):
    counting = "import time\nfor number in range(3): print('WHO', number, flush=True); time.sleep(0.02)"
    with Lanes() as running:
        running.start("good", python(counting.replace("WHO", "good")))
        running.start("bad", python(counting.replace("WHO", "bad") + "\nraise SystemExit(3)"))
        running.start("last", python("print('last')"))
    assert running.codes == {"good": 0, "bad": 3, "last": 0}
    output = capsys.readouterr().out
    for name in ("good", "bad"):
        assert f"{name} 0\n{name} 1\n{name} 2\n" in output
    assert "last" in output


def test_what_runs_and_how_far_it_is_shown(capsys, monkeypatch):
    monkeypatch.setattr(lanes, "SILENCE_SECONDS", 0.2)
    with Lanes() as running:
        running.start("slow", python("import time; print('...... [ 43%]', flush=True); time.sleep(0.7)"))
    assert "… slow 43 %" in capsys.readouterr().out


@pytest.mark.parametrize("reason", [KeyboardInterrupt, RuntimeError])
def test_whatever_ends_the_script_ends_its_jobs(reason, monkeypatch):
    monkeypatch.setattr(lanes, "GRACE_SECONDS", 0.1)
    ended, begun = [], time.monotonic()

    def job(run):
        ended.append(run([sys.executable, "-c", "import time; time.sleep(60)"]))
        return ended[-1]

    def script():
        with Lanes() as running:
            for name in ("one", "two", "never begun"):
                running.start(name, job)
            while len(running._running()) < 2:
                time.sleep(0.01)
            raise reason

    with pytest.raises(reason):
        script()
    assert time.monotonic() - begun < 30
    assert len(ended) == 2
    assert all(code < 0 for code in ended)


def test_an_error_of_a_job_reaches_the_script():
    def job(_run):
        raise ValueError("no database")

    with pytest.raises(ValueError, match="no database"), Lanes() as running:
        running.start("broken", job)
