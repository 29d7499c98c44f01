"""The agreements of the sandbox shop's world as contracts in Odoo, approved by another person than their editor."""

from datetime import timedelta

from odoo import Command

from magento_sandbox.agreements import PRICE_AGREEMENTS
from magento_sandbox.catalog import PRODUCTS
from magento_sandbox.companies import BY_KEY
from order_to_cash.renewal import Renewal

from . import rebates

# How each agreement is billed, and what happens when the shop's price is another than the contract's.
TERMS = {
    "hansen": (
        {
            "name": "Weekly, all in one",
            "trigger": "schedule",
            "frequency": "weekly",
            "weekday": "4",
            "grouping": "all",
        },
        "accept",
    ),
    "brandt": ({"name": "When complete, per order", "trigger": "completed", "grouping": "order"}, "contract"),
    "lindner": (
        {"name": "When ordered, per PO number", "trigger": "ordered", "grouping": "po_number", "po_required": True},
        "hold",
    ),
}
HISTORY_DAYS = 120
COST_SHARE = 0.62
# What happens at the end: one renews itself and its notice is due soon, one is to be renegotiated.
ENDS = {
    "brandt": lambda today: {
        "date_end": last_day_with_notice(today + timedelta(days=12)),
        "renewal_kind": "renews",
        "notice_count": 3,
    },
    "lindner": lambda today: {
        "date_end": today + timedelta(days=75),
        "renewal_kind": "negotiate",
        "notice_count": 30,
        "notice_unit": "day",
    },
}


def ensure(env, company, today):
    """Make and approve the contracts that are not there yet, and the billing policies they name.

    :returns: the new contracts
    """
    _ensure_costs(env)
    contracts = env["b2b.contract"]
    for agreement in PRICE_AGREEMENTS:
        partner = _commercial_entity(env, BY_KEY[agreement.company])
        if contracts.search_count([("partner_id", "=", partner.id), ("state", "=", "active")]):
            continue
        policy, difference = TERMS[agreement.company]
        contract = env["b2b.contract"].create(
            {
                "title": agreement.name,
                "partner_id": partner.id,
                "company_id": company.id,
                "currency_id": env.ref(f"base.{agreement.currency}").id,
                "date_start": today - timedelta(days=HISTORY_DAYS),
                "price_difference_policy": difference,
                "billing_policy_id": _policy(env, company, policy).id,
                "payment_term_id": payment_term(env, BY_KEY[agreement.company].payment_days).id,
                "rule_ids": [Command.create(_rule(env, rule)) for rule in agreement.rules],
                "rebate_ids": rebates.agreed(agreement.company),
                **ENDS.get(agreement.company, lambda _today: {})(today),
            }
        )
        contract.action_submit()
        approver = env["res.users"].search([("login", "=", "approver")])
        contract.with_user(approver).action_approve()
        contracts += contract
    return contracts


def ensure_life(env, today):
    """Show the life of contracts: a template, a version that is approved and one that is prepared, a reminder.

    :returns: how many records are new
    """
    contracts = env["b2b.contract"]
    if contracts.search_count([("state", "=", "template")]):
        return 0
    contract = contracts.search(
        [("partner_id.name", "=", BY_KEY["hansen"].name), ("state", "=", "active"), ("rule_ids", "!=", False)], limit=1
    )
    template = contracts.browse(contract.action_save_as_template()["res_id"])
    template.write(
        {
            "title": "Industrial supplies, one year",
            "date_start": today,
            "date_end": Renewal(today - timedelta(days=1)).end(1),
            "renewal_kind": "renews",
            "notice_count": 3,
        }
    )
    approver = env["res.users"].search([("login", "=", "approver")])
    for days, percent in ((30, 2), (60, 3)):
        amended = contracts.browse(contract.action_amend()["res_id"])
        amended.date_start = today + timedelta(days=days)
        for tier in amended.rule_ids.filtered(lambda rule: rule.computation == "fixed")[:2].tier_ids:
            tier.price = round(tier.price * (1 + percent / 100), 2)
        if days == 30:
            amended.action_submit()
            amended.with_user(approver).action_approve()
            contract = amended
    contracts._cron_expire()
    return 3


def last_day_with_notice(deadline):
    """The last day of a contract whose notice of three months is due on a day."""
    return Renewal(deadline, 3, "month").end(1)


def ensure_payment_terms(env):
    """Give each company of the shop its payment term."""
    for key, company in BY_KEY.items():
        partner = _commercial_entity(env, BY_KEY[key])
        term = payment_term(env, company.payment_days)
        if partner.property_payment_term_id != term:
            partner.property_payment_term_id = term


def payment_term(env, days):
    """The term “net so many days”, made when it is not there."""
    name = f"{days} days net"
    return env["account.payment.term"].search([("name", "=", name)], limit=1) or env["account.payment.term"].create(
        {
            "name": name,
            "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": days})],
        }
    )


def _commercial_entity(env, company):
    return env["res.partner"].search([("name", "=", company.name), ("parent_id", "=", False)], limit=1)


def _policy(env, company, values):
    known = env["b2b.billing.policy"].search([("name", "=", values["name"]), ("company_id", "=", company.id)], limit=1)
    return known or env["b2b.billing.policy"].create({**values, "company_id": company.id, "auto_send": False})


def _rule(env, rule):
    values = {
        "scope": {"product": "variant", "category": "category", "all": "all"}[rule.scope],
        "computation": rule.computation,
        "mode": rule.mode or "volume",
    }
    if rule.scope == "product":
        values["product_id"] = env["product.product"].search([("default_code", "=", rule.target)], limit=1).id
    elif rule.scope == "category":
        values["categ_id"] = _category(env, rule.target).id
    if rule.computation == "discount":
        tiers = [{"floor": 1, "percent": float(rule.percent)}]
    else:
        tiers = [{"floor": floor, "price": float(price)} for floor, price in rule.tiers]
    return {**values, "tier_ids": [Command.create(tier) for tier in tiers]}


def _ensure_costs(env):
    """Give the goods a cost, so that margins can be compared; the shop knows none."""
    for product in env["product.product"].search([("default_code", "!=", False), ("list_price", ">", 0)]):
        if not product.standard_price:
            product.standard_price = round(product.list_price * COST_SHARE, 2)


def _category(env, name):
    """The product category of that name, with the shop's products of that category in it."""
    category = env["product.category"].search([("name", "=", name)], limit=1)
    category = category or env["product.category"].create({"name": name})
    codes = [product.sku for product in PRODUCTS if product.category == name]
    products = env["product.template"].search([("default_code", "in", codes), ("categ_id", "!=", category.id)])
    products.categ_id = category
    return category
