"""Files of a watched folder, read and moved with care: others write there, and may do so at the same moment.

Everything goes by descriptors of the directories, so that nobody can put a link in the place of one meanwhile. What is
not a plain, whole file of one name is left where it lies, and said.
"""

import os
import stat
import time
from collections import namedtuple
from contextlib import contextmanager, suppress
from pathlib import Path

QUIET_SECONDS = 60
STALE_SECONDS = 86_400
MOST_BYTES = 300_000_000
LONGEST_NAME = 200  # bytes; the time goes before it, and file systems take 255
HALF_WRITTEN = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~")
DONE, FAILED = "done", "failed"

Found = namedtuple("Found", "name problem")
"""An entry of a folder: its name, and why it is left alone (a word of `PROBLEMS`; empty where it is to be read)."""

LINK, DIRECTORY, ODD, TWICE, STALE, LARGE = "link", "directory", "odd", "twice", "stale", "large"


class Changed(Exception):
    """A file was written to, replaced or taken away while it was dealt with; the next look finds it as it is then."""


@contextmanager
def opened(folder, inside=None):
    """The descriptor of a directory, which is no link."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=inside)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def readable(name):
    """A file's name for people and the database; bytes that are no text become question marks."""
    return os.fsencode(name).decode("utf-8", "replace")


def entries(directory):
    """What lies in a directory, by name: files to be read, and what is left alone for a reason worth telling."""
    now = time.time()
    found = []
    with os.scandir(directory) as listing:
        for entry in listing:
            if entry.name.startswith(".") or entry.name in (DONE, FAILED):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            problem = _problem(entry.name, status, now)
            if problem is not None:
                found.append(Found(entry.name, problem))
    return sorted(found)


def _problem(name, status, now):
    """Why an entry is left alone; empty for a file to read, None for one that is to come soon."""
    age = abs(now - status.st_mtime)  # a clock ahead of ours writes no older files either
    if stat.S_ISLNK(status.st_mode):
        return LINK
    if stat.S_ISDIR(status.st_mode):
        return DIRECTORY
    if not stat.S_ISREG(status.st_mode):
        return ODD
    if name.lower().endswith(HALF_WRITTEN):
        return STALE if age >= STALE_SECONDS else None
    if age < QUIET_SECONDS:
        return None
    if status.st_nlink > 1:
        return TWICE
    return LARGE if status.st_size > MOST_BYTES else ""


def read_whole(directory, name):
    """A file's bytes, and what it is known by until it is moved.

    :returns: bytes and a status
    :raises Changed: where it is written to, or is no plain file by now
    :raises OSError: where it cannot be read
    """
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
    except FileNotFoundError as error:
        raise Changed from error
    with open(descriptor, "rb") as file:
        before = os.fstat(descriptor)
        if _problem(name, before, time.time()) != "":
            raise Changed
        content = file.read(MOST_BYTES + 1)
        after = os.fstat(descriptor)
    if _identity(before) != _identity(after) or len(content) != after.st_size:
        raise Changed
    return content, after


def _identity(status):
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def move(directory, name, target, status):
    """Move a file that was read to a directory beside it; where one of its name lies there, with the time in its name.

    :raises Changed: where another file has its name by now, or it has grown; that one is put back, to be read
    :raises OSError: where it cannot be moved
    """
    with suppress(FileExistsError):
        os.mkdir(target, dir_fd=directory)
    with opened(target, directory) as beside:
        place = name if _is_free(name, beside) else _with_time(name)
        try:
            os.rename(name, place, src_dir_fd=directory, dst_dir_fd=beside)
        except FileNotFoundError as error:
            raise Changed from error
        if _identity(os.stat(place, dir_fd=beside, follow_symlinks=False)) != _identity(status):
            back = name if _is_free(name, directory) else _with_time(name)
            os.rename(place, back, src_dir_fd=beside, dst_dir_fd=directory)
            raise Changed


def grown(directory, sizes):
    """Put files back that went on growing after they were read and moved: whoever wrote them was slow.

    :param sizes: dict of file name → set of the sizes that were read of files of this name, in bytes
    """
    for target in (DONE, FAILED):
        try:
            with opened(target, directory) as beside:
                for name in filter(lambda one: not _is_free(one, beside), sizes):
                    status = os.stat(name, dir_fd=beside, follow_symlinks=False)
                    is_quiet = _problem(name, status, time.time()) == ""
                    if is_quiet and status.st_size > max(sizes[name]) and _is_free(name, directory):
                        os.rename(name, name, src_dir_fd=beside, dst_dir_fd=directory)
        except OSError:
            continue


def _is_free(name, directory):
    try:
        os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return True
    return False


def _with_time(name):
    stamp = f"{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 1_000_000_000:09d}"
    return f"{stamp}-{os.fsdecode(os.fsencode(name)[-LONGEST_NAME:])}"


def overlapping(path, places):
    """The first of some places that a path is, lies in, or contains; None where it is apart from all of them."""
    for place in places:
        if path == place or place in path.parents or path in place.parents:
            return place
    return None


def whole(text):
    """A path from the root on, with all links followed."""
    return Path(os.path.realpath(text))
