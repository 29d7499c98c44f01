"""A Magento 1 or OpenMage shop, whatever protocol speaks with it.

SOAP v2 and XML-RPC call the same methods with the same arguments; what they share is here: the session, which expires
and is then opened anew, reading, checking, and what can be done in the shop. :mod:`openmage_soap` and :mod:`xmlrpc`
only carry the calls. What Magento 1 has not, :attr:`OpenMageShop.lacks` says.
"""

from __future__ import annotations

import re
import time
from datetime import datetime, timezone

from .amounts import text, whole_number
from .auth import clock_offset
from .cursor import TIME_FORM, WrongCursor
from .effect_base import ALREADY_DONE, DONE, Outcome, said
from .effects import EFFECTS
from .errors import CONFIGURATION, INDEFINITE, RECORD, ShopError, failure
from .faults import SESSION_EXPIRED, ShopFault, as_read, openmage_error
from .intents import WebsiteIntent
from .openmage_effects import openmage_effect
from .openmage_shape import category_records
from .openmage_streams import LACKS, OPENMAGE_STREAMS
from .openmage_windows import BEGINNING, WindowReader, later
from .rest import OVERLAP
from .rest_check import CLOCK_LIMIT
from .rest_push import push_in_turn
from .shop import CheckItem, CheckReport, Discovery, Page, Shop
from .streams import CORE, STREAMS, Stream
from .transport import HttpRequest

NEEDED = ("stores", "customer_groups", "customers", "products", "orders", "invoices", "shipments", "credit_memos")
SOME_DAYS = 7 * 86_400
ROOT_PATTERN = r"/(index\.php(/.*)?|api(/.*)?)$"


