"""Chromium for the tours and the pictures: the system's own, else by apt."""

import shutil

from . import packages
from .progress import SetupError

NAMES = ("chromium", "chromium-browser", "google-chrome")


def ensure():
    """Path of a Chromium or Chrome.

    :raises SetupError: when there is none and none may be installed
    """
    if not any(map(shutil.which, NAMES)):
        packages.ensure(["chromium"], "the browser tests and pictures")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        raise SetupError("No Chromium was found. Install the package “chromium” and start again.")
    return found
