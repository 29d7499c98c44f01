"""Products of the shop become products. One that Odoo knows by its SKU is linked and left as it is.

What variants of a configurable product need stands in `loader_variant.py`.
"""

from odoo import api, fields, models
from odoo.fields import Command

CONFIGURABLE = "configurable"
VARIANT_CARRIERS = (CONFIGURABLE, "grouped")
FOLLOWED = ("name", "list_price", "weight", "sale_ok")
PRICES = ("list_price", "magento_price_extra")
"""What Odoo decides, and the shop is told of, where the shop's base prices come from here."""


class MagentoLoaderProduct(models.AbstractModel):
    _name = "magento.loader.product"
    _inherit = ["magento.loader", "magento.loader.variant"]
    _description = "Loader of Products"

    def _prepare(self, backend, staged):
        """Refuse configurable products whose attributes or variants are not known yet."""
        return self._not_ready(backend, self._families(staged), [item.external_id for item in staged])

    def _load(self, backend, staged):
        sold = [item for item in staged if item.intent.product_type not in VARIANT_CARRIERS]
        known = self.env["magento.binding"]._find(backend, "products", [item.external_id for item in staged])
        new = [item for item in sold if item.external_id not in known]
        by_sku = self._by_sku([item.intent.sku for item in new])
        unknown = {item.external_id: item for item in new if item.intent.sku not in by_sku}
        setting = self._setting(backend, staged)
        families = self._families(staged)
        variants, facts = self._group(backend, families, sold, unknown, setting)
        created = {unknown[external_id].intent.sku: product for external_id, product in variants.items()}
        created.update(
            self._create_products(
                backend,
                {
                    item.intent.sku: self._values(item.intent, setting)
                    for item in unknown.values()
                    if item.intent.sku not in created
                },
            )
        )
        by_sku.update(created)
        self._link(backend, [(item, by_sku[item.intent.sku]) for item in new], list(created.values()))
        products = {**known, **{item.external_id: by_sku[item.intent.sku] for item in new}}
        self._note_family(backend, facts)
        self._follow(backend, [item for item in sold if item.external_id in known], known, setting)
        self._remember(backend, sold, products)
        self._outgrown(backend, [item for item in staged if item not in sold and item.external_id in known], known)
        self.env["magento.record"]._note_awaited(backend, families)
        return {}

    @api.model
    def _families(self, staged):
        return [item for item in staged if item.intent.product_type == CONFIGURABLE and item.intent.choices]

    def _link(self, backend, pairs, created):
        """Note new links. A product that the connector made for an earlier id of the same SKU stays its own."""
        ours = self.env["magento.binding"].search(
            [
                ("backend_id", "=", backend.id),
                ("entity", "=", "products"),
                ("made_here", "=", True),
                ("res_id", "in", [product.id for _item, product in pairs]),
            ]
        )
        self.env["magento.binding"]._bind(
            backend,
            "products",
            [(item.external_id, product, item.intent.sku) for item, product in pairs],
            [*(product.id for product in created), *ours.mapped("res_id")],
        )

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
        free = self._free_barcodes({sku: values.get("barcode") for sku, values in values_by_sku.items()})
        templates = self.env["product.template"].create(
            [{**values, "default_code": sku, "barcode": free[sku]} for sku, values in values_by_sku.items()]
        )
        return {sku: template.product_variant_id for sku, template in zip(values_by_sku, templates, strict=True)}

    @api.model
    def _free_barcodes(self, wanted):
        """dict of key → barcode, or False where another product has it: a barcode names one product."""
        barcodes = [barcode for barcode in wanted.values() if barcode]
        if not barcodes:
            return dict.fromkeys(wanted, False)
        taken = {barcode for barcode in barcodes if barcodes.count(barcode) > 1} | set(
            self.env["product.product"]
            .with_context(active_test=False)
            .search([("barcode", "in", barcodes)])
            .mapped("barcode")
        )
        return {key: barcode if barcode and barcode not in taken else False for key, barcode in wanted.items()}

    # -- values ----------------------------------------------------------------------------------------------------

    def _setting(self, backend, staged):
        """What the products of a batch share: categories, taxes, how prices are meant; looked up once."""
        stores = self.env["magento.store"].search([("backend_id", "=", backend.id)], order="external_id")
        gross = {store.website_id for store in stores if store.prices_include_tax}
        return {
            "gross_websites": gross,
            "net_websites": {store.website_id for store in stores} - gross,
            "currency": stores[:1].base_currency_id,
            "company": backend.company_id,
            "categories": self.env["magento.loader.category"]._depths(
                backend, {category for item in staged for category in item.intent.category_ids}
            ),
            "taxes": self.env["magento.tax.class"]._product_taxes(backend),
            "companies": self.env["magento.tax.class"]._companies(backend),
            "shop_categories": self.env["magento.loader.category"]._category_ids(backend),
        }

    @api.model
    def _values(self, intent, setting):
        category = self._category(intent, setting)
        taxes = setting["taxes"].get(intent.tax_class_id)
        return {
            "name": intent.name or intent.sku,
            "type": "consu" if intent.stockable else "service",
            "is_storable": intent.stockable,
            "list_price": self._price(intent, setting),
            "weight": float(intent.weight or 0),
            "barcode": intent.barcode or False,
            "sale_ok": intent.active,
            **({"categ_id": category.id} if category else {}),
            **({"taxes_id": [Command.set(taxes.ids)]} if taxes is not None else {}),
        }

    @api.model
    def _price(self, intent, setting):
        """The shop's price as Odoo means it: without tax, in the company's currency.

        One price for websites with and without tax is taken as the one without: contracts are with their customers.
        In a currency without a rate it is 0: a price that is seen to be missing, not one that is wrong.
        """
        price, websites = float(intent.price or 0), {*intent.website_ids}
        if setting["gross_websites"] & websites and not setting["net_websites"] & websites:
            taxes = setting["taxes"].get(intent.tax_class_id) or self.env["account.tax"]
            percents = taxes.filtered(
                lambda tax: tax.amount_type == "percent" and tax.company_id == setting["company"]
            ).mapped("amount")
            price /= 1 + sum(percents) / 100
        ours, theirs = setting["company"].currency_id, setting["currency"]
        if theirs and theirs != ours:
            rated = theirs.sudo().rate_ids or ours.sudo().rate_ids
            price = theirs._convert(price, ours, setting["company"], fields.Date.today(), round=False) if rated else 0.0
        return round(price, 6)

    @api.model
    def _price_again(self, backend):
        """Take all products over again: what their prices mean has changed."""
        self.env["magento.record"].sudo().search(
            [
                ("backend_id", "=", backend.id),
                ("entity", "=", "products"),
                ("state", "=", "done"),
                ("payload", "!=", False),
            ]
        ).write({"state": "staged"})

    @api.model
    def _category(self, intent, setting):
        """The most specific of a product's categories: the deepest, of equals the one with the shop's lowest id."""
        known = [
            (-depth, external_id, category)
            for external_id in intent.category_ids
            if external_id in setting["categories"]
            for depth, category in [setting["categories"][external_id]]
        ]
        return min(known, key=lambda row: row[:2])[2] if known else None

    # -- later payloads --------------------------------------------------------------------------------------------

    def _follow(self, backend, staged, known, setting):
        """Later payloads: products that the connector made follow the shop; those of Odoo do not."""
        links = self.env["magento.binding"]._links(backend, "products", [item.external_id for item in staged])
        ours = [(item, known[item.external_id]) for item in staged if links[item.external_id].made_here]
        barcodes = self._free_barcodes(
            {item.external_id: item.intent.barcode for item, product in ours if not product.barcode}
        )
        for item, product in ours:
            if product.product_template_attribute_value_ids:
                wanted = self._variant_values(item.intent, product.product_tmpl_id, setting)
            else:
                wanted = self._followed(product, item.intent, links[item.external_id], setting)
            if barcodes.get(item.external_id):
                wanted["barcode"] = barcodes[item.external_id]
            if backend.push_base_prices and product.lst_price:
                wanted = {name: value for name, value in wanted.items() if name not in PRICES}
            self._write_changes(product, wanted)
        self._follow_type(ours)

    def _followed(self, product, intent, link, setting):
        """What a product takes over from the shop again: not what a person chose here meanwhile."""
        values = self._values(intent, setting)
        wanted = {name: values[name] for name in FOLLOWED} | {"default_code": intent.sku}
        here = product.categ_id
        if values.get("categ_id", here.id) != here.id and (not here or here.id in setting["shop_categories"]):
            product.categ_id = values["categ_id"]
        taxes = setting["taxes"].get(intent.tax_class_id)
        if taxes is not None and self._tax_class_changed(intent, link):
            self.env["magento.tax.class"]._give(product.product_tmpl_id, taxes, setting["companies"])
        return wanted

    @api.model
    def _tax_class_changed(self, intent, link):
        """Whether the shop taxes a product otherwise than before; else a tax that a person chose here stays."""
        return not link.has_tax_class or link.tax_class_external_id != intent.tax_class_id

    def _follow_type(self, pairs):
        """Goods that became a service, or the other way: followed while nothing was moved."""
        changed = [
            (item, product) for item, product in pairs if product.product_tmpl_id.is_storable != item.intent.stockable
        ]
        if not changed:
            return
        ids = [product.id for _item, product in changed]
        moved = {
            product.id for (product,) in self.env["stock.move"]._read_group([("product_id", "in", ids)], ["product_id"])
        }
        for item, product in changed:
            stockable = item.intent.stockable
            if product.id not in moved and len(product.product_tmpl_id.product_variant_ids) <= 1:
                product.write({"type": "consu" if stockable else "service", "is_storable": stockable})

    def _outgrown(self, backend, staged, known):
        """A product that is no longer sold by itself, since it became configurable or grouped in the shop."""
        links = self.env["magento.binding"]._links(backend, "products", [item.external_id for item in staged])
        for item in staged:
            if links[item.external_id].made_here:
                self._write_changes(known[item.external_id], {"sale_ok": False})
            links[item.external_id]._remember(
                {
                    "shop_kind": item.intent.product_type,
                    "note": self.env._(
                        "In the shop this became a %(kind)s product, which is not sold by itself.",
                        kind=item.intent.product_type,
                    ),
                }
            )

    # -- what is remembered ----------------------------------------------------------------------------------------

    def _remember(self, backend, staged, products):
        """Keep with each link what later questions ask: type, tax class, image, options, notes."""
        links = self.env["magento.binding"]._links(backend, "products", [item.external_id for item in staged])
        doubled = self._doubled({item.intent.sku for item in staged})
        for item in staged:
            intent, link = item.intent, links[item.external_id]
            link._remember(
                {
                    "reference": intent.sku,
                    "shop_kind": intent.product_type,
                    "ships_together": intent.ships_together,
                    "image_path": intent.image,
                    "has_tax_class": intent.tax_class_id is not None,
                    "tax_class_external_id": intent.tax_class_id or 0,
                    "options": dict(intent.options),
                    "note": "\n".join(self._notes(intent, link, products[item.external_id], doubled)),
                }
            )

    @api.model
    def _doubled(self, skus):
        """dict of SKU → how many active products of Odoo have it, where there are several."""
        return dict(
            self.env["product.product"]._read_group(
                [("default_code", "in", list(skus))], ["default_code"], ["__count"], having=[("__count", ">", 1)]
            )
        )

    def _notes(self, intent, link, product, doubled):
        if intent.components:
            parts = ", ".join(f"{quantity.normalize():f} × {sku}" for sku, quantity in intent.components)
            yield self.env._("Contains %(parts)s.", parts=parts)
        if intent.sku in doubled:
            yield self.env._(
                "%(count)s products have the SKU %(sku)s; the oldest one is linked.",
                count=doubled[intent.sku],
                sku=intent.sku,
            )
        if link.made_here and product.is_storable != intent.stockable:
            yield self.env._(
                "In the shop it became a %(kind)s product; it was moved here already and keeps its type.",
                kind=intent.product_type,
            )
