"""How a billing run bills: batch first; on a failure it rolls back, narrows down the culprit, and bills the rest.

Apart from the run itself because it is about transactions: what is a conflict with another transaction (raised, to be
tried again), what is a bad order (set aside with its reason), and what is written in which order.
"""

import logging
from dataclasses import dataclass

from psycopg2 import IntegrityError

from odoo import models
from odoo.exceptions import UserError

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
    """The orders of one invoice and the quantities to bill (order line id → quantity)."""

    orders: models.BaseModel
    quantities: dict


class B2bBillingRun(models.Model):
    _inherit = "b2b.billing.run"

    def _bill_rows(self, rows):
        """Bill the orders of claimed rows and write what became of each.

        :param rows: whole groups of pending result lines of this run, locked by this transaction
        """
        run = self.with_company(self.company_id).with_context(**QUIET)
        rows = rows.with_env(run.env)
        free = rows.order_id.try_lock_for_update(allow_referencing=True)
        torn = {row.group for row in rows if row.order_id not in free}
        rows = rows.filtered(lambda row: row.group not in torn)
        verdicts = rows.order_id._b2b_billing_verdicts(run.date, run.ignore_schedule)
        due = {}
        for row in rows:
            verdict = verdicts[row.order_id]
            if verdict["group"]:
                due.setdefault(verdict["group"].key, []).append(row.order_id)
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
            orders = rows.order_id.browse([order.id for order in orders]).with_prefetch(rows.order_id.ids)
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
            except Exception as error:
                reason = self._failure(error)
                if len(batch) > 1:
                    size = -(-len(batch) // CHUNKS)
                    queue += [batch[start : start + size] for start in range(0, len(batch), size)]
                    continue
                [(invoice, _values)] = batch
                healthy, culprits = self._split_culprits(invoice, reason)
                failures.update(culprits)
                queue += [self._prepare_invoices([healthy])[0]] if healthy else []
                continue
            for (invoice, _values), move in zip(batch, created, strict=True):
                moves.update(dict.fromkeys(invoice.orders, move))
        return moves, failures

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
        """Write what became of each order; log one decision per invoice; open and settle cases."""
        for row in rows:
            if move := moves.get(row.order_id):
                row.write({"state": "billed", "move_id": move.id})
            elif failure := failures.get(row.order_id):
                row.write({"state": "aside", "code": "set_aside", "reason": str(failure), "amount_net": 0.0})
        orders_of = {}
        for order, move in moves.items():
            orders_of.setdefault(move, []).append(order)
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "billing",
                    "record": move,
                    "decision": self._decision_text(move, orders),
                    "rule": self._rule_text(move.b2b_billing_policy_id),
                    "evidence": {
                        "run": self.name,
                        "orders": [order.name for order in orders],
                        "po_numbers": sorted({order.client_order_ref for order in orders if order.client_order_ref}),
                        "untaxed": move.amount_untaxed,
                        "tax": move.amount_tax,
                        "total": move.amount_total,
                    },
                    "amount": move.amount_total_in_currency_signed,
                    "currency": move.currency_id,
                    "company": self.company_id,
                }
                for move, orders in orders_of.items()
            ]
        )
        self._settle_cases(moves)
        self.env["b2b.discrepancy"]._flag([self._failure_case(order, failure) for order, failure in failures.items()])

    def _decision_text(self, move, orders):
        if move.move_type == "out_refund":
            return self.env._("Credited what is no longer owed of %(count)s orders.", count=len(orders))
        if move.state == "posted":
            return self.env._("Billed %(count)s orders and posted %(name)s.", count=len(orders), name=move.name)
        return self.env._("Billed %(count)s orders as a draft.", count=len(orders))

    def _rule_text(self, policy):
        return self.env._(
            "Billing policy “%(name)s” as of %(date)s UTC",
            name=policy.name,
            date=policy.write_date.strftime("%Y-%m-%d %H:%M:%S"),
        )

    def _settle_cases(self, moves):
        cases = (
            self.env["b2b.discrepancy"]
            .sudo()
            .search(
                [
                    ("order_id", "in", [order.id for order in moves]),
                    ("type", "in", ("billing_error", "po_missing")),
                    ("state", "=", "open"),
                ]
            )
        )
        if cases:
            cases._settle(cases.mapped("key"), self.env._("Billed by %s.", self.name), self.company_id)

    def _failure_case(self, order, failure):
        expected, found = getattr(failure, "figures", (0.0, 0.0))
        return {
            "key": f"billing_error:{order.id}",
            "type": "billing_error",
            "name": self.env._("%s cannot be billed", order.name),
            "reason": str(failure),
            "blocking": True,
            "company_id": order.company_id.id,
            "currency_id": order.currency_id.id,
            "partner_id": order.partner_id.id,
            "order_id": order.id,
            "amount_expected": expected,
            "amount_found": found,
        }
