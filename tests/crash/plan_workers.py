"""Workers of a seeded plan: a stage each, in a process forked from one that has loaded Odoo, killed where it is told.

A kill is SIGKILL: nothing is cleaned up, the connection to the database breaks. It comes at a random moment, or at a
named boundary of the work, where the worker kills itself.
"""

import json
import os
import signal
import time
import traceback

import odoo
from odoo.api import SUPERUSER_ID, Environment
from odoo.sql_db import Cursor

from odoo.addons.magento_connector.magento_wire.transport import HttpTransport
from odoo.addons.magento_connector.models.loading import CONCURRENCY_ERRORS


def fetch(env, _limit):
    env["magento.stream"]._cron_fetch()


def process(env, limit):
    env["magento.record"]._cron_process(limit=limit)


def bill(env, _limit):
    env["b2b.billing.run"]._cron_plan()
    env["b2b.billing.run"]._cron_lane()


def push(env, _limit):
    env["magento.outbox"]._cron_push()


def compare(env, _limit):
    env["magento.price"]._cron_compare()


def deliver(env, limit):
    """What people in the warehouse do: deliver or take back some transfers, wholly or one of each line less."""
    whole = limit > FEW
    for picking in env["stock.picking"].search(
        [
            ("sale_id.magento_backend_id.active", "=", True),
            ("state", "in", ("confirmed", "waiting", "assigned")),
            ("move_ids.move_orig_ids", "=", False),
        ],
        order="id",
        limit=limit,
    ):
        for move in picking.move_ids.filtered(lambda move: move.state not in ("done", "cancel")):
            move.quantity = move.product_uom_qty if whole or move.product_uom_qty <= 1 else move.product_uom_qty - 1
            move.picked = True
        picking.with_context(skip_backorder=True)._action_done()
        env.cr.commit()


def count_stock(env, backend, quantity):
    """What people do where a shop is told the stock: count what nobody counted yet."""
    if not backend.push_stock:
        return
    links = env["magento.binding"].search([("backend_id", "=", backend.id), ("model", "=", "product.product")])
    products = env["product.product"].browse(links.mapped("res_id")).exists().filtered("is_storable")
    location = env["stock.warehouse"].search([("company_id", "=", 1)], limit=1).lot_stock_id
    counts = env["stock.quant"].with_context(inventory_mode=True)
    counted = env["stock.move"].search([("product_id", "in", products.ids), ("is_inventory", "=", True)]).product_id
    counts.create(
        [
            {"product_id": product.id, "location_id": location.id, "inventory_quantity": quantity}
            for product in products - counted
        ]
    ).action_apply_inventory()


STAGES = {"fetch": fetch, "process": process, "bill": bill, "push": push, "compare": compare, "deliver": deliver}
BY_ITSELF = ("fetch", "process", "bill", "push", "compare")
"""Stages that the scheduler runs; the others are a person's work."""
FEW = 3
"""The largest of the small limits."""
EVERYWHERE = {
    "before a commit": (Cursor, "commit", "before"),
    "after a commit": (Cursor, "commit", "after"),
}
BOUNDARIES = {
    "fetch": {
        "before asking the shop": (HttpTransport, "send", "before"),
        "after the shop's answer": (HttpTransport, "send", "after"),
        "after staging": ("magento.record", "_stage", "after"),
        "after moving the cursor": ("magento.stream", "_take_over", "after"),
    },
    "process": {
        "after claiming rows": ("magento.record", "_take", "after"),
        "after noting set-up": ("magento.loader.order", "_prepare", "after"),
        "after creating partners": ("magento.loader.order", "_resolve", "after"),
        "after linking": ("magento.binding", "_bind", "after"),
        "after confirming": ("magento.loader.order", "_confirm", "after"),
        "after delivering": ("magento.loader.order", "_deliver", "after"),
        "after noting documents": ("magento.document", "_note", "after"),
        "after moving goods": ("stock.move", "_action_done", "after"),
        "after billing as the shop did": ("magento.loader.invoice", "_make_invoices", "after"),
        "after crediting": ("magento.loader.credit.memo", "_credit", "after"),
        "after preparing returns": ("magento.loader.credit.memo", "_take_back", "after"),
        "after loading": ("magento.record", "_load", "after"),
        "after writing outcomes": ("magento.record", "_write_outcomes", "after"),
    },
    "bill": {
        "after planning": ("b2b.billing.run", "_start", "after"),
        "after claiming orders": ("b2b.billing.run.line", "_claim", "after"),
        "after creating invoices": ("account.move", "_b2b_create_invoices", "after"),
        "after posting": ("account.move", "_post", "after"),
        "after queueing messages": ("magento.outbox", "_put", "after"),
    },
    "push": {
        "after claiming a message": ("magento.outbox", "_claim", "after"),
        "before telling the shop": (HttpTransport, "send", "before"),
        "after telling the shop": (HttpTransport, "send", "after"),
        "after noting what was told": ("magento.outbox", "_note_done", "after"),
    },
    "compare": {
        "after queueing prices": ("magento.outbox", "_put", "after"),
    },
    "deliver": {
        "after moving goods": ("stock.move", "_action_done", "after"),
        "after queueing messages": ("magento.outbox", "_put", "after"),
    },
}


