"""What the loaders of shipments, invoices and credit memos share: the order they belong to, and the note of them."""

from odoo import api, models

from ..magento_wire.effects import marker_key
from ..magento_wire.intents import PRODUCT
from .loading import NotYet, Refused, Waits

LONGEST_ID = 10
"""Digits from which a number is no id of a record any more."""


class MagentoLoaderDocument(models.AbstractModel):
    _name = "magento.loader.document"
    _inherit = "magento.loader"
    _description = "Loader of Documents Made in the Shop"

    def _prepare(self, backend, staged):
        """Refuse for now what belongs to an order that is not here, or not confirmed."""
        orders = self._orders(backend, staged)
        refusals = {}
        for item in staged:
            order = orders.get(str(item.intent.order_id))
            if not order:
                refusals[item.record_id] = NotYet(
                    self.env._(
                        "%(number)s belongs to the shop's order with id %(order)s, which is not here yet. It goes on "
                        "by itself when the order comes.",
                        number=item.reference,
                        order=item.intent.order_id,
                    ),
                    self._awaits("order", item),
                )
        return refusals

    @api.model
    def _orders(self, backend, staged):
        """dict of the shop's order id as text → sales order"""
        return self.env["magento.binding"]._find(backend, "orders", {str(item.intent.order_id) for item in staged})

    @api.model
    def _awaits(self, what, item):
        return f"{what}:{item.intent.order_id}"

    def _note_all(self, backend, kind, staged):
        """Note the documents of a batch at their orders. Those of history are noted, and make nothing else.

        :returns: list of (`Staged`, order, magento.document) of live orders, in the order the shop made them
        """
        orders = self._orders(backend, staged)
        staged = sorted(staged, key=lambda item: (item.intent.order_id, int(item.external_id)))
        documents = self.env["magento.document"]._note(
            backend,
            [
                {
                    "kind": kind,
                    "external_id": item.external_id,
                    "order_id": orders[str(item.intent.order_id)].id,
                    "number": item.intent.number or item.external_id,
                    "date": item.intent.created_at,
                    **self._noted_values(item.intent),
                }
                for item in staged
            ],
        )
        return [
            (item, order, documents[item.external_id])
            for item in staged
            for order in [orders[str(item.intent.order_id)]]
            if not order.b2b_history
        ]

    @api.model
    def _noted_values(self, intent):
        """What is noted of a document of this kind, beside number and date."""
        raise NotImplementedError

    @api.model
    def _money_values(self, intent):
        charges = [(line.external_id, line.quantity) for line in intent.lines if line.kind != PRODUCT]
        return {
            "amount_total": float(intent.total),
            "amount_tax": float(intent.tax),
            "state": intent.state or False,
            "transaction": intent.transaction or False,
            "quantities": _summed((*intent.quantities, *charges)),
        }

    def _recognise(self, backend, entity, model, kind, rows):
        """Link documents that Odoo itself made in the shop, where a crash lost the link: their comment has the key.

        A key that names a document of another order was written by a person, or by another Odoo.

        :param rows: list of (`Staged`, order, document) that have no link
        :returns: dict of external id → record
        """
        named = {}
        for item, order, _document in rows:
            for comment in item.intent.comments:
                what, number = (*marker_key(comment).split(":"), "")[:2]
                if what == kind and number.isdecimal() and len(number) < LONGEST_ID:
                    named[item.external_id] = order, int(number)
        records = self.env[model].browse({number for _order, number in named.values()}).exists()
        found = {
            external_id: record
            for external_id, (order, number) in named.items()
            for record in records.browse(number) & records
            if order in self._orders_of(record)
        }
        numbers = {item.external_id: item.intent.number for item, _order, _document in rows}
        self.env["magento.binding"]._bind(
            backend, entity, [(external_id, record, numbers[external_id]) for external_id, record in found.items()]
        )
        return found

    @api.model
    def _orders_of(self, record):
        """The sales orders that a document of ours is about."""
        return record.line_ids.sale_line_ids.order_id

    @api.model
    def _rounds(self, rows):
        """Lists of rows in which each order stands once, so that each document sees what the one before did."""
        rest = list(rows)
        while rest:
            first = {}
            for row in rest:
                first.setdefault(row[1], row)
            yield list(first.values())
            rest = [row for row in rest if row is not first[row[1]]]

    def _require_confirmed(self, item, order):
        """Only a confirmed order has something to deliver or to bill.

        :raises Refused, Waits: for a cancelled order, and for one that is not confirmed yet
        """
        names = {"number": item.intent.number, "order": order.display_name}
        if order.state == "cancel":
            raise Refused(
                self.env._(
                    "The shop's document %(number)s belongs to order %(order)s, which is cancelled here. Set the order "
                    "to quotation, confirm it and retry, or ignore the document.",
                    **names,
                )
            )
        if order.state != "sale":
            raise Waits(
                self.env._(
                    "The shop's document %(number)s belongs to order %(order)s, which is not confirmed yet. It goes on "
                    "by itself when the order is.",
                    **names,
                ),
                self._awaits("order", item),
            )

    @api.model
    def _day(self, order, moment):
        """The day of a document as the company counts days."""
        return self.env["b2b.contract"]._local_day(order.company_id, moment)


def _summed(pairs):
    """dict of item id → quantity as text"""
    sums = {}
    for item_id, quantity in pairs:
        sums[item_id] = sums.get(item_id, 0) + quantity
    return {item_id: format(quantity.normalize(), "f") for item_id, quantity in sums.items()}
