"""Odoo 19: what the machine already has, else Debian's package, else the source archive.

1. `ODOO_PATH` (a folder that holds the package `odoo`), or an `odoo` that this Python can import;
2. Debian's package `odoo-19` from the unstable suite, with the fonts and scripts its web client links to. A private apt
   (its own lists and cache under `var/`, the machine's own mirror and keys) fetches and verifies; nothing is installed
   system-wide;
3. the 19.0 archive of the public source repository.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request
from pathlib import Path

from .paths import LOGS, ODOO_ROOT, VAR, VENV, write_whole
from .progress import SetupError, run, say, step

FROM_UNSTABLE = [
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-ocr-b",
]
FROM_STABLE = ["fonts-font-awesome", "fonts-inconsolata"]  # newer ones moved the files
STABLE_SUITE = "bookworm"
SOURCE_ARCHIVE = "https://github.com/odoo/odoo/archive/refs/heads/19.0.tar.gz"


def ensure():
    """Make Odoo importable from the project's environment.

    :raises SetupError: when no source can be had, naming what was tried
    :returns: the folder that holds the package `odoo`
    """
    place = _given() or _unpacked() or _fetch()
    site_packages = next((VENV / "lib").glob("python3.*/site-packages"))
    pointer = site_packages / "odoo-19.pth"
    text = f"{place}\n"
    if not pointer.exists() or pointer.read_text() != text:
        write_whole(pointer, text, mode=0o644)
    return place


def _given():
    named = os.environ.get("ODOO_PATH")
    if named:
        place = Path(named).resolve()
        if not (place / "odoo" / "release.py").exists():
            raise SetupError(
                f"ODOO_PATH is {place}, but there is no package “odoo” in it. "
                "Point it at the folder that contains odoo/release.py."
            )
        _check_version(place)
        return place
    found = subprocess.run(
        [sys.executable, "-c", "import odoo.release, pathlib; print(pathlib.Path(odoo.release.__file__).parents[1])"],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    if found.returncode == 0:
        place = Path(found.stdout.strip().splitlines()[-1])
        if _version(place) == "19.0":
            return place
    return None


def _version(place):
    match = re.search(r"version_info = \((\d+), (\d+)", (place / "odoo" / "release.py").read_text())
    return ".".join(match.groups()) if match else "unknown"


def _check_version(place):
    if _version(place) != "19.0":
        raise SetupError(f"The Odoo at {place} is version {_version(place)}; the project needs 19.0.")


def _unpacked():
    for place in (ODOO_ROOT / "usr/lib/python3/dist-packages", ODOO_ROOT / "source"):
        if (place / "odoo" / "release.py").exists():
            return place
    return None


def _fetch():
    failures = []
    for name, fetch in (("Debian's package odoo-19", _from_debian), ("the source archive", _from_archive)):
        try:
            with step(f"Fetching Odoo 19: {name}"):
                fetch()
            return _unpacked()
        except (SetupError, OSError) as error:
            say(f"  not from there: {str(error).splitlines()[0]}")
            failures.append(f"{name}: {error}")
    raise SetupError(
        "Odoo 19 could not be had. Tried:\n  "
        + "\n  ".join(failures)
        + "\nMend the network and start again, or set ODOO_PATH to an Odoo 19.0 you have."
    )


def _machine_mirror():
    """The Debian mirror and keyring that the machine's own apt uses."""
    lists = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    for path in lists:
        if not path.is_file():
            continue
        text = path.read_text(errors="replace")
        signed = re.search(r"^Signed-By:\s*(\S+)", text, re.M)
        for url in re.findall(r"^URIs:\s*(\S+)", text, re.M) + re.findall(r"^deb\s+(?:\[.*?\]\s+)?(\S+)", text, re.M):
            if url.rstrip("/").endswith("/debian"):
                return url, signed.group(1) if signed else "/usr/share/keyrings/debian-archive-keyring.gpg"
    raise SetupError("this machine's apt names no Debian mirror (on Ubuntu this is so)")


def _from_debian():
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise SetupError("this machine has no apt")
    mirror, keyring = _machine_mirror()
    home = VAR / "apt"
    for folder in ("lists/partial", "archives/partial", "debs", "empty.d"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    signed = f"[signed-by={keyring}]" if Path(keyring).exists() else ""
    write_whole(
        home / "sources.list",
        f"deb {signed} {mirror} unstable main\ndeb {signed} {mirror} {STABLE_SUITE} main\n",
        mode=0o644,
    )
    (home / "status").touch()
    options = [
        f"Dir::Etc::sourcelist={home}/sources.list",
        f"Dir::Etc::sourceparts={home}/empty.d",
        f"Dir::Etc::preferences={home}/none",
        f"Dir::Etc::preferencesparts={home}/empty.d",
        f"Dir::State={home}",
        f"Dir::State::lists={home}/lists",
        f"Dir::State::status={home}/status",
        f"Dir::Cache={home}",
        f"Dir::Cache::archives={home}/archives",
        "APT::Sandbox::User=root",
        "Acquire::Languages=none",
    ]
    apt = ["apt-get", *(word for option in options for word in ("-o", option))]
    run([*apt, "update"], what="Reading Debian's unstable suite", log=LOGS / "apt.log")
    wanted = [f"{name}/unstable" for name in FROM_UNSTABLE] + [f"{name}/{STABLE_SUITE}" for name in FROM_STABLE]
    for old in (home / "debs").glob("*.deb"):
        old.unlink()
    run([*apt, "download", *wanted], what="Downloading", log=LOGS / "apt.log", cwd=home / "debs")
    scratch = VAR / "odoo.unpacking"
    shutil.rmtree(scratch, ignore_errors=True)
    for package in sorted((home / "debs").glob("*.deb")):
        run(["dpkg", "-x", package, scratch], what=f"Unpacking {package.name}")
    _settle(scratch)
    shutil.rmtree(home)


def _from_archive():
    scratch = VAR / "odoo.unpacking"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    with (
        urllib.request.urlopen(SOURCE_ARCHIVE, timeout=60) as answer,
        tarfile.open(fileobj=answer, mode="r|gz") as archive,
    ):
        if hasattr(tarfile, "data_filter"):
            archive.extractall(scratch, filter="data")
        else:
            archive.extractall(scratch)
    source = next(scratch.iterdir())
    source.rename(scratch / "source")
    # The archive keeps most addons beside the package; the package looks for them in odoo/addons.
    for addon in (scratch / "source" / "addons").iterdir():
        addon.rename(scratch / "source" / "odoo" / "addons" / addon.name)
    _settle(scratch)


def _settle(scratch):
    shutil.rmtree(ODOO_ROOT, ignore_errors=True)
    scratch.rename(ODOO_ROOT)