class OpenMageShop(Shop):
    """One Magento 1 shop, spoken to over an injected transport.

    :param Transport transport: sends requests
    :param str base_url: of the shop, such as ``https://shop.example.com``
    :param ApiUser auth: name and key of the API user
    :param int overlap: seconds before the watermark that a new scan reads again
    """

    lacks = LACKS
    features = (CORE,)

    def __init__(self, transport, base_url, auth, *, overlap=OVERLAP):
        self.transport, self.auth, self.overlap = transport, auth, overlap
        self.base_url = re.sub(ROOT_PATTERN, "", base_url.strip().rstrip("/"))
        self.requests = 0
        self.shop_now, self.clock_offset = "", None
        self._session, self._readers = "", {}

    def check(self):
        try:
            info = self.remote("magento.info")
        except ShopError as error:
            return CheckReport((CheckItem(error.code, False, str(error)),))
        items = [CheckItem("connection", True, "The shop answers and knows us."), self._check_clock()]
        items += [self._check_stream(name) for name in NEEDED if name not in self.lacks]
        version = info if isinstance(info, dict) else {}
        openmage = version.get("openmage_version")
        named = f"OpenMage/{openmage}" if openmage else f"Magento/{version.get('magento_version', '1')}"
        return CheckReport(tuple(item for item in items if item), self.features, named)

    def discover(self):
        stores = [STREAMS["stores"].map(row) for row in self._whole("stores")]
        numbers = sorted({store.website_id for store in stores if store.website_id})
        return Discovery(
            websites=tuple(WebsiteIntent(number, "", f"Website {number}") for number in numbers),
            stores=tuple(store for store in stores if store.external_id),
            customer_groups=tuple(STREAMS["customer_groups"].map(row) for row in self._whole("customer_groups")),
            features=self.features,
        )

    def fetch(self, stream, cursor, page_size):
        stream = stream if isinstance(stream, Stream) else STREAMS[stream]
        if cursor.stream != stream.name:
            raise WrongCursor(f"The position belongs to {cursor.stream}, not to {stream.name}.")
        source = self._source(stream.name)
        if stream.changed:
            if stream.name not in self._readers:
                self._readers[stream.name] = WindowReader(self, source)
            self._log_in()  # which tells the shop's clock
            return self._readers[stream.name].page(cursor, page_size)
        records = tuple(self._whole(stream.name))
        return Page(records, cursor.after_page(len(records), "", more=False), len(records), True, 0, page_size)

    def push(self, effect, *, unsure=False):
        kind = openmage_effect(effect)
        if unsure or EFFECTS[effect.kind].look_first:
            reference = said(kind.find, self, effect)
            if reference:
                return Outcome(ALREADY_DONE, reference)
        try:
            return Outcome(DONE, text(said(kind.do, self, effect)))
        except ShopError as error:
            if error.kind != INDEFINITE and not (error.kind == RECORD and EFFECTS[effect.kind].absolute):
                raise
            try:
                reference = kind.find(self, effect)
            except (ShopError, KeyError):
                raise error from None
            if not reference:
                raise
            return Outcome(DONE if error.kind == INDEFINITE else ALREADY_DONE, reference)

    def push_many(self, effects, *, unsure=()):
        return push_in_turn(self, effects, unsure)

    @staticmethod
    def quantities(lines):
        """Return quantities of an order's lines as the protocol has them.

        :param lines: (item id, Decimal) pairs
        """
        return {item: float(quantity) for item, quantity in lines}

    def summaries(self, since, until, *, stream="orders"):
        source, key = self._source(stream), STREAMS[stream].key
        start = since
        while start <= until:
            end = min(later(start, SOME_DAYS), until)
            heads = self.remote(source.lister, [{"created_at": {"from": start, "to": end}}])
            if not source.head_id:  # the list of shipments leaves out what identifies them
                heads = [record for _head, record in self.tell(source, heads)]
            for head in heads:
                yield {
                    key: whole_number(head.get(source.head_id or key)),
                    "increment_id": head.get("increment_id"),
                    "grand_total": head.get("grand_total"),
                }
            start = later(end, 1)

    def records(self, stream, ids):
        source = self._source(stream)
        heads = self.remote(source.lister, [{source.filter_id: {"in": [str(value) for value in ids]}}]) if ids else []
        return [record for _head, record in self.tell(source, heads)]

    def newest(self, stream, count):
        source = self._source(stream)
        self._log_in()  # which tells the shop's clock
        heads, span, end = [], SOME_DAYS, self.shop_now or datetime.now(timezone.utc).strftime(TIME_FORM)
        while len(heads) < count and end > BEGINNING:
            start = max(later(end, -span), BEGINNING)
            heads += self.remote(source.lister, [{"created_at": {"from": start, "to": end}}])
            end, span = later(start, -1), span * 2
        heads.sort(key=lambda head: whole_number(head.get(source.head_id)) or 0, reverse=True)
        return [record for _head, record in self.tell(source, heads[:count])]

    def order_head(self, order_id):
        """Return the header of an order by its id (``sales_order.list``), which knows its number and status.

        :raises ShopError: ``not_found`` (record) where the shop has no such order
        """
        for head in self.remote("sales_order.list", [{"order_id": {"eq": str(order_id)}}]):
            if whole_number(head.get("order_id")) == whole_number(order_id):
                return head
        raise ShopError(RECORD, "not_found", f"The shop does not have the order with the id {order_id} (any more).")

    # -- calling ---------------------------------------------------------------------------------------------------

    def remote(self, path, arguments=(), *, reading=True):
        """Call a method of the shop's API in a session, opened anew once where it has expired.

        :param str path: such as ``sales_order.list``
        :param arguments: list, in the order of the method's parameters
        :param bool reading: whether it changes nothing
        :raises ShopError: for anything but a success
        """
        return self._in_session(lambda session: self._call(session, path, list(arguments), reading), reading)

    def tell(self, source, heads):
        """Yield (head, record) for rows of a list; what is gone by now is left out.

        :param OpenMageStream source: of which stream
        :param heads: rows of its list
        """
        infos = self._tell([(source.teller, head) for head in heads], source)
        for head, info in zip(heads, infos, strict=True):
            if isinstance(info, ShopError):
                if info.kind != RECORD:
                    raise info
                continue
            yield head, source.record(self.completed(source, head, info), head)

    def completed(self, source, head, info):
        """Return what a record's method told, with what only its list tells. For a protocol that leaves out fields."""
        return info

    def _tell(self, wanted, source):
        """Return the answer for each row, in order; a ShopError for one that is gone. A protocol may do it at once."""
        answers = []
        for path, head in wanted:
            try:
                answers.append(self.remote(path, self.tell_arguments(source, head)))
            except ShopError as error:
                if error.kind != RECORD:
                    raise
                answers.append(error)
        return answers

    @staticmethod
    def tell_arguments(source, head):
        """Return the arguments by which the record of a list's row is asked for."""
        identifier = text(head.get(source.info_by))
        return [identifier, None, None, "id"] if source.name == "products" else [identifier]

    def _in_session(self, act, reading):
        for attempt in (1, 2):
            self._log_in()
            try:
                return act(self._session)
            except ShopFault as fault:
                if fault.code == SESSION_EXPIRED and attempt == 1:
                    self._session = ""
                    continue
                raise openmage_error(fault, "GET" if reading else "POST") from None
        raise AssertionError("unreachable")

    def _log_in(self):
        if self._session:
            return
        try:
            session = text(self._open_session(self.auth.username, self.auth.key))
        except ShopFault as fault:
            raise openmage_error(fault, "GET", login=True) from None
        if not session:
            raise failure("unexpected", "GET", "login: no session")
        self._session = session

    def _open_session(self, username, key):
        """Log in; return the session's id. :raises ShopFault: where the shop refuses"""
        raise NotImplementedError

    def _call(self, session, path, arguments, reading):
        """Call a method. :raises ShopFault: the shop's own refusal"""
        raise NotImplementedError

    def _carry(self, method, url, headers, body, reading, *, credentials=True):
        self.requests += 1
        try:
            response = self.transport.send(HttpRequest(method, url, headers, body))
        except ShopError as error:
            raise as_read(error) if reading else error from None
        now = time.time()
        offset = clock_offset(response, now)
        if offset is not None:
            self.clock_offset = offset
            self.shop_now = datetime.fromtimestamp(now + offset, timezone.utc).strftime(TIME_FORM)
        return response

    # -- parts -----------------------------------------------------------------------------------------------------

    def _source(self, name):
        if name in self.lacks or name not in OPENMAGE_STREAMS:
            reason = self.lacks.get(name, "Magento 1 does not offer it.")
            raise ShopError(CONFIGURATION, "not_offered", f"{name.replace('_', ' ').capitalize()}: {reason}")
        return OPENMAGE_STREAMS[name]

    def _whole(self, name):
        source = self._source(name)
        answer = self.remote(source.lister)
        if name == "categories":
            return category_records(answer)
        if not isinstance(answer, list) or any(not isinstance(row, dict) for row in answer):
            raise failure("unexpected", "GET", f"{source.lister}: no list of records")
        return [source.record(None, row) for row in answer]

    def _check_clock(self):
        if self.clock_offset is None or abs(self.clock_offset) <= CLOCK_LIMIT:
            return None
        words = (
            f"The shop's clock differs from ours by {self.clock_offset:.0f} seconds. Have both set by a time server."
        )
        return CheckItem("clock", False, words)

    def _check_stream(self, name):
        source = OPENMAGE_STREAMS[name]
        nothing = [{"updated_at": {"from": "2100-01-01 00:00:00"}}] if source.stream.changed else []
        words = name.replace("_", " ")
        try:
            self.remote(source.lister, nothing)
        except ShopError as error:
            return CheckItem(name, False, f"{error} Needed for {words}.")
        return CheckItem(name, True, f"{words.capitalize()} can be read.")
