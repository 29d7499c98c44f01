"""A contract whose tiers count what was bought over a year, and a quotation whose prices say so."""

from datetime import timedelta

from odoo import Command

from . import contracts

CUSTOMER = "Auenthal Chemie GmbH"
PRODUCT = "PU-TP50"
TIERS = ((1, 108.0), (20, 103.0), (50, 98.0))
QUANTITY = 12


def ensure(env, company, today):
    """Make and approve the contract, and write the quotation, once.

    :returns: the quotation, empty when it was there before
    """
    partner = env["res.partner"].search([("name", "=", CUSTOMER), ("parent_id", "=", False)], limit=1)
    quotations = env["sale.order"]
    if env["b2b.contract"].search_count([("partner_id", "=", partner.id)]):
        return quotations
    product = env["product.product"].search([("default_code", "=", PRODUCT)], limit=1)
    _contract(env, company, partner, product, today)
    return quotations.create(
        {
            "partner_id": partner.id,
            "order_line": [Command.create({"product_id": product.id, "product_uom_qty": QUANTITY})],
        }
    )


def _contract(env, company, partner, product, today):
    rule = {
        "scope": "variant",
        "product_id": product.id,
        "mode": "graduated",
        "basis": "cumulative",
        "period": "contract_year",
        "tier_ids": [Command.create({"floor": floor, "price": price}) for floor, price in TIERS],
    }
    contract = env["b2b.contract"].create(
        {
            "title": "Tauchpumpen, Jahresstaffel",
            "partner_id": partner.id,
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "date_start": today - timedelta(days=contracts.HISTORY_DAYS),
            "price_difference_policy": "accept",
            "rule_ids": [Command.create(rule)],
        }
    )
    contract.action_submit()
    contract.with_user(env["res.users"].search([("login", "=", "approver")])).action_approve()
