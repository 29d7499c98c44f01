"""Books decisions of the cash application engine: journal items on the bank lines, reconciled with what they pay.

Apart from the matching, because a person's decision and the engine's are booked the same way. A batch costs one
deletion, one creation and one reconciliation, however many lines it has.
"""

from dataclasses import dataclass
from decimal import Decimal

from odoo.exceptions import UserError

from ..order_to_cash.cash import Decision
from ..order_to_cash.money import allocate, round_half_up, to_decimal
from .cash_booking_plain import COLUMNS, PLAIN, PlainBooking

ZERO = Decimal(0)
QUIET_RECONCILIATION = {"tracking_disable": True, "mail_notrack": True, "b2b_no_paid_note": True}
QUIET = {
    **QUIET_RECONCILIATION,
    "skip_account_move_synchronization": True,
    "skip_invoice_sync": True,
    "skip_readonly_check": True,
}


@dataclass
class Entry:
    """One bank line and what is decided about it.

    :param line: account.bank.statement.line
    :param decision: the engine's Decision, or one that a person made
    :param rule: account.reconcile.model, or empty
    :param partner: whose money it is; empty where unknown
    :param remainder_account: account.account that takes the remainder; empty leaves it to be explained
    :param write_off_account: account.account for tolerated differences, instead of the rule's
    :param counterparts: further journal items that explain the line, as `_b2b_counterparts` of a reconciliation model
        gives them
    """

    line: object
    decision: Decision
    rule: object
    partner: object
    remainder_account: object = None
    write_off_account: object = None
    counterparts: tuple = ()


