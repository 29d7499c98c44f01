"""What came of the demo's month, printed, and the checks: everything accounted for, books balanced."""

import json
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal

from odoo.tools import formatLang

from setup.progress import say

CENT = Decimal("0.01")
EXPLAINED = ("invoiced", "waits", "cancelled", "refunded", "refused", "price differs")
"""Where an order's total may have gone; "invoiced" is what is left of invoices after credit notes."""


def report(env, company, today):
    """Print what happened and check it.

    :returns: whether all checks hold
    """
    say("\n— What happened —")
    books, explained = _orders(env)
    _table(("Orders", "shop", *EXPLAINED, "left over"), books)
    for line in explained:
        say(f"  · {line}")
    _payments(env, company)
    _discrepancies(env)
    _receivables(env, company, today)
    say("\n— Checks —")
    checks = [
        (
            "shop orders = invoices + explained, per currency",
            all(row["left over"] == 0 for row in books.values()),
        ),
        ("every price difference is on record", _differences_on_record(env)),
        ("trial balance is zero", _trial_balance(env, company) == 0),
        ("invoiced ≤ ordered", _overbilled(env) == 0),
        ("ageing = receivables in the ledger", _ageing_agrees(env, company, today)),
        ("decision log is unbroken", env["b2b.decision"].sudo()._verify_chain(company)[1] is None),
    ]
    for name, holds in checks:
        say(f"  {'✓' if holds else '✗'} {name}")
    return all(holds for _name, holds in checks)


def _money(value):
    return Decimal(repr(value)).quantize(CENT)


def _orders(env):
    """Where each shop order's total went, per currency.

    Each column is counted from its own records; what none of them explains is left over.

    :returns: (dict currency → dict column → Decimal, list of reasons in words)
    """
    books = defaultdict(Counter)
    reasons = []
    records = env["magento.record"].sudo().search([("entity", "=", "orders")])
    orders = _orders_of(env, records)
    invoiced = _invoiced(env, orders.values())
    for record in records:
        payload = json.loads(record.payload)
        row = books[payload["order_currency_code"]]
        total = _money(payload["grand_total"])
        row["shop"] += total
        order = orders.get(record.external_id)
        if record.state == "set_aside" and record.reason:
            row["refused"] += total
            reasons.append(f"order {record.reference} refused: {record.reason}")
        elif order and order.state == "cancel" and payload["state"] in ("canceled", "closed"):
            row["cancelled"] += _money(order.amount_total)
        elif order:
            row["invoiced"] += invoiced[order.id]
            row["refunded"] += _refunded(order)
            reason = _why_it_waits(order)
            if reason:
                row["waits"] += _not_invoiced(order)
                reasons.append(f"order {order.origin or order.name} waits: {reason}")
            if any(case.type == "price" for case in order.b2b_discrepancy_ids):
                row["price differs"] += total - _taken_off(order) - _money(order.amount_total)
    for row in books.values():
        row["left over"] = row["shop"] - sum((row[name] for name in EXPLAINED), Decimal(0))
    summary = Counter(reason if "refused" in reason else reason.split(" waits: ")[1] for reason in reasons)
    return books, [
        f"{count} × waits: {text}" if "refused" not in text else text for text, count in summary.most_common()
    ]


def _refunded(order):
    """What the shop refunded of an order, by its own credit memos."""
    memos = order.magento_document_ids.filtered(lambda memo: memo.kind == "credit_memo" and memo.state != "cancelled")
    return sum((_money(memo.amount_total) for memo in memos), Decimal(0))


def _taken_off(order):
    """What the shop refunded before it was invoiced here: it is off the order, and in no credit note."""
    memos = order.magento_document_ids.filtered(lambda memo: memo.kind == "credit_memo" and memo.state != "cancelled")
    return _refunded(order) - sum((_money(total) for total in memos.move_id.mapped("amount_total")), Decimal(0))


def _why_it_waits(order):
    """The reason in words why a part of the order is not invoiced; empty when nothing waits."""
    if order.state == "draft":
        return "the shop has not released it yet (payment pending or under review)"
    return order.b2b_billing_reason if _not_invoiced(order) else ""


def _not_invoiced(order):
    """The order's amount for the quantities that no invoice has, from its lines: net and tax, each to the cent."""
    waiting = Decimal(0)
    for line in order.order_line.filtered("product_uom_qty"):
        billed = line.invoice_lines.filtered(
            lambda part: part.parent_state == "posted" and part.move_id.move_type == "out_invoice"
        )
        done = Decimal(repr(sum(billed.mapped("quantity")))) / Decimal(repr(line.product_uom_qty))
        for amount in (_money(line.price_subtotal), _money(line.price_tax)):
            waiting += amount - (amount * done).quantize(CENT, ROUND_HALF_UP)
    return waiting


