"""The house's own rules: ruff, pylint-odoo, sizes of files and functions, translation templates."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from odoo.addons.test_lint import tests as core_lint

REPOSITORY = Path(__file__).resolve().parents[2]
MAXIMUM_FILE_LINES = 420
MAXIMUM_TEST_LINES = 480
MAXIMUM_FUNCTION_LINES = 50
CORE_CHECKERS = ["_odoo_checker_gettext", "_odoo_checker_unlink_override"]
CORE_MESSAGES = [
    *("used-before-assignment", "undefined-variable", "eval-used", "unreachable", "function-redefined"),
    *("missing-gettext", "gettext-variable", "gettext-placeholders", "gettext-repr"),
    "raise-unlink-override",
]


def tracked_python_files():
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "scripts/*"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    files = [REPOSITORY / name for name in listed.stdout.split()]
    return [path for path in files if path.is_file() and (path.suffix == ".py" or is_python_script(path))]


def is_python_script(path):
    with path.open("rb") as file:
        return file.readline().startswith(b"#!/usr/bin/env python3")


def test_ruff_finds_nothing():
    result = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "."], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("addon", ["b2b_invoice_automation", "magento_connector"])
def test_pylint_finds_nothing(addon):
    """Neither by pylint-odoo nor by Odoo's own checkers, which core's own test runs only on its build server."""
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "pylint",
            "--rcfile=.pylintrc",
            f"--load-plugins=pylint_odoo,pylint.extensions.bad_builtin,{','.join(CORE_CHECKERS)}",
            f"--enable={','.join(CORE_MESSAGES)}",
            "--disable=missing-readme,consider-merging-classes-inherited,no-search-all",
            "--ignore=tests",
            "--ignore-paths=.*/(order_to_cash|magento_wire)/.*",
            f"addons/{addon}",
        ],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(Path(core_lint.__file__).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_file_outgrows_its_idea():
    long = {
        str(path.relative_to(REPOSITORY)): count
        for path in tracked_python_files()
        if (count := len(path.read_text().splitlines()))
        > (MAXIMUM_TEST_LINES if path.name.startswith("test_") else MAXIMUM_FILE_LINES)
    }
    assert not long, f"files over {MAXIMUM_FILE_LINES} lines, each perhaps two ideas: {long}"


def test_no_function_outgrows_its_idea():
    long = {}
    for path in tracked_python_files():
        if "tests" in path.relative_to(REPOSITORY).parts:
            continue  # a table of cases may be long
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                start = node.body[1].lineno if len(node.body) > 1 and ast.get_docstring(node) else node.lineno
                if (count := node.end_lineno - start + 1) > MAXIMUM_FUNCTION_LINES:
                    long[f"{path.relative_to(REPOSITORY)}:{node.name}"] = count
    assert not long, f"functions over {MAXIMUM_FUNCTION_LINES} lines: {long}"