def go_through(env, before):
    """All stages of the scheduler once, each in a transaction of its own.

    :param before: called before each stage with the environment
    """
    for stage in BY_ITSELF:
        before(env)
        env.cr.commit()
        env.invalidate_all()
        STAGES[stage](env, 50)
        env.cr.commit()


class Workers:
    """Forks workers off this process.

    :param registry: of the database, loaded once; this process keeps no connection open
    """

    def __init__(self, registry):
        self.registry = registry
        odoo.sql_db.close_all()

    def start(self, stage, limit=50, kill=None, nth=1):
        """Start a worker.

        :param kill: name of a boundary of this stage, or None
        :param int nth: the time it is reached at which the worker dies
        :returns: its process id
        """
        return self._fork(lambda env: STAGES[stage](env, limit), self._boundary(stage, kill), nth)

    def start_all(self, before):
        """Start a worker that goes through all stages once, each in a transaction of its own; returns its process id.

        :param before: called before each stage with an environment
        """
        return self._fork(lambda env: go_through(env, before), None, 1)

    def finish(self, worker, kill_after=None):
        """Wait for a worker's end, or kill it after some seconds.

        :returns: whether it was killed
        :raises RuntimeError: when it failed by itself
        """
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(worker, signal.SIGKILL)
        _process, status = os.waitpid(worker, 0)
        if os.WIFSIGNALED(status):
            return True
        if os.WEXITSTATUS(status):
            raise RuntimeError("A worker failed; its error stands above.")
        return False

    def ask(self, question):
        """Run a function in a process of its own.

        :param question: takes an environment, returns what JSON can hold
        """
        reading, writing = os.pipe()

        def answer(env):
            with os.fdopen(writing, "w") as pipe:
                json.dump(question(env), pipe)

        worker = self._fork(answer, None, 1)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            text = pipe.read()
        self.finish(worker)
        return json.loads(text)

    def _boundary(self, stage, kill):
        return {**BOUNDARIES[stage], **EVERYWHERE}[kill] if kill else None

    def _fork(self, work, boundary, nth):
        worker = os.fork()
        if worker:
            return worker
        code = 1
        try:
            self.registry.check_signaling()
            with self.registry.cursor() as cursor:
                env = Environment(cursor, SUPERUSER_ID, {})
                if boundary:
                    _die_at(env, boundary, nth)
                work(env)
                cursor.commit()
            code = 0
        except CONCURRENCY_ERRORS:
            code = 0  # the scheduler would run it again later, and so does the plan
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
        return None


def _die_at(env, boundary, nth):
    """Have this process kill itself at a boundary."""
    owner, name, when = boundary
    owner = type(env[owner]) if isinstance(owner, str) else owner
    original = getattr(owner, name)
    reached = 0

    def watched(*words, **named):
        nonlocal reached
        reached += 1
        if when == "before" and reached == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*words, **named)
        if when == "after" and reached >= nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, watched)
