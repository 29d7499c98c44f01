"""How far a stream has been read, as an explicit value that is stored with what was read.

A scan reads rows in the order (time of change, id) and goes on from the last row handed over, so that rows that move
while it runs are neither skipped nor lost. The next scan starts a little before where the last ended (``overlap``),
because rows may be committed later than they are stamped; what it finds unchanged there is left out by a hash of its
content. The watermark comes from the shop's rows and clock only, never from ours, and never passes a row that was not
handed over. Nor does it pass a time that was not yet over, plus the overlap, when the scan went by: rows may still
appear there, behind the scan, and the next one must meet them.

Store the cursor in the transaction that stores the rows: a crash in between reads the same page again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

VERSION = 1
TIME_FORM = "%Y-%m-%d %H:%M:%S"
MOST_REMEMBERED = 5000
"""Boundary rows kept by hash; of more, the oldest are forgotten and handed over once again, which harms nothing."""


class WrongCursor(ValueError):
    """A stored cursor that cannot be gone on from. Start the stream anew, or from a date."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record with what orders it: ``at`` is its time of change as the shop writes it, empty if it has none."""

    key: int
    at: str
    digest: str
    record: dict


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far one stream has been read.

    :ivar stream: name of the stream it belongs to
    :ivar watermark: everything changed up to here was handed over (naive UTC of the shop); empty at the beginning
    :ivar held: whether this scan has gone by a time in which rows may still appear, which holds the watermark
    :ivar position: (time, id) of the last row handed over in the scan that is under way, None between scans
    :ivar offset: rows read in the scan under way, for lists without times; 0 between scans
    :ivar page_digest: of the last page, to notice one that is repeated
    :ivar until: read no changes after this time; empty for no end
    :ivar seen: id -> (time, hash) of the rows within the overlap
    """

    stream: str
    watermark: str = ""
    position: tuple[str, int] | None = None
    held: bool = False
    offset: int = 0
    page_digest: str = ""
    until: str = ""
    seen: dict = field(default_factory=dict)

    @classmethod
    def start(cls, stream, since="", until=""):
        """Return the cursor of a stream that was never read.

        :param str since: read only changes from this time on (naive UTC, ``YYYY-MM-DD HH:MM:SS``)
        :param str until: read only changes up to this time
        :raises WrongCursor: where a time is not one
        """
        return cls(stream, watermark=_checked_time(since), until=_checked_time(until))

    def to_json(self):
        """Return the cursor as what JSON can hold."""
        return {
            "version": VERSION,
            "stream": self.stream,
            "watermark": self.watermark,
            "position": list(self.position) if self.position else None,
            "held": self.held,
            "offset": self.offset,
            "page_digest": self.page_digest,
            "until": self.until,
            "seen": {str(key): list(value) for key, value in self.seen.items()},
        }

    @classmethod
    def from_json(cls, data, stream):
        """Return a stored cursor.

        :param data: what :meth:`to_json` gave, or nothing for a stream that was never read
        :param str stream: the stream it is wanted for
        :raises WrongCursor: where it is another stream's, of an unknown version, or damaged
        """
        if not data:
            return cls(stream)
        if not isinstance(data, dict) or data.get("version") != VERSION:
            raise WrongCursor(f"The stored position of {stream} is not readable. Start the stream anew.")
        if data.get("stream") != stream:
            raise WrongCursor(f"The stored position belongs to {data.get('stream')}, not to {stream}.")
        try:
            position = data.get("position")
            return cls(
                stream,
                watermark=_checked_time(data.get("watermark") or ""),
                position=(str(position[0]), int(position[1])) if position else None,
                held=bool(data.get("held")),
                offset=int(data.get("offset") or 0),
                page_digest=str(data.get("page_digest") or ""),
                until=_checked_time(data.get("until") or ""),
                seen={int(key): (str(at), str(digest)) for key, (at, digest) in (data.get("seen") or {}).items()},
            )
        except (TypeError, ValueError, IndexError, AttributeError) as error:
            raise WrongCursor(f"The stored position of {stream} is damaged ({error}). Start the stream anew.")

    def floor(self, overlap):
        """Return the time a new scan starts from, empty for the beginning.

        :param int overlap: seconds before the watermark
        """
        return earlier(self.watermark, overlap)

    def is_fresh(self, row):
        """Return whether a row was not yet handed over in this scan and is not known unchanged."""
        if self.position is not None and (row.at, row.key) <= self.position:
            return False
        return self.seen.get(row.key, ("", ""))[1] != row.digest

    def after_rows(self, rows, *, more, overlap, shop_now=""):
        """Return the cursor after a page of rows has been handed over.

        :param rows: all rows of the page beyond the position, sorted by (time, id), unchanged ones included
        :param bool more: whether the scan goes on
        :param int overlap: seconds of the boundary within which rows are remembered
        :param str shop_now: the shop's clock when the page was read; empty where it does not tell
        """
        last = max(((row.at, row.key) for row in rows), default=self.position)
        watermark, held = self._reached(last[0] if last else "", earlier(shop_now, overlap))
        seen = {**self.seen, **{row.key: (row.at, row.digest) for row in rows}}
        if shop_now and seen:  # a clock that went back takes the watermark with it: changes come behind it from now on
            watermark = min(watermark, shop_now)
        floor = earlier(watermark, overlap)
        kept = [(value, key) for key, value in seen.items() if value[0] >= floor]
        kept = sorted(kept)[-MOST_REMEMBERED:]
        return replace(
            self,
            watermark=watermark,
            position=last if more else None,
            held=held and more,
            seen={key: value for value, key in kept},
        )

    def _reached(self, time, settled):
        """Return (watermark, held) after rows up to a time, of which only those up to ``settled`` are final."""
        if self.held:
            return self.watermark, True
        if settled and time > settled:
            return max(self.watermark, settled), True
        return max(self.watermark, time), False

    def after_page(self, offset, digest, *, more):
        """Return the cursor after a page of a list without times; after the last page it begins anew.

        :param int offset: rows read in this scan so far
        :param str digest: of the page
        """
        if not more:
            return replace(self, offset=0, page_digest="")
        return replace(self, offset=offset, page_digest=digest)

    @property
    def scanning(self):
        """Whether a scan is under way."""
        return self.position is not None or self.offset > 0


def record_digest(record):
    """Return a short hash of a record's content, whatever the order of its fields."""
    canonical = json.dumps(record, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def earlier(time, seconds):
    """Return a shop's time some seconds earlier; empty stays empty."""
    if not time:
        return ""
    return (datetime.strptime(time, TIME_FORM) - timedelta(seconds=seconds)).strftime(TIME_FORM)  # noqa: DTZ007


def _checked_time(value):
    if not value:
        return ""
    try:
        return datetime.strptime(str(value), TIME_FORM).strftime(TIME_FORM)  # noqa: DTZ007
    except ValueError:
        raise WrongCursor(f"{value!r} is not a time of the form YYYY-MM-DD HH:MM:SS.")
