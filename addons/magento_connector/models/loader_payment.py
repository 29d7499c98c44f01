"""Money that the shop captured or paid back becomes payments in Odoo, each once.

A payment method of the shop that has a journal is one whose money the shop takes itself (cards, wallets). A paid
invoice of such an order is a payment received; a credit memo that was refunded online a payment sent. Both are booked
to the outstanding account of the journal's method, where the bank's line finds them later.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .loading import NeedsSetup
from .magento_document import CREDIT_MEMO


class MagentoLoaderPayment(models.AbstractModel):
    _name = "magento.loader.payment"
    _description = "Payments of the Shop"

    def _capture(self, backend, rows):
        """Book what the documents say was captured or refunded, and reconcile it with what is there.

        :param rows: list of (`Staged`, order, document)
        """
        due = {
            self._payment_id(document): (item, order, document)
            for item, order, document in rows
            if self._is_captured(order, document)
        }
        known = self.env["magento.binding"]._find(backend, "payments", due)
        new = {external_id: row for external_id, row in due.items() if external_id not in known}
        orders = self.env["sale.order"].browse({order.id for _item, order, _document in due.values()})
        if new:
            self._pay(backend, new)
        orders._magento_reconcile()

    @api.model
    def _payment_id(self, document):
        return f"{document.kind}:{document.external_id}"

    @api.model
    def _is_captured(self, order, document):
        if not order.magento_payment_method_id.journal_id or document.currency_id.is_zero(document.amount_total):
            return False
        if document.kind == CREDIT_MEMO:
            return document.state == "refunded" and bool(document.transaction)
        return document.state == "paid"

    def _pay(self, backend, new):
        """Create, link and post payments.

        :param new: dict of external id → (`Staged`, order, document)
        """
        rows = list(new.values())
        payments = self.env["account.payment"].create(
            [self._payment_values(order, document) for _item, order, document in rows]
        )
        for (_item, _order, document), payment in zip(rows, payments, strict=True):
            document.payment_id = payment
        self.env["magento.binding"]._bind(
            backend,
            "payments",
            [
                (external_id, payment, document.transaction or document.number)
                for (external_id, (_item, _order, document)), payment in zip(new.items(), payments, strict=True)
            ],
            payments.ids,
        )
        payments.action_post()
        for (_item, _order, document), payment in zip(rows, payments, strict=True):
            payment.move_id.payment_reference = document.transaction  # by which the bank's line finds it

    def _payment_values(self, order, document):
        journal, inbound = order.magento_payment_method_id.journal_id, document.kind != CREDIT_MEMO
        if journal.company_id not in (order.company_id, *order.company_id.parent_ids):
            raise NeedsSetup(
                self.env._(
                    "%(order)s belongs to %(company)s, but the journal “%(journal)s” of its payment method "
                    "“%(method)s” to %(other)s. Choose another under Configuration › Payment Methods.",
                    order=order.display_name,
                    company=order.company_id.name,
                    journal=journal.display_name,
                    method=order.magento_payment_method_id.code,
                    other=journal.company_id.name,
                ),
                "payment_method",
            )
        if not journal.active:
            raise NeedsSetup(
                self.env._(
                    "The journal “%(journal)s” of payment method “%(method)s” is archived, so that money captured by "
                    "the shop cannot be booked. Choose another under Configuration › Payment Methods.",
                    journal=journal.display_name,
                    method=order.magento_payment_method_id.code,
                ),
                "payment_method",
            )
        method_line = self._method_line(journal, "inbound" if inbound else "outbound")
        moment = document.date or fields.Datetime.now()
        return {
            "payment_type": "inbound" if inbound else "outbound",
            "partner_type": "customer",
            "partner_id": order.partner_invoice_id.commercial_partner_id.id,
            "company_id": order.company_id.id,
            "journal_id": journal.id,
            "payment_method_line_id": method_line.id,
            "amount": document.amount_total,
            "currency_id": document.currency_id.id,
            "date": self.env["b2b.contract"]._local_day(order.company_id, moment),
            "memo": " · ".join(filter(None, (document.transaction, order.origin or order.name))),
            "magento_order_id": order.id,
        }

    def _method_line(self, journal, direction):
        """The journal's method, which needs an account for what is on its way: without one nothing would be booked."""
        line = journal[f"{direction}_payment_method_line_ids"][:1]
        if line and not line.payment_account_id:
            payments = self.env["account.payment"].with_company(journal.company_id)
            try:
                account = payments.new({"journal_id": journal.id, "company_id": journal.company_id.id})
                line.payment_account_id = account._get_outstanding_account(direction)
            except UserError:
                line = line.browse()
        if not line:
            raise NeedsSetup(
                self.env._(
                    "The journal “%(journal)s” has no payment method with an outstanding account, so that money "
                    "captured by the shop cannot be booked. Add one on the journal's page, then retry.",
                    journal=journal.display_name,
                ),
                "payment_method",
            )
        return line
