"""Quants of a batch of orders: read once for all its products, and locked once each."""

from odoo import api, models

from .stock_batch import batch_of


class StockQuant(models.Model):
    _inherit = "stock.quant"

    @api.model_create_multi
    def create(self, vals_list):
        quants = super().create(vals_list)
        batch = batch_of(self.env)
        if batch is not None:
            for quant in quants:
                if quant.product_id.id in batch.quants:
                    batch.quants[quant.product_id.id] |= quant.sudo()
        return quants

    def unlink(self):
        batch = batch_of(self.env)
        if batch is not None:
            for product in self.product_id:
                batch.quants.pop(product.id, None)
        return super().unlink()

    def try_lock_for_update(self, *, allow_referencing=False, limit=None):
        batch = batch_of(self.env)
        if batch is None or limit != 1 or not allow_referencing:
            return super().try_lock_for_update(allow_referencing=allow_referencing, limit=limit)
        first = self[:1]
        if first.id not in batch.locked:
            first = super().try_lock_for_update(allow_referencing=allow_referencing, limit=limit)
            batch.locked.update(first.ids)
        return first

    @api.model
    def _magento_lock(self, batch, lines):
        """Lock at once, and in one order, the quants that lines take from and bring to."""
        wanted = self.browse()
        for line in lines.filtered(lambda line: line.product_id.is_storable and line.product_id.tracking == "none"):
            for place, package in (
                (line.location_id, line.package_id),
                (line.location_dest_id, line.result_package_id),
            ):
                found = self._gather(line.product_id, place, package_id=package, owner_id=line.owner_id, strict=True)
                wanted |= found[:1]
        batch.locked.update(wanted.sorted("id").try_lock_for_update(allow_referencing=True).ids)

    def _gather(self, product_id, location_id, lot_id=None, package_id=None, owner_id=None, strict=False, qty=0):
        batch = batch_of(self.env)
        if (
            batch is None
            or not self.env.su
            or lot_id
            or product_id.tracking != "none"
            or self.env.context.get("with_expiration")
            or self._get_removal_strategy(product_id, location_id) != "fifo"
        ):
            return super()._gather(
                product_id, location_id, lot_id=lot_id, package_id=package_id, owner_id=owner_id, strict=strict, qty=qty
            )
        return (
            self.browse(self._magento_quants(batch, product_id).ids)
            .filtered(lambda quant: quant._magento_fits(location_id, package_id, owner_id, strict))
            .sorted(lambda quant: (quant.lot_id, quant.in_date, quant.id))
        )

    @api.model
    def _magento_quants(self, batch, product):
        """The quants of a product, read together with those of all products that it is prefetched with."""
        if product.id not in batch.quants:
            products = product.browse(
                [one for one in product._prefetch_ids if one and one not in batch.quants] or product.ids
            )
            found = self.search([("product_id", "in", products.ids)]).grouped("product_id")
            batch.quants.update({one.id: found.get(one, self.browse()) for one in products})
        return batch.quants[product.id]

    def _magento_fits(self, location, package, owner, strict):
        """Whether core's own search would find it: strictly in this place, or anywhere below."""
        if strict:
            return (
                self.location_id == location
                and not self.lot_id
                and self.package_id == (package or self.package_id.browse())
                and self.owner_id == (owner or self.owner_id.browse())
            )
        return (
            self.location_id.parent_path.startswith(location.parent_path)
            and (not package or self.package_id == package)
            and (not owner or self.owner_id == owner)
        )
