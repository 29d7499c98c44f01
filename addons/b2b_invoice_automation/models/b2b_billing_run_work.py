"""How a billing run bills: batch first; on a failure it rolls back, narrows down the culprit, and bills the rest.

Apart from the run itself because it is about transactions: what is a conflict with another transaction (raised, to be
tried again), what is a bad order (set aside with its reason), and what is written in which order.
"""

import logging
from dataclasses import dataclass

from psycopg2 import IntegrityError

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .account_move_complete import KnownObstacles
from .b2b_billing_run import SUBJECTS
from .transactions import is_conflict

_logger = logging.getLogger(__name__)

QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True,
}
CHUNKS = 4
"""Into how many parts a failed batch is cut: fewer than halving needs when few orders are bad."""


@dataclass(frozen=True)
class InvoiceToBe:
    """The orders of one invoice and the quantities to bill (order line id → quantity).

    Or the charges of one contract, with charge id → priced lines; both have the methods that are called here.
    """

    orders: models.BaseModel
    quantities: dict


class B2bBillingRun(models.Model):
    _inherit = "b2b.billing.run"

    def _bill_rows(self, rows):
        """Bill the orders and charges of claimed rows and write what became of each.

        :param rows: whole groups of pending result lines of this run, locked by this transaction
        """
        run = self.with_company(self.company_id).with_context(**QUIET)
        rows = rows.with_env(run.env)
        free = set(rows.order_id.try_lock_for_update(allow_referencing=True))
        free |= set(rows.charge_id.try_lock_for_update(allow_referencing=True))
        torn = {row.group for row in rows if row._subject() not in free}
        rows = rows.filtered(lambda row: row.group not in torn)
        ready, failures = run._prepare_invoices(run._due_invoices(rows))
        run._set_aside(rows, failures)
        run._bill_invoices(rows, ready)

    def _due_invoices(self, rows):
        """What of the rows is still due, as invoices to be; on the other rows, why not."""
        verdicts = self._verdicts(rows.order_id, rows.charge_id)
        due = {}
        for row in rows:
            verdict = verdicts[row._subject()]
            if verdict["group"]:
                for key, quantities in verdict["invoices"].items():
                    due.setdefault(key, []).append((row._subject(), quantities))
                row.write({"reason": verdict["reason"], "code": False, "amount_net": verdict["net"]})
            else:
                row.write(
                    {
                        "state": "aside" if verdict["state"] == "aside" else "waits",
                        "code": verdict["code"],
                        "reason": verdict["reason"],
                        "amount_net": 0.0,
                    }
                )
        invoices = []
        for parts in due.values():
            first = parts[0][0]
            prefetch = rows.mapped("order_id" if first._name == "sale.order" else "charge_id")._ids
            orders = first.browse([order.id for order, _quantities in parts]).with_prefetch(prefetch)
            quantities = {key: value for _order, found in parts for key, value in found.items()}
            invoices.append(InvoiceToBe(orders, quantities))
        return invoices

    def _bill_invoices(self, rows, ready):
        """Make invoices; what fails is narrowed down to single orders, which are set aside.

        :param rows: result lines of what is billed
        :param list ready: (InvoiceToBe, its values)
        """
        queue = [ready] if ready else []
        while queue:
            batch, failures = queue.pop(), {}
            try:
                with self.env.cr.savepoint():
                    self._bill_batch(rows, batch)
            except KnownObstacles as error:
                rest = [entry for index, entry in enumerate(batch) if index not in error.obstacles]
                for index, reason in error.obstacles.items():
                    rest += self._without_culprits(batch[index][0], UserError(reason), failures)
                queue += [rest] if rest else []
            except Exception as error:
                reason = self._failure(error)
                if len(batch) > 1:
                    size = -(-len(batch) // CHUNKS)
                    queue += [batch[start : start + size] for start in range(0, len(batch), size)]
                elif rest := self._without_culprits(batch[0][0], reason, failures):
                    queue.append(rest)
            self._set_aside(rows, failures)

    def _bill_batch(self, rows, batch):
        """Make a batch of invoices, and write what became of their rows.

        Posting takes numbers, which other lanes wait for until the commit: so what can be written before is.
        """
        orders = [invoice.orders for invoice, _values in batch]
        decisions = []
        self.env["account.move"]._b2b_create_invoices(
            [values for _invoice, values in batch],
            orders,
            before_post=lambda drafts: decisions.extend(self._report(rows, drafts, orders)),
        )
        for decision, subjects in zip(decisions, orders, strict=True):
            decision["decision"] = subjects._b2b_decision_text(decision["record"])
        self.env["b2b.decision"]._log(decisions)

    def _without_culprits(self, invoice, reason, failures):
        """Note which orders of an invoice make it fail; returns the invoice over the rest, prepared, or nothing."""
        healthy, culprits = self._split_culprits(invoice, reason)
        failures.update(culprits)
        if not healthy:
            return []
        ready, failed = self._prepare_invoices([healthy])
        failures.update(failed)
        return ready

    def _prepare_invoices(self, invoices):
        """Work out the values of each invoice; an order whose values cannot be worked out is left out of it.

        :returns: (list of (InvoiceToBe, values), dict sale.order → why it cannot be billed)
        """
        ready, failures = [], {}
        for invoice in invoices:
            try:
                ready.append((invoice, self._invoice_values(invoice)))
            except Exception as error:
                reason = self._failure(error)
                if len(invoice.orders) == 1:
                    failures[invoice.orders] = reason
                    continue
                for part in self._parts(invoice):
                    prepared, failed = self._prepare_invoices([part])
                    ready += prepared
                    failures.update(failed)
        return ready, failures

    def _invoice_values(self, invoice):
        return {**invoice.orders._b2b_invoice_values(invoice.quantities, self.date), "b2b_billing_run_id": self.id}

    def _split_culprits(self, invoice, reason):
        """Find out which orders of a failing invoice over many orders make it fail, by trying each part alone.

        :returns: (InvoiceToBe of the healthy orders or None, dict sale.order → reason)
        """
        if len(invoice.orders) == 1:
            return None, {invoice.orders: reason}
        culprits = {}
        for part in self._parts(invoice):
            if failure := self._try_out(part):
                culprits.update(self._split_culprits(part, failure)[1])
        healthy = invoice.orders.filtered(lambda order: order not in culprits)
        if not culprits:
            return None, dict.fromkeys(invoice.orders, reason)
        return (InvoiceToBe(healthy, invoice.quantities) if healthy else None), culprits

    def _try_out(self, invoice):
        """Make an invoice and take it back; returns why it cannot be made, or None."""
        savepoint = self.env.cr.savepoint()
        try:
            self.env["account.move"]._b2b_create_invoices([self._invoice_values(invoice)], [invoice.orders])
            return None
        except Exception as error:
            return self._failure(error)
        finally:
            savepoint.close(rollback=True)

    def _parts(self, invoice):
        middle = len(invoice.orders) // 2
        return [
            InvoiceToBe(orders, invoice.quantities) for orders in (invoice.orders[:middle], invoice.orders[middle:])
        ]

    def _failure(self, error):
        """Why an order cannot be billed, in words; a conflict with another transaction is raised again."""
        if is_conflict(error):
            raise error
        if isinstance(error, UserError):
            return error
        _logger.warning("Billing run %s: an order cannot be billed.", self.name, exc_info=error)
        if isinstance(error, IntegrityError):
            return UserError(self.env._("The database refuses it: %s", error.diag.message_primary))
        return UserError(
            self.env._(
                "An unexpected error: %(kind)s: %(text)s. The server's log tells more.",
                kind=type(error).__name__,
                text=error,
            )
        )

    # Results

    def _report(self, rows, drafts, orders):
        """Write which invoice each row got, and settle the cases that are over with it.

        :param list orders: the orders or charges of each draft
        :returns: what to log of each, but for the words: they tell the number
        """
        row_of = {row._subject(): row for row in rows}
        decisions, billed = [], []
        for move, subjects in zip(drafts, orders, strict=True):
            for subject in subjects:
                row = row_of[subject]
                shown = row.move_id if move.move_type == "out_refund" else move
                row.move_id = shown or move
                if row.state != "aside":  # else its other document failed
                    row.state = "billed"
                    billed.append(subject)
            decisions.append(
                {
                    "kind": "billing",
                    "record": move,
                    "rule": self._rule_text(move.b2b_billing_policy_id),
                    "evidence": {
                        "run": self.name,
                        **subjects._b2b_billing_evidence(move),
                        "untaxed": move.amount_untaxed,
                        "tax": move.amount_tax,
                        "total": move.amount_total,
                    },
                    "amount": move.amount_total_in_currency_signed,
                    "currency": move.currency_id,
                    "company": self.company_id,
                }
            )
        self._settle_cases(billed)
        rows.flush_recordset()
        self.env["b2b.discrepancy"].flush_model()
        return decisions

    def _set_aside(self, rows, failures):
        """Open a case for each order or charge that cannot be billed, and say so on its row.

        :param dict failures: sale order or charge → why
        """
        if not failures:
            return
        for row in rows:
            if failure := failures.get(row._subject()):
                row.write({"state": "aside", "code": "set_aside", "reason": str(failure), "amount_net": 0.0})
        self.env["b2b.discrepancy"]._flag([subject._b2b_failure_case(failure) for subject, failure in failures.items()])

    def _rule_text(self, policy):
        return self.env._(
            "Billing policy “%(name)s” as of %(date)s UTC",
            name=policy.name,
            date=policy.write_date.strftime("%Y-%m-%d %H:%M:%S"),
        )

    def _settle_cases(self, billed):
        ids = {name: [subject.id for subject in billed if subject._name == name] for name in SUBJECTS}
        cases = (
            self.env["b2b.discrepancy"]
            .sudo()
            .search(
                Domain.OR(Domain(field, "in", ids[name]) for name, field in SUBJECTS.items())
                & Domain("type", "in", ("billing_error", "po_missing"))
                & Domain("state", "=", "open")
            )
        )
        if cases:
            cases._settle(cases.mapped("key"), self.env._("Billed by %s.", self.name), self.company_id)
