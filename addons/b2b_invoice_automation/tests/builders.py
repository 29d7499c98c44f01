"""Builders of test data in the words of the domain; each takes an environment and keyword values, and returns records.

``contract(env, customer, [price_rule(product, {1: 10, 100: 9})])`` reads as a sentence: an active contract, approved by
another person.
"""

from itertools import count

from odoo import SUPERUSER_ID
from odoo.fields import Command
from odoo.tests import new_test_user

_number = count(1)

MANAGER_GROUPS = "b2b_invoice_automation.group_billing_manager"


def customer(env, name="Fastener World", **values):
    """Return a company that owes money."""
    return env["res.partner"].create({"name": name, "is_company": True, **values})


def buyer(env, company, name="Ada Buyer", **values):
    """Return a person who orders for a company."""
    return env["res.partner"].create({"name": name, "parent_id": company.id, "type": "contact", **values})


def product(env, name="Hex bolt M8", price=12.0, **values):
    """Return a storable-or-not product variant without taxes, billed by ordered quantity."""
    return env["product.product"].create(
        {
            "name": name,
            "list_price": price,
            "type": "consu",
            "invoice_policy": "order",
            "taxes_id": [Command.clear()],
            **values,
        }
    )


def price_rule(about=None, tiers=None, **values):
    """Return the create values of a price rule.

    :param about: a product variant, template or category, or ``None`` for all products
    :param dict tiers: floor → price (or percent, where ``computation`` is another than fixed)
    """
    kinds = {
        "product.product": ("variant", "product_id"),
        "product.template": ("product", "product_tmpl_id"),
        "product.category": ("category", "categ_id"),
    }
    if about is None:
        values.setdefault("scope", "all")
    else:
        kind, field = kinds[about._name]
        values = {**values, "scope": kind, field: about.id}
    amount = "price" if values.get("computation", "fixed") == "fixed" else "percent"
    return {
        **values,
        "tier_ids": [Command.create({"floor": floor, amount: value}) for floor, value in (tiers or {1: 10}).items()],
    }


def rebate(tiers=None, about=None, **values):
    """Return the create values of a rebate on calendar years, without days to wait.

    :param dict tiers: floor → percent (or amount, where ``reward`` is ``per_unit``)
    :param about: a product variant, template or category, or ``None`` for all products
    """
    if about is not None:
        kinds = {"product.product": ("variant", "product_id"), "product.template": ("product", "product_tmpl_id")}
        kind, field = kinds.get(about._name, ("category", "categ_id"))
        values = {**values, "scope": kind, field: about.id}
    reward = "percent" if values.get("reward", "percent") == "percent" else "amount"
    tiers = tiers or {1000: 2, 5000: 3}
    return {
        "settle_after_days": 0,
        **values,
        "tier_ids": [Command.create({"floor": floor, reward: value}) for floor, value in tiers.items()],
    }


def contract(env, partner, rules=(), state="active", **values):
    """Return a contract in the wanted state; active ones are approved by another manager."""
    made = env["b2b.contract"].create(
        {
            "partner_id": partner.id,
            "date_start": "2026-01-01",
            "rule_ids": [Command.create(rule) for rule in rules],
            **values,
        }
    )
    if state != "draft":
        made.action_submit()
    if state == "active":
        approve(made)
    return made


def approve(contracts):
    """Let a manager who did not edit them approve submitted contracts."""
    contracts.with_user(_approver(contracts.env)).action_approve()
    contracts.invalidate_recordset()


def order(env, partner, lines=(), confirm=False, **values):
    """Return a sale order.

    :param lines: (product, quantity) pairs, or (product, quantity, {field: value})
    """
    made = (
        env["sale.order"]
        .sudo()
        .create(
            {
                "partner_id": partner.id,
                "date_order": "2026-03-10 09:00:00",
                "order_line": [
                    Command.create(
                        {"product_id": line[0].id, "product_uom_qty": line[1], **(line[2] if len(line) > 2 else {})}
                    )
                    for line in lines
                ],
                **values,
            }
        )
    )
    made = made.sudo(env.su)
    if confirm:
        made.with_context(mail_notrack=True).action_confirm()
        made.date_order = values.get("date_order", "2026-03-10 09:00:00")
    return made


def _approver(env):
    login = "contract_approver"
    user = env["res.users"].sudo().with_context(active_test=False).search([("login", "=", login)])
    if user:
        return user
    system = env(user=SUPERUSER_ID, su=True)
    return new_test_user(system, login, MANAGER_GROUPS, company_ids=[Command.set(system["res.company"].search([]).ids)])
