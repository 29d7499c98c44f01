"""Recurring charges of the demo: yearly maintenance that follows a price index, and metered use of a compressor."""

from datetime import timedelta

from odoo import Command

CUSTOMER = "Hansen Anlagenbau GmbH"
HISTORY_DAYS = 120
INDEX = "Producer prices of machines, 2021 = 100"


def ensure(env, company, today):
    """Make and approve the contract with charges, once, and bill what came due since, period by period.

    :returns: the invoices that were made
    """
    partner = env["res.partner"].search([("name", "=", CUSTOMER), ("parent_id", "=", False)], limit=1)
    charges = env["b2b.contract.charge"].search([("partner_id", "=", partner.id)])
    if not charges:
        charges = _contract(env, company, partner, today).charge_ids
    moves = env["account.move"]
    for day in sorted({charge.date_next for charge in charges.origin_id if charge.date_next}):
        while day and day <= today:
            if any(verdict["group"] for verdict in charges.origin_id._b2b_charge_verdicts(day).values()):
                moves += env["b2b.billing.run"]._bill(charges.origin_id, date=day).move_ids
            following = min(filter(None, charges.mapped("date_next")), default=None)
            day = following if following and following > day else None
    return moves


def _contract(env, company, partner, today):
    begin = today.replace(day=1) - timedelta(days=HISTORY_DAYS)
    begin = begin.replace(day=16)
    contract = env["b2b.contract"].create(
        {
            "title": "Service and compressed air",
            "partner_id": partner.id,
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "date_start": begin,
            "sequence": 20,
            "billing_policy_id": _policy(env, company).id,
            "charge_ids": [
                Command.create(_maintenance(env, begin)),
                Command.create(_metered(env, company, partner, begin, today)),
            ],
        }
    )
    contract.action_submit()
    contract.with_user(env["res.users"].search([("login", "=", "approver")])).action_approve()
    return contract


def _policy(env, company):
    """Charges are due on their own days; the weekly closing day of the customer's orders is not theirs."""
    return env["b2b.billing.policy"].create(
        {"name": "Charges, when due", "company_id": company.id, "trigger": "ordered", "auto_send": False}
    )


def _maintenance(env, begin):
    index = env["b2b.price.index"].create(
        {
            "name": INDEX,
            "source": "https://statistics.example/machines",
            "value_ids": [
                Command.create({"month": begin.replace(year=begin.year - back), "value": value})
                for back, value in ((1, 118.4), (0, 123.1))
            ],
        }
    )
    return {
        "product_id": _product(env, "Maintenance of the compressor", "uom.product_uom_unit").id,
        "interval_unit": "year",
        "anchor_day": 1,
        "date_start": begin,
        "price_unit": 1450.0,
        "po_number": "HAN-4500218",
        "indexation": "index",
        "index_id": index.id,
        "index_start": begin.replace(year=begin.year - 1),
        "has_floor": True,
        "has_cap": True,
        "index_cap": 3.0,
    }


def _metered(env, company, partner, begin, today):
    """Monthly, with a reading at the end of each month but the last, which therefore waits."""
    unit = env.ref("uom.product_uom_cubic_meter")
    months = [begin - timedelta(days=1)]
    while (following := _last_day(months[-1] + timedelta(days=1))) < today.replace(day=1):
        months.append(following)
    counters = [41_870 + 1_263.5 * number + 37 * (number % 3) for number in range(len(months))]
    readings = list(zip(months, counters, strict=True))[: max(len(months) - 1, 2)]
    meter = env["b2b.meter"].create(
        {
            "name": "DL-20417",
            "partner_id": partner.id,
            "company_id": company.id,
            "uom_id": unit.id,
            "highest": 1_000_000,
            "reading_ids": [Command.create({"date": day, "value": value}) for day, value in readings],
        }
    )
    return {
        "product_id": _product(env, "Compressed air", "uom.product_uom_cubic_meter").id,
        "timing": "arrears",
        "anchor_day": 1,
        "date_start": begin,
        "quantity_source": "meter",
        "meter_id": meter.id,
        "price_unit": 0.0385,
    }


def _product(env, name, unit):
    return env["product.product"].create({"name": name, "type": "service", "uom_id": env.ref(unit).id})


def _last_day(day):
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