def _orders_of(env, records):
    bindings = (
        env["magento.binding"]
        .sudo()
        .search([("entity", "=", "orders"), ("external_id", "in", records.mapped("external_id"))])
    )
    return {binding.external_id: env["sale.order"].browse(binding.res_id).exists() for binding in bindings}


def _invoiced(env, orders):
    """Posted amounts of each order, tax included, in its currency."""
    result = defaultdict(Decimal)
    for order in orders:
        for line in order.order_line.invoice_lines:
            if line.parent_state == "posted":
                sign = 1 if line.move_id.move_type == "out_invoice" else -1
                result[order.id] += sign * _money(line.price_total)
        for note in order.magento_document_ids.move_id.filtered(lambda move: move.move_type == "out_refund"):
            adjustments = note.invoice_line_ids.filtered(lambda line: not line.sale_line_ids)
            result[order.id] -= sum((_money(line.price_total) for line in adjustments), Decimal(0))
    return result


def _payments(env, company):
    lines = env["account.bank.statement.line"].search([("company_id", "=", company.id)])
    automatic = lines.filtered("b2b_automatic")
    say(f"\nBank lines: {len(lines)}, applied with no hand on them: {len(automatic)}")
    states = Counter(dict(lines._fields["b2b_state"]._description_selection(env))[line.b2b_state] for line in lines)
    say("  " + ", ".join(f"{count} {state.lower()}" for state, count in states.most_common()))


def _discrepancies(env):
    cases = env["b2b.discrepancy"].search([("state", "=", "open")])
    say(f"\nOpen discrepancies: {len(cases)}")
    labels = dict(cases._fields["type"]._description_selection(env))
    for kind, group in cases.grouped("type").items():
        say(f"  {len(group)} × {labels[kind]}, for example: {group[0].name}")


def _receivables(env, company, today):
    figures = env["b2b.receivables"].sudo()._figures(company, today)
    ageing = env["b2b.receivables"].sudo()._ageing(company, today)
    say(
        f"\nReceivables {formatLang(env, figures['receivables'], currency_obj=company.currency_id)}, "
        f"overdue {formatLang(env, figures['overdue'], currency_obj=company.currency_id)}"
    )
    say(
        f"  DSO {_days(figures['dso'])}, countback {_days(figures['dso_countback'])}, "
        f"best possible {_days(figures['dso_best'])}, "
        f"average days delinquent {_days(figures['delinquent_days'])}, CEI {_days(figures['cei'])} %"
    )
    say(
        "  ageing: "
        + ", ".join(
            f"{bucket} {formatLang(env, amount, currency_obj=company.currency_id)}" for bucket, amount in ageing.items()
        )
    )


def _days(value):
    return "–" if value is None else f"{value:.1f}"


def _differences_on_record(env):
    """Each order whose total is not the shop's has a price discrepancy, settled or not."""
    records = env["magento.record"].sudo().search([("entity", "=", "orders"), ("state", "=", "done")])
    orders = _orders_of(env, records)
    for record in records:
        order = orders.get(record.external_id)
        total = _money(json.loads(record.payload)["grand_total"])
        if order and total != _money(order.amount_total) + _taken_off(order):
            decided = (
                env["b2b.decision"]
                .sudo()
                .search_count(
                    [("subject_model", "=", "sale.order"), ("subject_id", "=", order.id), ("kind", "=", "price")]
                )
            )
            if not decided and not order.b2b_discrepancy_ids.filtered(lambda case: case.type == "price"):
                return False
    return True


def _trial_balance(env, company):
    [(balance,)] = env["account.move.line"]._read_group(
        [("company_id", "=", company.id), ("parent_state", "=", "posted")], [], ["balance:sum"]
    )
    return company.currency_id.round(balance)


def _overbilled(env):
    lines = env["sale.order.line"].search([("display_type", "=", False)])
    return len(lines.filtered(lambda line: line.qty_invoiced > max(line.product_uom_qty, line.qty_delivered) + 1e-6))


def _ageing_agrees(env, company, today):
    receivables = env["b2b.receivables"].sudo()
    ageing = sum(receivables._ageing(company, today).values())
    accounts = receivables._receivable_accounts(company)
    [(balance,)] = env["account.move.line"]._read_group(
        [
            ("account_id", "in", accounts.ids),
            ("parent_state", "=", "posted"),
            ("date", "<=", today),
            ("company_id", "=", company.id),
        ],
        [],
        ["balance:sum"],
    )
    return company.currency_id.is_zero(ageing - balance)


def _table(columns, rows):
    first, *names = columns
    say(f"{first:8}" + "".join(f"{name:>15}" for name in names))
    for currency, row in sorted(rows.items()):
        say(f"{currency:8}" + "".join(f"{row[name]:>15,.2f}" for name in names))
