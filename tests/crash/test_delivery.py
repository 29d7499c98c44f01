"""Delivery by workers that are killed and run at the same moment, to a real mail server: no email goes out twice."""

import threading

from mail_sandbox import MailServer
from odoo_world import OdooWorld

from setup.paths import SCRIPTS

CUSTOMERS = 12
SET_UP = f"""
import sys
from datetime import date
sys.path.append({str(SCRIPTS)!r})
from shop_world.books import open_books
company = open_books(env, date(2026, 1, 1))
company.email = "billing@seller.example"
env = env(context={{"allowed_company_ids": company.ids}})
product = env["product.product"].create({{"name": "Bolt", "taxes_id": [(5,)]}})
for number in range({CUSTOMERS}):
    partner = env["res.partner"].create({{"name": f"Customer {{number}}", "is_company": True,
        "email": f"customer{{number}}@buyer.example", "invoice_edi_format": False}})
    invoice = env["account.move"].create({{"move_type": "out_invoice", "partner_id": partner.id,
        "company_id": company.id, "invoice_date": "2026-01-10", "b2b_deliver": True,
        "invoice_line_ids": [(0, 0, {{"product_id": product.id, "quantity": 1, "price_unit": 10.0 + number}})]}})
    invoice.action_post()
env["ir.cron"].search([]).active = False
env["ir.mail_server"].create({{"name": "Test", "smtp_host": "127.0.0.1", "smtp_port": PORT}})
env.cr.commit()
"""
LANE = """
env["account.move"]._cron_deliver()
env.cr.commit()
"""
LATER = """
env.cr.execute("UPDATE b2b_delivery SET create_date = create_date - interval '10 minutes'")
env.cr.commit()
"""
COUNT = """
import json
from collections import Counter
moves = env["account.move"].search([("move_type", "=", "out_invoice")])
print("RESULT " + json.dumps({
    "states": Counter(moves.mapped("b2b_delivery_state")),
    "reasons": Counter(moves.filtered("b2b_delivery_reason").mapped("b2b_delivery_reason")),
    "errors": [error for error in moves.mapped("b2b_delivery_error") if error],
    "waiting": env["mail.mail"].search_count([("state", "=", "outgoing")]),
    "retry": len(moves.filtered("b2b_delivery_next_at")),
    "cases": env["b2b.discrepancy"].search_count([("type", "=", "delivery"), ("state", "=", "open")]),
}))
"""


class DeliveryWorld(OdooWorld):
    """A database with posted invoices that wait to be sent by a mail server."""

    def __init__(self, name, server):
        super().__init__(name, SET_UP.replace("PORT", str(server.port)))


def finish(world):
    """Let a worker do what is left, in three runs of the scheduler, and return what the database then holds."""
    return world.told(3 * (LATER + LANE) + COUNT)


def test_a_worker_killed_after_the_server_took_an_email_and_before_it_heard_so():
    """The text is gone, the answer never comes: nobody knows, so the email is not sent again and a person looks."""
    worker, killed = [], threading.Event()

    def at_text(_mail):
        if len(server.taken) == 4 and not killed.is_set():
            worker[0].kill()
            killed.set()
        return "250 taken"

    with MailServer(at_text) as server, DeliveryWorld("otc_delivery_unclear", server) as world:
        worker.append(world.start(LANE))
        worker[0].wait()
        assert killed.is_set()
        found = finish(world)
        assert found["states"] == {"delivered": CUSTOMERS - 1, "unclear": 1}, found
        assert found["reasons"] == {"unclear": 1}
        assert (found["cases"], found["retry"]) == (1, 0)
        assert "not known whether the mail server took it" in found["errors"][0]
        assert found["waiting"] == 0
        assert len(server.taken) == CUSTOMERS
        assert set(server.numbers().values()) == {1}


def test_a_worker_killed_after_it_heard_that_the_server_took_an_email():
    """The answer was noted before the transaction could be: what is left is sent, what was taken is only noted."""
    worker, killed = [], threading.Event()

    def at_recipient(_address):
        if len(server.taken) == 5 and not killed.is_set():
            worker[0].kill()
            killed.set()
        return "250 ok"

    with MailServer(at_recipient=at_recipient) as server, DeliveryWorld("otc_delivery_killed", server) as world:
        worker.append(world.start(LANE))
        worker[0].wait()
        assert killed.is_set()
        found = finish(world)
        assert found["states"] == {"delivered": CUSTOMERS}, found
        assert len(server.taken) == CUSTOMERS
        assert set(server.numbers().values()) == {1}


def test_two_workers_at_once_send_each_invoice_once():
    with MailServer() as server, DeliveryWorld("otc_delivery_lanes", server) as world:
        for lane in [world.start(LANE), world.start(LANE)]:
            world.finish(lane)
        found = finish(world)
        assert found["states"] == {"delivered": CUSTOMERS}, found
        assert len(server.taken) == CUSTOMERS
        assert set(server.numbers().values()) == {1}


def test_what_a_mail_server_refuses_or_drops_is_told_apart():
    """An unknown address waits for a person, a busy server for time, a line that broke in the middle is unclear."""

    def at_recipient(address):
        if address.startswith("customer1@"):
            return "550 5.1.1 unknown user"
        return "451 4.3.2 try again later" if address.startswith("customer2@") else "250 ok"

    def at_text(mail):
        return None if "customer3@" in mail["To"] else "250 taken"

    with (
        MailServer(at_text, at_recipient=at_recipient) as server,
        DeliveryWorld("otc_delivery_refused", server) as world,
    ):
        world.run(LANE)
        found = finish(world)
        assert found["states"] == {"delivered": CUSTOMERS - 3, "failed": 2, "unclear": 1}, found
        assert found["reasons"] == {"refused": 1, "mail_server": 1, "unclear": 1}
        assert found["retry"] == 1, "only the busy server is asked again by itself"
        assert set(server.numbers().values()) == {1}
