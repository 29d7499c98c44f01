"""What the writers of shipments, invoices and credit memos share.

A document of ours becomes a document of the shop only as far as the shop is not there yet: each line's quantity is cut
to what we have done and the shop has not. Where nothing is left, nothing is sent. A document that is linked with one of
the shop came from there, or was told before.
"""

from collections import Counter

from odoo import api, models
from odoo.tools import SQL

from .magento_push import plain

OPEN_OR_FAILED = ("waiting", "unclear", "accepted", "failed", "sent")


class MagentoPushDocument(models.AbstractModel):
    _name = "magento.push.document"
    _inherit = ["magento.push"]
    _description = "Documents Told to the Shop"

    _effect = None
    _setting = None
    _entity = None
    _shop_field = None
    _told_field = None

    # -- writing down ----------------------------------------------------------------------------------------------

    @api.model
    def _queue(self, pairs):
        """Queue documents, each as a message for its order, unless they are linked or there is nothing to tell.

        :param pairs: list of (document, order)
        """
        pairs = [
            (document, order)
            for document, order in pairs
            if order.magento_backend_id.sudo()[self._setting] and not order.b2b_history
        ]
        if not pairs:
            return
        orders = self.env["sale.order"].union(*(order for _document, order in pairs))
        external = self.env["magento.binding"]._external_ids("orders", orders)
        bound = self._bound(pairs)
        orders_of = Counter(document for document, _order in dict.fromkeys(pairs))
        rows, refused = [], []
        for document, order in pairs:
            target = external.get((order.magento_backend_id, order.id))
            if not target or (order.magento_backend_id, document.id) in bound:
                continue
            values = self._content(document, order)
            if values:
                key = f"{self._key_name()}:{document.id}"
                row = {
                    "backend": order.magento_backend_id,
                    "effect": self._effect,
                    "key": f"{key}:{order.id}" if orders_of[document] > 1 else key,
                    "target": target,
                    "values": values,
                    "order": order,
                    "document": document,
                }
                words = self._why_impossible(document, order)
                if words:
                    refused.append((row, words))
                else:
                    rows.append(row)
        outbox = self.env["magento.outbox"].sudo()
        outbox._note_refused(refused)
        if rows:
            outbox._put(rows)

    @api.model
    def _untold(self, backend, since):
        """Documents of a shop's orders from a day on that the shop did not make and was never told of."""
        documents = self._made_since(backend, since)
        linked = {res_id for _backend, res_id in self.env["magento.binding"]._external_ids(self._entity, documents)}
        messages = self.env["magento.outbox"].search(
            [
                ("backend_id", "=", backend.id),
                ("effect", "=", self._effect),
                ("res_model", "=", documents._name),
                ("res_id", "in", documents.ids),
                ("state", "in", OPEN_OR_FAILED),
            ]
        )
        return documents.filtered(lambda document: document.id not in linked.union(messages.mapped("res_id")))

    @api.model
    def _made_since(self, backend, since):
        """Documents of a shop's orders from a day on, the oldest first."""
        raise NotImplementedError

    @api.model
    def _why_impossible(self, document, order):
        """Why the shop can never be told of a document, in words; empty where it can."""
        return ""

    @api.model
    def _key_name(self):
        return self._effect

    @api.model
    def _bound(self, pairs):
        documents = pairs[0][0].union(*(document for document, _order in pairs))
        return self.env["magento.binding"]._external_ids(self._entity, documents)

    @api.model
    def _came_from_shop(self, backend, document):
        """Whether a document is linked with one of the shop that we did not make there (of another order, maybe)."""
        links = self.env["magento.binding"].search(
            [
                ("backend_id", "=", backend.id),
                ("entity", "=", self._entity),
                ("model", "=", document._name),
                ("res_id", "=", document.id),
            ]
        )
        told = self.env["magento.outbox"].search(
            [("res_model", "=", document._name), ("res_id", "=", document.id), ("effect", "=", self._effect)]
        )
        return bool(set(links.mapped("external_id")) - set(told.mapped("reference")))

    # -- what is told ----------------------------------------------------------------------------------------------

    @api.model
    def _done_quantities(self, document, order):
        """dict of order line → quantity of the document, in the line's unit."""
        raise NotImplementedError

    @api.model
    def _all_done(self, line):
        """How much of a line was done here by all documents, in the line's unit."""
        raise NotImplementedError

    @api.model
    def _content(self, document, order):
        """Values of the message as things are now, None where there is nothing to tell."""
        raise NotImplementedError

    @api.model
    def _beyond(self, document, order):
        """dict of order line → quantity that the document has and the shop has not."""
        rounding = 10 ** -self.env["decimal.precision"].precision_get("Product Unit") / 2
        found = {}
        for line, quantity in self._done_quantities(document, order).items():
            quantity = min(quantity, self._all_done(line) - self._in_shop(line))
            if quantity > rounding:
                found[line] = quantity
        return found

    @api.model
    def _lines_told(self, quantities):
        return [[line.magento_item_id, plain(quantity)] for line, quantity in quantities.items()]

    @api.model
    def _fresh_values(self, backend, messages):
        fresh = {}
        for message in messages:
            document = self.env[message.res_model].browse(message.res_id).exists() if message.res_model else None
            if not document or self._came_from_shop(backend, document):
                fresh[message.id] = None
                continue
            values = self._content(document, message.order_id)
            fresh[message.id] = values
            message.before = self._all_in_shop(message.order_id)
        return fresh

    @api.model
    def _all_in_shop(self, order):
        """dict of the shop's item id → how far the shop is with it"""
        return {line.magento_item_id: self._in_shop(line) for line in order.order_line if line.magento_item_id}

    @api.model
    def _in_shop(self, line):
        return max(line[self._shop_field], line[self._told_field])

    # -- what follows ----------------------------------------------------------------------------------------------

    @api.model
    def _after_told(self, messages):
        """Link the shop's new documents with ours, and remember how far the shop is."""
        for message in messages:
            self._link(message)
            rows = [
                SQL("(%s, %s::numeric)", item, float((message.before or {}).get(item, 0)) + float(quantity))
                for item, quantity in (message.values or {}).get("lines") or []
            ]
            if rows:
                self._remember(message.order_id, rows)

    @api.model
    def _link(self, message):
        if not message.reference or not message.res_id:
            return
        bindings = self.env["magento.binding"]
        if message.reference in bindings._find(message.backend_id, self._entity, [message.reference]):
            return
        document = self.env[message.res_model].browse(message.res_id)
        bindings._bind(message.backend_id, self._entity, [(message.reference, document, message.reference)])

    @api.model
    def _remember(self, order, rows):
        """Note how far the shop is by what it was told; what holds of a bundle's item holds of its parts.

        :param rows: list of SQL (the shop's item id, quantity)
        """
        field = SQL.identifier(self._told_field)
        lines = self.env["sale.order.line"]
        lines.flush_model(
            [self._told_field, "magento_item_id", "magento_parent_item_id", "magento_per_parent", "order_id"]
        )
        self.env.execute_query(
            SQL(
                """UPDATE sale_order_line line SET %s = GREATEST(COALESCE(line.%s, 0), told.quantity * CASE
                              WHEN line.magento_item_id = told.item THEN 1 ELSE line.magento_per_parent END)
                     FROM (VALUES %s) AS told(item, quantity)
                    WHERE line.order_id = %s AND told.item IN (line.magento_item_id, line.magento_parent_item_id)
                RETURNING line.id""",
                field,
                field,
                SQL(", ").join(rows),
                order.id,
            )
        )
        lines.invalidate_model([self._told_field])
