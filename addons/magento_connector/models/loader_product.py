"""Products of the shop become products. One that Odoo knows by its SKU is linked and left as it is."""

from odoo import api, models

VARIANT_CARRIERS = ("configurable", "grouped")


class MagentoLoaderProduct(models.AbstractModel):
    _name = "magento.loader.product"
    _inherit = ["magento.loader"]
    _description = "Loader of Products"

    def _load(self, backend, staged):
        sold = [item for item in staged if item.intent.product_type not in VARIANT_CARRIERS]
        known = self.env["magento.binding"]._find(backend, "products", [item.external_id for item in sold])
        self._follow(backend, [item for item in sold if item.external_id in known], known)
        new = [item for item in sold if item.external_id not in known]
        by_sku = self._by_sku([item.intent.sku for item in new])
        created = self._create_products(
            backend, {item.intent.sku: self._values(item.intent) for item in new if item.intent.sku not in by_sku}
        )
        by_sku.update(created)
        self.env["magento.binding"]._bind(
            backend,
            "products",
            [(item.external_id, by_sku[item.intent.sku], item.intent.sku) for item in new],
            [product.id for product in created.values()],
        )
        return {}

    @api.model
    def _by_sku(self, skus):
        """dict of SKU → the oldest active product with this internal reference."""
        products = self.env["product.product"].search(
            [("default_code", "in", [sku for sku in set(skus) if sku])], order="id desc"
        )
        return {product.default_code: product for product in products}

    @api.model
    def _create_products(self, backend, values_by_sku):
        """Create products, one statement for all.

        :param dict values_by_sku: SKU → template values
        :returns: dict of SKU → product.product
        """
        taken = self._taken_barcodes([values["barcode"] for values in values_by_sku.values() if values.get("barcode")])
        templates = self.env["product.template"].create(
            [
                {
                    **values,
                    "default_code": sku,
                    "barcode": values["barcode"] if values.get("barcode") and values["barcode"] not in taken else False,
                }
                for sku, values in values_by_sku.items()
            ]
        )
        return {sku: template.product_variant_id for sku, template in zip(values_by_sku, templates, strict=True)}

    @api.model
    def _taken_barcodes(self, barcodes):
        doubled = {barcode for barcode in barcodes if barcodes.count(barcode) > 1}
        return doubled | set(
            self.env["product.product"]
            .with_context(active_test=False)
            .search([("barcode", "in", barcodes)])
            .mapped("barcode")
        )

    @api.model
    def _values(self, intent):
        return {
            "name": intent.name or intent.sku,
            "type": "consu" if intent.stockable else "service",
            "is_storable": intent.stockable,
            "list_price": float(intent.price or 0),
            "weight": float(intent.weight or 0),
            "barcode": intent.barcode or False,
            "sale_ok": intent.active,
        }

    def _follow(self, backend, staged, known):
        """Later payloads: products that the connector made follow the shop's name, price, weight and status."""
        made_here = set(
            self.env["magento.binding"]
            .search(
                [
                    ("backend_id", "=", backend.id),
                    ("entity", "=", "products"),
                    ("made_here", "=", True),
                    ("external_id", "in", [item.external_id for item in staged]),
                ]
            )
            .mapped("external_id")
        )
        for item in staged:
            if item.external_id in made_here:
                product = known[item.external_id]
                wanted = {
                    name: value
                    for name, value in self._values(item.intent).items()
                    if name in ("name", "list_price", "weight", "sale_ok")
                }
                wanted["default_code"] = item.intent.sku
                self._write_changes(product, wanted)
