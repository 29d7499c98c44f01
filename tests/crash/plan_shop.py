"""A small sandbox shop for one seeded plan: a few orders of a whole world, and the faults that strike."""

import contextlib
import os
import random
import signal
import time
import urllib.error
from datetime import date, datetime, timedelta, timezone

from shop_world.process import TODAY, control

from magento_sandbox import world
from magento_sandbox.server import SandboxServer

WORLD = 60
DOCUMENTS = ("ship", "invoice", "refund")
STEPS = (*DOCUMENTS, *DOCUMENTS, "state", "state", "state", "touch", "edit", "place", "time")
STATES = ("complete", "processing", "canceled", "holded", "closed", "payment_review")


class PlanShop:
    """A shop in a process forked off; runs while its `with` block does.

    :param int seed: of the world, of which orders are kept, and of the faults
    """

    def __init__(self, seed):
        self.chance = random.Random(f"shop:{seed}")
        self.faults = fault_plan(self.chance)
        self._server = SandboxServer(_sample(seed, self.chance))
        self.told = self._server.credentials()

    def __enter__(self):
        self._process = os.fork()
        if not self._process:
            with contextlib.suppress(BaseException):
                self._server.serve_forever()
            os._exit(0)
        self._server.socket.close()
        return self

    def __exit__(self, *_error):
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)

    def orders(self):
        """What the shop holds: a list of dicts with id, state, time of change, currency, total."""
        return self._control("GET", "world")

    def struck(self):
        """The kinds of the faults that struck so far, as often as they did."""
        return [fault["kind"] for fault in self._control("GET", "faults") for _time in range(fault["struck"])]

    def heal(self):
        """From now on nothing goes wrong any more."""
        self._control("DELETE", "faults")

    def live_on(self):
        """Something happens in the shop: an order goes on wholly or in part, is touched, edited, or a new one comes."""
        with contextlib.suppress(urllib.error.HTTPError):  # not every step is open to every order
            order = self.chance.choice(self.orders())["entity_id"]
            what = self.chance.choice(STEPS)
            if what in DOCUMENTS:
                self._control("POST", f"orders/{order}/{what}", self._part(what))
            elif what == "state":
                self._control("POST", f"orders/{order}/state", {"state": self.chance.choice(STATES)})
            elif what == "place":
                lines = [{"sku": self.chance.choice(("AR-SI", "AR-DM", "BF-OR")), "qty": self.chance.randint(1, 9)}]
                self._control("POST", "orders", {"company": "kessler", "lines": lines, "po_number": "NEW-1"})
            elif what == "time":
                self.pass_time(self.chance.choice((60, 400, 4000)))
            else:
                self._control("POST", f"orders/{order}/{what}", {})

    def _part(self, what):
        """How much of an order a shipment, an invoice or a credit memo takes: all that is open, or a part."""
        wish = {} if self.chance.random() < 0.4 else {"share": self.chance.choice((0.3, 0.5, 1))}
        if wish and self.chance.random() < 0.3:
            wish["lines"] = 1
        if what == "refund":
            wish |= {"shipping": self.chance.random() < 0.5, "positive": self.chance.choice((0, 0, 0, "1.50"))}
        return wish

    def strike(self):
        """From now on things go wrong."""
        self._control("POST", "faults", self.faults)

    def pass_time(self, seconds):
        """Push the shop's clock forward, the one in its answers' headers as well."""
        self._control("POST", "clock", {"pass_seconds": seconds})

    def _control(self, method, path, body=None):
        """A call of the control interface, again while a fault has the shop refuse connections."""
        for attempt in range(20):
            try:
                return control(self.told, method, path, body)
            except urllib.error.HTTPError:
                raise
            except OSError:
                if attempt == 19:
                    raise
                time.sleep(0.05)
        return None


def _sample(seed, chance):
    """A world of which a handful of orders is left, edited ones together with those that replace them."""
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    shop = world.build(min(date.fromisoformat(TODAY), now.date() - timedelta(days=1)), seed, WORLD)
    shop.clock.advance((now - shop.clock.now()).total_seconds())  # as the Date header tells it
    going_on = [number for number, order in shop.orders.items() if order.data["state"] in ("new", "processing")]
    kept = set(chance.sample(sorted(shop.orders), chance.randint(2, 4)))
    kept |= set(chance.sample(sorted(going_on), min(len(going_on), chance.randint(1, 3))))
    for order in [shop.orders[number].data for number in kept]:
        related = {order.get("relation_parent_id"), order.get("relation_child_id")} - {None, ""}
        kept |= {int(number) for number in related}
    for number in set(shop.orders) - kept:
        del shop.orders[number]
        shop.notes.pop(number, None)
    for documents in (shop.invoices, shop.shipments, shop.creditmemos):
        documents[:] = [document for document in documents if document["order_id"] in kept]
    return shop


def fault_plan(chance):
    """Three to six faults of any kind that passes, each striking a few times."""
    kinds = {
        "absent_fields": {},
        "clock_skew": {"seconds": chance.choice([-240, 600])},  # back by less than the overlap of two scans
        "drip": {"bytes": 4096, "pause_ms": 2},
        "duplicate_rows": {},
        "extra_fields": {},
        "four_byte": {},
        "html": {},
        "huge_comment": {"bytes": 200_000},
        "lost_answer": {},
        "moving_rows": {"rows": chance.randint(1, 3)},
        "null_items": {},
        "redirect": {},
        "refuse": {"seconds": 0.05},
        "repeat_last_page": {},
        "reset": {},
        "status": {"status": chance.choice([500, 502, 503]), "seconds": 0},
        "too_many": {"seconds": 0, "retry_after": chance.choice(["seconds", "date", "none"])},
        "truncate": {"lie": chance.choice([True, False])},
        "unauthorized": {},
        "wrong_total_count": {"by": chance.choice([-1, 1, 2])},
    }
    paths = (
        "*/V1/orders",
        "*/V1/customers/search",
        "*/V1/orders/*/comments",
        "*/V1/shipments",
        "*/V1/invoices",
        "*/V1/creditmemos",
        "*/V1/order/*",
        "*/V1/*",
    )
    return [
        {
            "kind": kind,
            "match": {"path": chance.choice(paths)},
            "times": chance.randint(1, 3),
            "after": chance.randint(0, 2),
            **kinds[kind],
        }
        for kind in chance.sample(sorted(kinds), chance.randint(3, 6))
    ]
