"""What every shop offers, whatever it speaks: check, discover, fetch, push.

REST is the first to keep this interface; SOAP and XML-RPC keep the same, so that nothing above knows the difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .amounts import text
from .cursor import Cursor
from .errors import CONFIGURATION, ShopError
from .intents import Intent, StoreIntent, WebsiteIntent


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a stream.

    :ivar records: payloads to hand over, new or changed
    :ivar cursor: to store together with them, and to go on from
    :ivar total_count: what the shop says matches from here on, None where it does not say
    :ivar done: nothing more at present
    :ivar unchanged: rows left out because they were handed over before with the same content
    :ivar page_size: asked for; smaller than wanted where the shop struggled
    """

    records: tuple[dict, ...]
    cursor: Cursor
    total_count: int | None
    done: bool
    unchanged: int = 0
    page_size: int = 0


@dataclass(frozen=True, slots=True)
class CheckItem(Intent):
    """One thing that was tried: ``ok``, and in words what is missing and where to set it."""

    code: str
    ok: bool
    message: str


@dataclass(frozen=True, slots=True)
class CheckReport(Intent):
    """The outcome of a connection check."""

    items: tuple[CheckItem, ...]
    features: tuple[str, ...] = ()
    version: str = ""

    @property
    def ok(self):
        return all(item.ok for item in self.items)

    @property
    def message(self):
        """What is missing, a line each; empty if nothing is."""
        return "\n".join(item.message for item in self.items if not item.ok)


@dataclass(frozen=True, slots=True)
class Discovery(Intent):
    """What a shop consists of: what set-up maps to companies, taxes, warehouses."""

    websites: tuple[WebsiteIntent, ...]
    stores: tuple[StoreIntent, ...]
    customer_groups: tuple = ()
    tax_classes: tuple = ()
    tax_rates: tuple = ()
    tax_rules: tuple = ()
    sources: tuple[tuple[str, str], ...] = ()
    features: tuple[str, ...] = field(default=())


class Shop:
    """The interface of a connected shop.

    :ivar str name: of the protocol
    :ivar tuple features: what the shop has (``core``, ``multi_source``, ``b2b``, ``async_bulk``), as far as it was
        looked at
    :ivar dict lacks: stream -> why it cannot be read this way, in words
    :ivar int requests: sent so far
    """

    name = ""
    features = ()
    lacks = {}
    requests = 0

    def supports(self, stream):
        """Return whether a stream can be read from this shop, by its protocol and by what it was found to have.

        :param Stream stream: which
        """
        return stream.name not in self.lacks and (stream.feature == "core" or stream.feature in self.features)

    def check(self):
        """Try the connection and the rights. Never raises for what a shop may answer.

        :rtype: CheckReport
        """
        raise NotImplementedError

    def discover(self):
        """Return what the shop consists of.

        :rtype: Discovery
        :raises ShopError: where the shop does not answer
        """
        raise NotImplementedError

    def fetch(self, stream, cursor, page_size):
        """Read the next page of a stream.

        :param stream: name of a stream, or Stream
        :param Cursor cursor: where to go on
        :param int page_size: records wanted at most
        :rtype: Page
        :raises ShopError: nothing was handed over; the cursor given stays valid
        :raises WrongCursor: the cursor is another stream's
        """
        raise NotImplementedError

    def push(self, effect, *, unsure=False):
        """Do something in the shop.

        :param Effect effect: what
        :param bool unsure: it may have been done before: look first
        :rtype: Outcome
        :raises ShopError: kind ``indefinite`` where it may have happened; push again with ``unsure=True``
        """
        raise NotImplementedError

    def push_many(self, effects, *, unsure=()):
        """Do several things in the shop, in as few requests as it allows. One that fails does not stop the others.

        :param effects: list of Effect, in the order in which they must happen
        :param unsure: keys of those that may have been done before: look first
        :returns: list as long as ``effects``: :class:`~.effects.Outcome`, or the ShopError of just this one
        """
        results = []
        for effect in effects:
            try:
                results.append(self.push(effect, unsure=effect.key in unsure))
            except ShopError as error:
                results.append(error)
        return results

    def submit(self, effects, *, unsure=()):
        """Hand effects over for the shop to carry out later, where it can; else carry them out.

        Only absolute effects (stock, prices) are handed over. A shop whose queue stands still never ends them, so
        whoever follows must give up after a while and push them.

        :param effects: list of Effect, at most one of each thing
        :param unsure: keys of those that may have been done before: look first
        :returns: list as long as ``effects``: :class:`~.effects.Submitted`, which :meth:`follow` tells of, else
            what :meth:`push_many` gives
        """
        return self.push_many(effects, unsure=unsure)

    def follow(self, bulk):
        """Return what became of the effects handed over together.

        :param str bulk: of :class:`~.effects.Submitted`
        :returns: {operation: :class:`~.effects.Outcome`, or its ShopError, or None while it has not ended}
        :raises ShopError: where the shop does not answer, or knows no such bulk
        """
        raise ShopError(CONFIGURATION, "not_offered", "This shop carries effects out at once: there is none to follow.")

    def comments(self, stream, record):
        """Return the texts of a document's comments, by which our own are known (:func:`~.effects.marker_key`).

        :param str stream: ``invoices``, ``shipments`` or ``credit_memos``
        :param dict record: of that stream; where it tells no comments, the shop may be asked
        :raises ShopError: where the shop does not answer
        """
        return [text(row.get("comment")) for row in record.get("comments") or [] if isinstance(row, dict)]

    def summaries(self, since, until, *, stream="orders"):
        """Yield id, number and total of every record created in a window, to compare with what was taken over.

        :param str since: naive UTC of the shop, ``until`` likewise, both inclusive
        :param str stream: name
        :returns: dicts with at least the stream's key and, of orders, ``increment_id`` and ``grand_total``
        :raises ShopError: where the shop does not answer
        """
        raise NotImplementedError

    def records(self, stream, ids):
        """Return records by their ids, as :meth:`fetch` would hand them over; those that are gone are left out.

        :param str stream: name
        :param ids: the records' keys; a few hundred at most
        :raises ShopError: where the shop does not answer
        """
        raise NotImplementedError

    def newest(self, stream, count):
        """Return the records with the highest ids, the newest first.

        :param str stream: name
        :param int count: at most
        :raises ShopError: where the shop does not answer
        """
        raise NotImplementedError
