"""Billing in the demo beside the orders: holidays, a down payment over two deliveries, a preview of the rest."""

from datetime import timedelta

from odoo import Command

CUSTOMER = "Hafenlabor Prüftechnik GmbH"
HOLIDAYS = (
    ("Neujahr", "2026-01-01", True),
    ("Karfreitag", "2026-04-03", False),
    ("Ostermontag", "2026-04-06", False),
    ("Tag der Arbeit", "2026-05-01", True),
    ("Christi Himmelfahrt", "2026-05-14", False),
    ("Pfingstmontag", "2026-05-25", False),
    ("Tag der Deutschen Einheit", "2026-10-03", True),
    ("Erster Weihnachtstag", "2026-12-25", True),
    ("Zweiter Weihnachtstag", "2026-12-26", True),
)
MONTH_END = {
    "name": "Month end, all in one",
    "trigger": "schedule",
    "frequency": "month_end",
    "day_off_shift": "next",
    "grouping": "all",
    "minimum_amount": 50.0,
    "late_change": "next_invoice",
    "auto_send": False,
}

SHIPPED = {"trigger": "shipped", "grouping": "order", "minimum_amount": 0.0, "late_change": "credit_note"}


def ensure(env, company, today):
    """Make what is missing of it, once.

    :returns: the run that previews what is left to bill
    """
    if not env["b2b.holiday"].search_count([]):
        country = env.ref("base.de").id
        env["b2b.holiday"].create(
            [{"name": name, "date": day, "yearly": yearly, "country_id": country} for name, day, yearly in HOLIDAYS]
        )
    if not env["b2b.billing.policy"].search_count([("name", "=", MONTH_END["name"])]):
        policy = env["b2b.billing.policy"].create({**MONTH_END, "company_id": company.id})
        _order_with_down_payment(env, company, policy, today)
    run = env["b2b.billing.run"].search([("state", "=", "draft")], limit=1)
    if not run:
        run = env["b2b.billing.run"].create({"company_id": company.id, "date": today})
        run.action_preview()
    return run


def _order_with_down_payment(env, company, policy, today):
    """An order that was paid for by half and delivered by a part, which the down payment bears."""
    assembly = env["product.product"].create(
        {"name": "Assembly of a test bench", "type": "service", "invoice_policy": "delivery", "list_price": 480.0}
    )
    partner = env["res.partner"].create(
        {"name": CUSTOMER, "is_company": True, "city": "Hamburg", "country_id": env.ref("base.de").id}
    )
    order = env["sale.order"].create(
        {
            "partner_id": partner.id,
            "company_id": company.id,
            "client_order_ref": "BENCH-07",
            "b2b_billing_policy_id": policy.copy({**SHIPPED, "name": "When delivered"}).id,
            "order_line": [Command.create({"product_id": assembly.id, "product_uom_qty": 10})],
        }
    )
    order.action_confirm()
    order.date_order = today - timedelta(days=9)
    env["sale.advance.payment.inv"].with_context(active_ids=order.ids).create(
        {"advance_payment_method": "percentage", "amount": 50, "sale_order_ids": [Command.set(order.ids)]}
    ).create_invoices()
    order.invoice_ids.invoice_date = today - timedelta(days=8)
    order.invoice_ids.action_post()
    order.order_line.filtered(lambda line: line.product_id == assembly).qty_delivered = 6
    env["b2b.billing.run"]._bill(order, date=today)
