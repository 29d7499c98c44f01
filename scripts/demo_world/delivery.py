"""Delivery in the demo: invoices go out by each customer's channel, some arrive, some do not; all on this machine.

The mail server is one of this process: it writes each email into a folder, does not know one address, and ends with the
demo. What is sent later finds no mail server, and the deliveries say so.
"""

from mail_sandbox import MailServer

from odoo import Command

from setup.paths import VAR

SERVER = "Demo: emails are kept in a folder"
CUSTOMERS = 7
UNKNOWN = "nobody.here@"
CHANNELS = ("email", "email", "b2b_portal", "b2b_print", "email", "email", "email")
REFUSED, TOGETHER, NO_ADDRESS = 1, 4, 5
EACH = 3  # invoices of a customer that go out


def run(environment, folder=VAR / "demo" / "mail"):
    """Send the youngest invoices of some customers, once.

    :param environment: context manager of an environment that commits at its end
    :param folder: where the emails are kept, one file each
    :returns: what became of them in words, or None when that was done before
    """
    with environment() as env:
        if env["ir.mail_server"].search_count([("name", "=", SERVER)]):
            return None
        env["ir.mail_server"].create({"name": SERVER, "smtp_host": "127.0.0.1", "smtp_port": 9})
    folder.mkdir(parents=True, exist_ok=True)
    with MailServer(at_recipient=_answer) as server:
        with environment() as env:
            env["ir.mail_server"].search([("name", "=", SERVER)]).smtp_port = server.port
            _choose(env).action_b2b_deliver()
        done = True
        while done:
            with environment() as env:
                done, _remaining = env["account.move"]._b2b_deliver_batch()
        with environment() as env:
            env["account.move"]._b2b_follow_deliveries()
        for number, mail in enumerate(server.taken, 1):
            (folder / f"{number:03}.eml").write_bytes(bytes(mail))
        with environment() as env:
            return _told(env, len(server.taken), folder)


def _answer(address):
    return "550 5.1.1 no such user here" if address.startswith(UNKNOWN) else "250 ok"


def _choose(env):
    """The youngest invoices of some customers, whose ways to receive them are set."""
    invoices = env["account.move"].search(
        [("move_type", "=", "out_invoice"), ("state", "=", "posted"), ("b2b_delivery_state", "=", False)],
        order="invoice_date desc, id desc",
    )
    by_customer = invoices.grouped("commercial_partner_id")
    customers = sorted(by_customer, key=lambda customer: (-len(by_customer[customer]), customer.id))[:CUSTOMERS]
    for place, customer in enumerate(customers):
        customer.invoice_sending_method = CHANNELS[place]
        people = customer | customer.child_ids
        if place == REFUSED:
            people.filtered(lambda person: person.type == "invoice").email = False
            customer.email = f"{UNKNOWN}{customer.id}.example"
        elif place == TOGETHER:
            customer.b2b_invoice_mails = "together"
            payables = {"name": "Accounts Payable", "type": "other", "parent_id": customer.id}
            contact = env["res.partner"].create({**payables, "email": f"payables@customer{customer.id}.example"})
            customer.b2b_delivery_recipient_ids = [
                Command.create({"document": "invoice", "role": "contact", "contact_id": contact.id}),
                Command.create({"document": "invoice", "role": "buyer"}),
            ]
        elif place == NO_ADDRESS:
            people.filtered(lambda person: not person.user_ids).email = False
    return env["account.move"].union(*(by_customer[customer][:EACH] for customer in customers))


def _told(env, taken, folder):
    found = env["account.move"]._read_group(
        [("b2b_delivery_state", "!=", False), ("state", "=", "posted")], ["b2b_delivery_state"], ["__count"]
    )
    labels = dict(env["account.move"]._fields["b2b_delivery_state"]._description_selection(env))
    states = ", ".join(f"{count} {labels[state].lower()}" for state, count in found)
    return f"{states}; {taken} emails in {folder}"