class CashBooking:
    """Books entries of one company.

    :param company: res.company
    """

    def __init__(self, company):
        self.company = company
        self.env = company.env
        if not self.env["account.analytic.distribution.model"].sudo().search_count([], limit=1):
            self.env = self.env(context={**self.env.context, "b2b_no_distribution_models": True})
        self._unit = company.currency_id.rounding

    def book(self, entries):
        """Book and reconcile.

        :param entries: list of Entry
        :raises UserError: when one cannot be booked; nothing of the batch may be kept then
        """
        moves = self.env["account.move"].browse([entry.line.move_id.id for entry in entries]).with_context(**QUIET)
        moves._check_fiscal_lock_dates()
        items = [allocation.item for entry in entries for allocation in entry.decision.allocations]
        self._items = self.env["account.move.line"].browse(items)
        parts = [(entry, waiting := self._waiting(entry.line), self._values(entry, waiting)) for entry in entries]
        booking = PlainBooking(self.env(context={**self.env.context, **QUIET}), self.company)
        plain, others = booking.take(parts)
        self.env.flush_all()
        with moves._check_balanced({"records": moves}):
            booking.book(plain)
            pairs = self._create(others)
            self._set_partners(entries)
        self._reconcile(pairs)

    def _create(self, parts):
        """Create the journal items of entries by core; returns pairs of ids to reconcile."""
        plan, turned, created, dropped = [], [], [], self._items.browse()
        for entry, waiting, found in parts:
            for values, item in found:
                if waiting and values.keys() <= PLAIN:
                    turned.append((waiting, values))
                    plan.append((waiting, item))
                    waiting = None
                else:
                    created.append({**values, "move_id": entry.line.move_id.id})
                    plan.append((None, item))
            dropped |= waiting or dropped
        # Odoo sets taxes of a posted item only when that is made, so none can be turned into one with taxes.
        dropped.with_context(**QUIET, force_delete=True).unlink()
        self._turn(turned)
        new = iter(self.env["account.move.line"].with_context(**QUIET).create(created))
        lines = [(line or next(new), item) for line, item in plan]
        return [(line.id, item.id) for line, item in lines if item]

    def _reconcile(self, pairs):
        """Reconcile pairs of journal items by core."""
        if not pairs:
            return
        quiet = dict(QUIET_RECONCILIATION)
        currencies = self._items.currency_id
        if currencies == self.company.currency_id and not self.company.tax_exigibility:
            # Neither exchange nor cash basis entries can come of it, so no document's lines are to be synchronised.
            quiet["skip_invoice_sync"] = True
        all_items = self.env["account.move.line"].with_context(**quiet).browse([one for pair in pairs for one in pair])
        all_items._reconcile_plan([all_items.browse(pair).with_prefetch(all_items._prefetch_ids) for pair in pairs])

    def _waiting(self, line):
        """The journal item that holds what of a bank line is not explained yet."""
        waiting = line._seek_for_lines()[1]
        if not waiting:
            raise UserError(self.env._("“%(line)s” is applied already; undo that first.", line=line.payment_ref))
        return waiting

    def _turn(self, turned):
        """Turn the waiting journal items into what settles an item, all in one update.

        What depends on them is marked to be computed, as a write would do for each.
        """
        if not turned:
            return
        self.env.flush_all()
        self.env.cr.execute_values(
            """UPDATE account_move_line item
                  SET name = new.name, account_id = new.account_id, partner_id = new.partner_id::int,
                      currency_id = new.currency_id, reconcile_model_id = new.reconcile_model_id::int,
                      amount_currency = new.amount_currency, balance = new.balance
                 FROM (VALUES %s) new(id, name, account_id, partner_id, currency_id, reconcile_model_id,
                      amount_currency, balance)
                WHERE item.id = new.id""",
            [
                (line.id, *(values[name] or None for name in COLUMNS), values["amount_currency"], values["balance"])
                for line, values in turned
            ],
            page_size=len(turned),
        )
        lines = self.env["account.move.line"].browse([line.id for line, _values in turned])
        lines.invalidate_recordset(PLAIN, flush=False)
        lines.modified(PLAIN)

    def _set_partners(self, entries):
        """Tell lines, entries and their bank items who paid; nothing else of them depends on it."""
        known = [
            (entry.line.id, entry.line.move_id.id, entry.partner.id)
            for entry in entries
            if entry.partner and entry.line.partner_id != entry.partner
        ]
        if not known:
            return
        self.env.flush_all()
        cr = self.env.cr
        cr.execute_values(
            """UPDATE account_bank_statement_line line
                  SET partner_id = paid.partner_id,
                      b2b_partner_set = line.partner_id IS NULL OR COALESCE(line.b2b_partner_set, FALSE)
                 FROM (VALUES %s) paid(line_id, move_id, partner_id) WHERE line.id = paid.line_id""",
            known,
            page_size=len(known),
        )
        cr.execute_values(
            """UPDATE account_move move SET partner_id = paid.partner_id, commercial_partner_id = paid.partner_id,
                      invoice_partner_display_name = NULL
                 FROM (VALUES %s) paid(line_id, move_id, partner_id) WHERE move.id = paid.move_id""",
            known,
            page_size=len(known),
        )
        cr.execute_values(
            """UPDATE account_move_line item SET partner_id = paid.partner_id
                 FROM (VALUES %s) paid(line_id, move_id, partner_id)
                WHERE item.move_id = paid.move_id AND item.partner_id IS NULL""",
            known,
            page_size=len(known),
        )
        lines = self.env["account.bank.statement.line"].browse([line for line, _move, _partner in known])
        moves = self.env["account.move"].browse([move for _line, move, _partner in known])
        lines.invalidate_recordset(["partner_id", "b2b_partner_set"], flush=False)
        moves.invalidate_recordset(["partner_id", "commercial_partner_id", "invoice_partner_display_name"], flush=False)
        moves.line_ids.invalidate_recordset(["partner_id"], flush=False)

    def _values(self, entry, suspense):
        """Journal item values with the open item each one settles (or None)."""
        decision = entry.decision
        currency = self.env["res.currency"]._b2b_by_name(decision.currency)
        booked = -to_decimal(suspense.balance, 6)
        amounts = [allocation.amount for allocation in decision.allocations] + [decision.remainder]
        amounts += [-part["amount"] for part in entry.counterparts]
        is_home = currency == self.company.currency_id
        shares = amounts if is_home else allocate(booked, amounts, self._unit)
        counted = sum(amounts)
        rate = Decimal(1) if is_home or not counted else booked / counted
        found, total = [], ZERO
        for allocation, share in zip(decision.allocations, shares, strict=False):
            for values, item in self._allocation_values(entry, allocation, share, rate, currency):
                found.append((values, item))
                total += to_decimal(values["balance"], 6)
        if decision.remainder:
            share = shares[len(decision.allocations)]
            values = self._remainder_values(entry, suspense, share, currency, counted)
            found.append((values, None))
            total += to_decimal(values["balance"], 6)
        for part, share in zip(entry.counterparts, shares[len(decision.allocations) + 1 :], strict=True):
            values = self._line(entry, part["account"], currency, part["amount"], -share, part["label"])
            values |= {"partner_id": (part["partner"] or entry.partner).id, **part["extra"]}
            found.append((values, None))
            total += to_decimal(values["balance"], 6)
        rest = -booked - round_half_up(total, self._unit)
        if rest:
            found.append((self._exchange_values(entry, rest), None))
        return [({**values, "reconcile_model_id": entry.rule.id}, item) for values, item in found]

    def _allocation_values(self, entry, allocation, share, rate, currency):
        item = self._items.browse(allocation.item).with_prefetch(self._items._prefetch_ids)
        given = []
        if allocation.discount:
            given += self._discount_values(entry, item, allocation.discount, rate, currency)
        if allocation.write_off:
            account = self._write_off_account(entry, allocation.write_off)
            label = self.env._("Tolerated difference of %(document)s", document=item.move_id.name)
            given.append(self._line(entry, account, currency, allocation.write_off, allocation.write_off * rate, label))
        if allocation.charge:
            label = self.env._("Bank charges of %(document)s", document=item.move_id.name)
            account = entry.rule.b2b_charge_account_id
            self._need(account, self.env._("bank charges"), entry)
            given.append(self._line(entry, account, currency, allocation.charge, allocation.charge * rate, label))
        balance = share + sum((to_decimal(values["balance"], 6) for values in given), ZERO)
        if currency == self.company.currency_id:
            balance += allocation.exchange_difference
        settled = self._line(entry, item.account_id, currency, -allocation.settled, -balance)
        settled["partner_id"] = item.partner_id.id
        return [(settled, item), *((values, None) for values in given)]

    def _discount_values(self, entry, item, discount, rate, currency):
        """The discount, with its tax where the payment term says so: as core's own payments book it."""
        label = self.env._("Early payment discount of %(document)s", document=item.move_id.name)
        balance = round_half_up(discount * rate, self._unit)
        if not entry.rule.b2b_discount_account_id and item.display_type == "payment_term":
            by_kind = item.move_id._get_invoice_counterpart_amls_for_early_payment_discount(
                [
                    {
                        "aml": item,
                        "amount_currency": -item.amount_residual_currency,
                        "balance": -item.amount_residual,
                    }
                ],
                float(balance),
            )
            values_list = [dict(values) for kind in by_kind.values() for values in kind]
            if sum(to_decimal(values["amount_currency"], 6) for values in values_list) == discount:
                return values_list
        account = entry.rule.b2b_discount_account_id or (
            self.company.account_journal_early_pay_discount_loss_account_id
            if discount > 0
            else self.company.account_journal_early_pay_discount_gain_account_id
        )
        self._need(account, self.env._("early payment discounts"), entry)
        return [self._line(entry, account, currency, discount, balance, label)]

    def _write_off_account(self, entry, amount):
        account = (
            entry.write_off_account
            or entry.rule.b2b_write_off_account_id
            or (
                self.company.default_cash_difference_expense_account_id
                if amount > 0
                else self.company.default_cash_difference_income_account_id
            )
        )
        self._need(account, self.env._("differences"), entry)
        return account

    def _remainder_values(self, entry, suspense, share, currency, counted):
        remainder = entry.decision.remainder
        if entry.remainder_account:
            return self._line(entry, entry.remainder_account, currency, -remainder, -share)
        waiting = suspense.currency_id
        if waiting != currency and counted:
            remainder = to_decimal(suspense.amount_currency, 6) * remainder / counted
            return self._line(entry, suspense.account_id, waiting, round_half_up(remainder, waiting.rounding), -share)
        return self._line(entry, suspense.account_id, waiting, -remainder, -share)

    def _exchange_values(self, entry, rest):
        """What the bank's rate makes of a payment in another currency than the item's."""
        home = self.company.currency_id
        expected = sum((allocation.exchange_difference for allocation in entry.decision.allocations), ZERO)
        if entry.decision.currency == home.name == entry.line.currency_id.name and rest != expected:
            raise UserError(
                self.env._("The amounts given for “%(line)s” do not add up to it.", line=entry.line.payment_ref)
            )
        account = (
            self.company.expense_currency_exchange_account_id
            if rest > 0
            else self.company.income_currency_exchange_account_id
        )
        self._need(account, self.env._("exchange differences"), entry)
        return self._line(entry, account, home, rest, rest, self.env._("Exchange difference"))

    def _line(self, entry, account, currency, amount, balance, label=None):
        return {
            "name": label or entry.line.payment_ref,
            "account_id": account.id,
            "partner_id": entry.partner.id if entry.partner else False,
            "currency_id": currency.id,
            "amount_currency": float(round_half_up(amount, currency.rounding)),
            "balance": float(round_half_up(balance, self._unit)),
        }

    def _need(self, account, what, entry):
        if not account:
            raise UserError(
                self.env._(
                    "No account is set for %(what)s. Set it in the matching rule “%(rule)s” or in the company's "
                    "accounting settings, then match again.",
                    what=what,
                    rule=entry.rule.display_name or self.env._("by hand"),
                )
            )
