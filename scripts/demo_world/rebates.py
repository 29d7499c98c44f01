"""Rebates of the demo world: a yearly one that grows before everyone's eyes, and a monthly one with a settled month."""

from odoo import Command
from odoo.tools import formatLang

from setup.progress import say

ACCOUNTS = {
    "b2b_rebate_expense_account_id": ("8769", "Rebates granted to customers", "expense"),
    "b2b_rebate_liability_account_id": ("1798", "Rebates owed to customers", "liability_current"),
}
AGREED = {
    "hansen": {
        "name": "Yearly bonus",
        "period": "year",
        "anchor": "contract",
        "tiers": {1000: 1.0, 10000: 2.0, 50000: 3.0},
    },
    "brandt": {
        "name": "Monthly bonus",
        "period": "month",
        "settle_after_days": 7,
        "mode": "graduated",
        "tiers": {0: 1.0, 2000: 2.5},
    },
}


def agreed(key):
    """The rebates of a company's contract, as commands to create them."""
    if key not in AGREED:
        return []
    terms = dict(AGREED[key])
    tiers = [Command.create({"floor": floor, "percent": percent}) for floor, percent in terms.pop("tiers").items()]
    return [Command.create({**terms, "tier_ids": tiers})]


def run(env, company):
    """Choose the accounts, accrue what was invoiced, and settle the first month that is over."""
    _choose_accounts(env, company)
    while env["account.move"]._b2b_accrue_batch(1000):
        pass
    rows = env["b2b.rebate"]
    if not rows.search_count([("state", "=", "settled")]):
        over = rows.search([("state", "=", "to_settle"), ("left", ">", 0)], order="date_from", limit=1)
        if over:
            over.action_settle()
    for row in rows.search([("accrued", "!=", 0)], order="date_from"):
        accrued = formatLang(env, row.accrued, currency_obj=row.currency_id)
        say(f"  {row.partner_id.name}, {row.display_name}: {row.turnover_text}, {accrued}; {row.next_tier_text}")


def _choose_accounts(env, company):
    if company.b2b_rebate_journal_id:
        return
    company.b2b_rebate_journal_id = env["account.journal"].search(
        [("type", "=", "general"), ("company_id", "=", company.id)], limit=1
    )
    for field, (code, name, kind) in ACCOUNTS.items():
        known = env["account.account"].search([("name", "=", name)], limit=1)
        company[field] = known or env["account.account"].create(
            {"code": _free_code(env, code), "name": name, "account_type": kind}
        )


def _free_code(env, code):
    while env["account.account"].search_count([("code", "=", code)]):
        code = str(int(code) + 1)
    return code
