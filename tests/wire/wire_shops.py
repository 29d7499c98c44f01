"""The four ways to speak with a shop, against sandbox shops over real HTTP."""

import json
import time
from datetime import date

from magento_sandbox import server as sandbox
from magento_wire.auth import ApiUser, OAuth1
from magento_wire.cursor import Cursor
from magento_wire.errors import ShopError
from magento_wire.protocols import PROTOCOLS
from magento_wire.retry import RetryPolicy
from magento_wire.streams import STREAMS
from magento_wire.transport import HttpTransport
from magento_wire.url_guard import UrlGuard

TODAY = date(2026, 11, 23)
POLICY = RetryPolicy(first=0.05, longest=0.3, attempts=40)

WAYS = ("rest", "soap", "xmlrpc", "openmage_soap", "openmage_ws_i")
ORDER_LISTS = {
    "rest": "*/V1/orders",
    "soap": "*#salesOrderRepositoryV1GetList",
    "xmlrpc": "*#sales_order.list",
    "openmage_soap": "*#sales_order.list",
    "openmage_ws_i": "*#sales_order.list",
}
COMMENTS = {
    "rest": "*/comments",
    "soap": "*#salesOrderManagementV1AddComment",
    "xmlrpc": "*#sales_order.addComment",
    "openmage_soap": "*#sales_order.addComment",
    "openmage_ws_i": "*#sales_order.addComment",
}


def protocol_of(way):
    return PROTOCOLS["openmage_soap" if way == "openmage_ws_i" else way]


def start_shop(way, plan=(), orders=30, **settings):
    """Start a sandbox shop as ``way`` finds it."""
    return sandbox.start(TODAY, seed=5, orders=orders, plan=list(plan), ws_i=way == "openmage_ws_i", **settings)


def connect(server, way, auth=None, **timeouts):
    """Return a shop that speaks with a sandbox in one of :data:`WAYS`."""
    access = server.access
    oauth = OAuth1(access.consumer_key, access.consumer_secret, access.access_token, access.access_token_secret)
    user = ApiUser(access.api_user, access.api_key)
    limits = {"connect_timeout": 2.0, "read_timeout": 5.0, "total_timeout": 20.0, **timeouts}
    transport = HttpTransport(UrlGuard(["127.0.0.1"]), **limits)
    protocol = protocol_of(way)
    return protocol.open(transport, server.address, auth or (user if protocol.magento_1 else oauth))


def read(shop, stream="orders", cursor=None, page_size=20):
    """Read to the end as a stream would: cursor stored as JSON, transient errors tried again.

    :returns: ({key: record}, cursor, [code of each failure])
    """
    cursor, rows, failures = cursor or Cursor(stream), {}, []
    while True:
        try:
            page = shop.fetch(stream, Cursor.from_json(json.loads(json.dumps(cursor.to_json())), stream), page_size)
        except ShopError as error:
            failures.append(error.code)
            if not POLICY.again(error, len(failures)):
                raise
            time.sleep(POLICY.delay(len(failures), min(error.retry_after or 0, 0.1) or None))
            continue
        rows.update({STREAMS[stream].identify(row): row for row in page.records})
        cursor = page.cursor
        if page.done:
            return rows, cursor, failures


def truth(server):
    """Ids of all orders the shop has."""
    return {str(order.id) for order in server.shop.orders.values()}
