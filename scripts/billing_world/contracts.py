"""Recurring charges, as contracts of this project and as those of OCA: same customers, services, prices and days."""

from . import world

CHARGES_PER_CONTRACT = 5
POST_AT_ONCE = 100


def make(env, way, count):
    """Write contracts of five monthly charges each, of which this month is due.

    :param str way: `charges` for this project, `contract` for OCA's
    :param int count: number of contracts
    """
    env = env(context={**env.context, **world.CONTEXT})
    customers, products = world.basis(env)
    {"charges": _ours, "contract": _theirs}[way](env, customers, products, count)
    env.flush_all()


def _first_day(env):
    from odoo import fields

    return fields.Date.start_of(fields.Date.context_today(env.user), "month")


def _lines(products, number):
    for position in range(CHARGES_PER_CONTRACT):
        product = products[(number * 7 + position * 13) % len(products)]
        yield product, 10 + (number + position) % 90 * 1.37


def _ours(env, customers, products, count):
    from odoo.fields import Command

    day = _first_day(env)
    contracts = env["b2b.contract"].create(
        [
            {
                "partner_id": customers[number % len(customers)].id,
                "date_start": day,
                "charge_ids": [
                    Command.create({"product_id": product.id, "price_unit": price, "anchor_day": 1, "date_start": day})
                    for product, price in _lines(products, number)
                ],
            }
            for number in range(count)
        ]
    )
    contracts.action_submit()
    approver = env["res.users"].create(
        {
            "name": "Approver",
            "login": "approver",
            "group_ids": [Command.link(env.ref("b2b_invoice_automation.group_billing_manager").id)],
        }
    )
    contracts.with_user(approver).action_approve()


def _theirs(env, customers, products, count):
    from odoo.fields import Command

    day = _first_day(env)
    env["contract.contract"].create(
        [
            {
                "name": f"Contract {number}",
                "partner_id": customers[number % len(customers)].id,
                "line_recurrence": False,
                "recurring_rule_type": "monthly",
                "recurring_interval": 1,
                "recurring_invoicing_type": "pre-paid",
                "date_start": day,
                "recurring_next_date": day,
                "contract_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "name": product.name,
                            "quantity": 1,
                            "uom_id": product.uom_id.id,
                            "price_unit": price,
                            "date_start": day,
                        }
                    )
                    for product, price in _lines(products, number)
                ],
            }
            for number in range(count)
        ]
    )


def charges(env):
    """This project: a billing run planned and worked off by the scheduler's own jobs."""
    from . import ways

    ways.plan(env)
    ways.lane(env)


def contract(env):
    """OCA's `contract`: its scheduled job makes drafts, which are posted in batches."""
    env["contract.contract"].cron_recurring_create_invoice()
    env.cr.commit()
    drafts = env["account.move"].search([("state", "=", "draft"), ("move_type", "=", "out_invoice")], order="id")
    for start in range(0, len(drafts), POST_AT_ONCE):
        drafts[start : start + POST_AT_ONCE].with_context(tracking_disable=True).action_post()
        env.cr.commit()
        env.invalidate_all()
