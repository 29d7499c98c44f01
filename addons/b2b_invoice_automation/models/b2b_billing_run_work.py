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
        verdicts = run._verdicts(rows.order_id, rows.charge_id)
        due = {}
        for row in rows:
            verdict = verdicts[row._subject()]
            if verdict["group"]:
                due.setdefault(verdict["group"].key, []).append(row._subject())
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
        for orders in due.values():
            prefetch = rows.mapped("order_id" if orders[0]._name == "sale.order" else "charge_id")._ids
            orders = orders[0].browse([order.id for order in orders]).with_prefetch(prefetch)
            quantities = {}
            for order in orders:
                quantities.update(verdicts[order]["quantities"])
            invoices.append(InvoiceToBe(orders, quantities))
        moves, failures = run._bill_invoices(invoices)
        run._report(rows, moves, failures)

    def _bill_invoices(self, invoices):
        """Make invoices; what fails is narrowed down to single orders.

        :param list[InvoiceToBe] invoices: wanted
        :returns: (dict sale.order → its invoice, dict sale.order → why it cannot be billed)
        """
        ready, failures = self._prepare_invoices(invoices)
        moves = {}
        queue = [ready] if ready else []
        while queue:
            batch = queue.pop()
            try:
                with self.env.cr.savepoint():
                    created = self.env["account.move"]._b2b_create_invoices(
                        [values for _invoice, values in batch], [invoice.orders for invoice, _values in batch]
                    )
            except KnownObstacles as error:
                free = [entry for index, entry in enumerate(batch) if index not in error.obstacles]
                queue += [free] if free else []
                for index, reason in error.obstacles.items():
                    queue += self._set_apart(batch[index][0], UserError(reason), failures)
                continue
            except Exception as error:
                reason = self._failure(error)
                if len(batch) > 1:
                    size = -(-len(batch) // CHUNKS)
                    queue += [batch[start : start + size] for start in range(0, len(batch), size)]
                else:
                    queue += self._set_apart(batch[0][0], reason, failures)
                continue
            for (invoice, _values), move in zip(batch, created, strict=True):
                moves.update(dict.fromkeys(invoice.orders, move))
        return moves, failures

    def _set_apart(self, invoice, reason, failures):
        """Note which orders of an invoice make it fail; returns the batch of one with the rest, or none."""
        healthy, culprits = self._split_culprits(invoice, reason)
        failures.update(culprits)
        return [self._prepare_invoices([healthy])[0]] if healthy else []

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

    def _report(self, rows, moves, failures):
        """Write what became of each order or charge; log one decision per invoice; open and settle cases."""
        for row in rows:
            subject = row._subject()
            if move := moves.get(subject):
                row.write({"state": "billed", "move_id": move.id})
            elif failure := failures.get(subject):
                row.write({"state": "aside", "code": "set_aside", "reason": str(failure), "amount_net": 0.0})
        subjects_of = {}
        for subject, move in moves.items():
            subjects_of[move] = subjects_of.get(move, subject.browse()) + subject
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "billing",
                    "record": move,
                    "decision": subjects._b2b_decision_text(move),
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
                for move, subjects in subjects_of.items()
            ]
        )
        self._settle_cases(moves)
        self.env["b2b.discrepancy"]._flag([subject._b2b_failure_case(failure) for subject, failure in failures.items()])

    def _rule_text(self, policy):
        return self.env._(
            "Billing policy “%(name)s” as of %(date)s UTC",
            name=policy.name,
            date=policy.write_date.strftime("%Y-%m-%d %H:%M:%S"),
        )

    def _settle_cases(self, moves):
        ids = {name: [subject.id for subject in moves if subject._name == name] for name in SUBJECTS}
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
