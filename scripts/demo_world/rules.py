"""How the demo company has its bank lines applied: the matching rule is switched on, the bank's fees have a model."""

from odoo.fields import Command

FEES = "Account fees of Hansebank"
STRICT = "No tolerance for distributors"


def ensure(env, company):
    """Switch on the matching rule, and make a model for fees and a stricter rule for a group; what is there stays.

    A new rule only proposes; the demo's accountant has tried it and trusts it.

    :returns: how many were made
    """
    models = env["account.reconcile.model"].sudo()
    rule = models._b2b_rules(company)[:1]
    rule.trigger = "auto_reconcile"
    there = models.with_context(active_test=False).search([("company_id", "=", company.id)]).mapped("name")
    wanted = {FEES: _fees(env, company), STRICT: _strict(env, rule)}
    made = [{"name": name, "company_id": company.id, **values} for name, values in wanted.items() if name not in there]
    return len(models.create(made))


def _fees(env, company):
    expenses = [("company_ids", "in", company.id), ("account_type", "=", "expense")]
    accounts = env["account.account"].sudo().with_company(company)
    account = accounts.search([*expenses, ("name", "ilike", "bank")], limit=1) or accounts.search(expenses, limit=1)
    return {
        "trigger": "auto_reconcile",
        "match_label": "contains",
        "match_label_param": "Kontofuehrung",
        "match_amount": "between",
        "match_amount_min": -50.0,
        "match_amount_max": -0.01,
        "line_ids": [Command.create({"account_id": account.id, "amount_string": "100", "label": "Account fee"})],
    }


def _strict(env, rule):
    return {
        "b2b_engine": True,
        "b2b_final": True,
        "trigger": rule.trigger,
        "sequence": rule.sequence - 1,
        "b2b_tolerance_amount": 0.0,
        "b2b_tolerance_percent": 0.0,
        "b2b_category_ids": [Command.set(_group(env).ids)],
    }


def _group(env):
    groups = env["res.partner.category"].sudo()
    return groups.search([("name", "=", "Distributors")], limit=1) or groups.create({"name": "Distributors"})
