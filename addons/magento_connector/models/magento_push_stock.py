"""What is on hand, told to the shop for each product and source, such that nothing is deducted twice.

The shop's quantity of a source is what lies there; what was ordered and not shipped it keeps as a reservation of its
own. It takes shipped goods from the source when it is told of the shipment, and drops the reservation. So we tell what
is on hand, and add what was delivered here and is not yet shipped in the shop: the shop will take that off itself. What
was shipped in the shop and not yet delivered here is taken off. Forecasts and free quantities are never told.

A shop without sources (Magento 1, or Magento 2 without its inventory modules) keeps no reservations: it takes goods off
when they are ordered, and nothing when they are shipped. It is told what is on hand less what is ordered and not
delivered, which is what it has come to by itself.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, float_round

from ..magento_wire.cursor import Cursor
from .magento_outbox import STOCK
from .magento_push import plain

PAGE = 300
IS_UNDER_WAY = SQL(
    "EXISTS (SELECT FROM stock_move move WHERE move.sale_line_id = line.id AND move.state NOT IN ('done', 'cancel'))"
)
GONE = SQL(
    """LEAST((SELECT COALESCE(SUM(move.quantity * move_unit.factor / line_unit.factor), 0)
                FROM stock_move move
                JOIN uom_uom move_unit ON move_unit.id = move.product_uom
                JOIN stock_location place ON place.id = move.location_dest_id AND place.usage = 'customer'
               WHERE move.sale_line_id = line.id AND move.state = 'done'),
             GREATEST(line.product_uom_qty, line.qty_delivered))"""
)
"""What left of a line for the customer, also what came back; see `sale.order.line._magento_gone`."""


class MagentoPushStock(models.AbstractModel):
    _name = "magento.push.stock"
    _inherit = ["magento.push"]
    _description = "Stock Told to the Shop"

    # -- what changed ----------------------------------------------------------------------------------------------

    @api.model
    def _tell(self, products):
        """Queue the stock of products in all shops that sell them and are told, in one statement."""
        if products:
            self._queue(SQL("binding.res_id IN %s", tuple(products.ids)))

    @api.model
    def _tell_reserved_no_more(self, ended, shipped):
        """Queue the stock of goods that the shop has reserved no more: it ended their order, or shipped them.

        Until it said so, what had left here was told as still to be taken off there.

        :param ended: orders that the shop ended
        :param shipped: order lines of which the shop has another quantity shipped than was known
        """
        left = ended.order_line.filtered(lambda line: line._magento_gone() > line.magento_qty_shipped)
        self._tell((left | shipped).product_id.filtered("is_storable"))

    @api.model
    def _tell_all(self, sources):
        """Queue the stock of all products in some sources."""
        if sources:
            self._queue(SQL("source.id IN %s", tuple(sources.ids)))

    @api.model
    def _queue(self, condition):
        for model in ("magento.binding", "magento.backend", "magento.source", "product.product", "product.template"):
            self.env[model].flush_model()
        outbox = self.env["magento.outbox"].sudo()
        told = self._told_backends()
        if not told:
            return
        outbox._insert(
            SQL(
                """
            SELECT DISTINCT ON (backend.id, sku.code, source.code)
                   backend.id, backend.company_id, 'stock', 'stock:' || sku.code || '@' || source.code, sku.code,
                   'stock:' || sku.code || '@' || source.code, %(priority)s, NULL::int, 'product.product', product.id,
                   jsonb_build_object('source', source.code)
              FROM magento_binding binding
              JOIN magento_backend backend ON backend.id = binding.backend_id
              JOIN magento_source source ON source.backend_id = backend.id AND source.active
                   AND source.location_id IS NOT NULL
              JOIN product_product product ON product.id = binding.res_id
              JOIN product_template template ON template.id = product.product_tmpl_id AND template.is_storable
        CROSS JOIN LATERAL (SELECT COALESCE(NULLIF(binding.reference, ''), product.default_code) AS code) sku
             WHERE binding.entity = 'products' AND binding.model = 'product.product' AND backend.id IN %(backends)s
                   AND sku.code IS NOT NULL AND %(condition)s
             ORDER BY backend.id, sku.code, source.code, binding.id""",
                priority=STOCK,
                backends=tuple(told.ids),
                condition=condition,
            )
        )

    @api.model
    def _told_backends(self):
        backends = self.env["magento.backend"].sudo().search([("push_stock", "=", True)])
        return backends.filtered(lambda backend: not backend._why_not_told("stock"))

    # -- how much --------------------------------------------------------------------------------------------------

    @api.model
    def _fresh_values(self, backend, messages):
        products = self.env["product.product"].browse(messages.mapped("res_id")).exists()
        doubtful = self._in_doubt(backend)
        quantities = self._quantities(backend, products)
        fresh = {}
        for message in messages:
            source = (message.values or {}).get("source")
            if message.res_id in doubtful:
                continue
            quantity = quantities.get((message.res_id, source))
            fresh[message.id] = None if quantity is None else self._values(source, quantity)
        return fresh

    @api.model
    def _values(self, source, quantity):
        return {"source": source, "quantity": plain(quantity), "in_stock": quantity > 0}

    @api.model
    def _in_doubt(self, backend):
        """Ids of products in shipments of which it is not known whether the shop has them."""
        orders = (
            self.env["magento.outbox"]
            .search([("backend_id", "=", backend.id), ("effect", "=", "shipment"), ("state", "=", "unclear")])
            .order_id
        )
        return set(orders.order_line.product_id.ids)

    @api.model
    def _quantities(self, backend, products):
        """What each source of a shop is told.

        :returns: dict of (product id, source code) → quantity in the product's unit, never below zero
        """
        sources = self.env["magento.source"].search([("backend_id", "=", backend.id), ("location_id", "!=", False)])
        owed = (self._shipped_here_only if backend.has_sources else self._ordered_only)(backend, products)
        result = {}
        for source in sources:
            on_hand = dict(
                self.env["stock.quant"]._read_group(
                    [
                        ("product_id", "in", products.ids),
                        ("location_id", "child_of", source.location_id.id),
                        ("location_id.usage", "in", ("internal", "transit")),
                    ],
                    ["product_id"],
                    ["quantity:sum"],
                )
            )
            for product in products:
                quantity = on_hand.get(product, 0.0) + self._share(owed, product, source, sources)
                rounded = float_round(quantity, precision_rounding=product.uom_id.rounding)
                result[product.id, source.code] = max(0.0, rounded)
        return result

    @api.model
    def _share(self, owed, product, source, sources):
        """What a source is owed: of its own warehouse; of warehouses without a source nobody is."""
        same = [one for one in sources if one.warehouse_id == source.warehouse_id]
        return owed.get((product.id, source.warehouse_id.id), 0.0) if same[0] == source else 0.0

    @api.model
    def _shipped_here_only(self, backend, products):
        """Goods that left a warehouse here and are not shipped in the shop yet; below zero the other way round.

        :returns: dict of (product id, warehouse id) → quantity in the product's unit
        """
        shipped = SQL("GREATEST(line.magento_qty_shipped, line.magento_told_shipped, 0)")
        condition = SQL(
            """o.state = 'sale' AND CASE WHEN %s > %s THEN o.b2b_channel_state = 'open' ELSE %s END""",
            GONE,
            shipped,
            IS_UNDER_WAY,
        )
        return self._sum_of_lines(backend, products, SQL("%s - %s", GONE, shipped), condition)

    @api.model
    def _ordered_only(self, backend, products):
        """Goods that are ordered in the shop and did not leave a warehouse here yet, below zero.

        :returns: dict of (product id, warehouse id) → quantity in the product's unit
        """
        condition = SQL(
            "o.b2b_channel_state = 'open' AND (o.state IN ('draft', 'sent') OR (o.state = 'sale' AND %s))", IS_UNDER_WAY
        )
        return self._sum_of_lines(backend, products, SQL("LEAST(0, %s - line.product_uom_qty)", GONE), condition)

    @api.model
    def _sum_of_lines(self, backend, products, quantity, condition):
        """A sum over lines of the shop's orders.

        :param SQL quantity: of a line, in its unit
        :param SQL condition: which lines count
        :returns: dict of (product id, warehouse id) → quantity in the product's unit
        """
        for model in ("sale.order", "sale.order.line", "stock.move"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT line.product_id, o.warehouse_id, SUM(%(quantity)s * line_unit.factor / unit.factor)
              FROM sale_order_line line
              JOIN sale_order o ON o.id = line.order_id
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN uom_uom line_unit ON line_unit.id = line.product_uom_id
              JOIN uom_uom unit ON unit.id = template.uom_id
             WHERE o.magento_backend_id = %(backend)s AND o.b2b_history IS NOT TRUE
                   AND line.product_id IN %(products)s AND line.magento_item_id IS NOT NULL AND %(condition)s
             GROUP BY line.product_id, o.warehouse_id""",
                quantity=SQL("(%s)", quantity),
                backend=backend.id,
                products=tuple(products.ids) or (0,),
                condition=condition,
            )
        )
        return {(product, warehouse): float(quantity) for product, warehouse, quantity in rows}

    # -- comparing -------------------------------------------------------------------------------------------------

    @api.model
    def _compare(self, backend, shop):
        """Compare every quantity of the shop with what it should be; what differs is told again.

        :param Shop shop: to read from
        :returns: list of (SKU, source, quantity in the shop, quantity it should be)
        :raises ShopError: when the shop does not answer
        """
        theirs = self._read_quantities(shop)
        bindings = self.env["magento.binding"].search(
            [("backend_id", "=", backend.id), ("entity", "=", "products"), ("model", "=", "product.product")]
        )
        products = self.env["product.product"].browse(bindings.mapped("res_id")).exists().filtered("is_storable")
        skus = {binding.res_id: binding.reference for binding in bindings}
        under_way = set(
            self.env["magento.outbox"]
            .search([("backend_id", "=", backend.id), ("effect", "in", ("stock", "shipment")),
                     ("state", "in", ("waiting", "unclear", "accepted"))])
            .mapped("key")
        )  # fmt: skip
        drift, differing = [], self.env["product.product"]
        for (product_id, source), ours in self._quantities(backend, products).items():
            product = products.browse(product_id)
            sku = skus[product_id] or product.default_code
            found = theirs.get((sku, source))
            if found is None or f"stock:{sku}@{source}" in under_way:
                continue
            if abs(found - ours) > product.uom_id.rounding / 2:
                drift.append((sku, source, found, ours))
                differing |= product
        self._tell(differing)
        return drift

    @api.model
    def _read_quantities(self, shop):
        """dict of (SKU, source code) → quantity, as the shop has them."""
        cursor, found = Cursor.start("source_items"), {}
        while True:
            page = shop.fetch("source_items", cursor, PAGE)
            for row in page.records:
                found[str(row["sku"]), str(row["source_code"])] = float(row["quantity"])
            if page.done:
                return found
            cursor = page.cursor

    @api.model
    def _due_for_comparison(self, backend):
        """A day after the last comparison, of a shop that has sources to compare with."""
        last = backend.stock_compare_date
        old = not last or last < fields.Datetime.now() - timedelta(hours=20)
        return backend.push_stock and backend.has_sources and old
