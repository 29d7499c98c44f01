"""What a backend knows of the shop beyond its core, and what it does with master data by itself or on demand."""

from datetime import timedelta

from odoo import fields, models

from ..magento_wire.amounts import whole_number
from ..magento_wire.cursor import TIME_FORM
from ..magento_wire.search import Search

FIRST_DAY = "1970-01-01 00:00:00"
MANY_DELETED = 20
RECENT_DAYS = 30
CUSTOMERS_AT_ONCE = 100
IMAGES_AT_ONCE = 50


class MagentoBackendCatalog(models.AbstractModel):
    _name = "magento.backend.catalog"
    _description = "Master Data of a Shop"

    tax_class_ids = fields.One2many(
        "magento.tax.class", "backend_id", "Taxes of Products", domain=[("kind", "=", "product")]
    )

    # -- addresses -------------------------------------------------------------------------------------------------

    def _compare(self, *args, **options):
        """The nightly comparison also reads anew who bought lately: an address that changes leaves no trace in the
        shop's time of change."""
        result = super()._compare(*args, **options)
        self._read_recent_customers()
        self._note_deleted_products()
        return result

    # -- deleted products ------------------------------------------------------------------------------------------

    def _note_deleted_products(self):
        """Products that the shop has no more are not sold any more; they stay, since documents refer to them.

        One request tells how many products the shop has; only where these are fewer than are known here, their ids are
        read. Where most of them seem to be gone, it is rather the answer that is wrong, and nothing is done.

        :returns: the links of what was deleted
        """
        self.ensure_one()
        records = self.env["magento.record"].sudo()
        known = {
            record.external_id: record
            for record in records.search(
                [("backend_id", "=", self.id), ("entity", "=", "products"), ("state", "in", ("done", "set_aside"))]
            )
        }
        links = self.env["magento.binding"].sudo().browse()
        if not known:
            return links
        with self._shop() as shop:
            if shop.lacks:  # a Magento 1 shop, which does not count its products
                return links
            answer = shop.call("GET", "products", Search().page(1).only("total_count").pairs())
            total = whole_number(answer.get("total_count"))
            if total is None or total >= len(known):
                return links
            until = (fields.Datetime.now() + timedelta(days=1)).strftime(TIME_FORM)  # whatever the shop's clock says
            rows = shop.summaries(FIRST_DAY, until, stream="products", fields=("id", "sku"))
            gone = set(known) - {str(row["id"]) for row in rows}
        if not gone or len(gone) > max(MANY_DELETED, len(known) // 2):
            return links
        links = self._retire(gone)
        records.union(*(known[external_id] for external_id in gone)).write(
            {"state": "ignored", "note": self.env._("Deleted in the shop."), "next_retry": False}
        )
        return links

    def _retire(self, gone):
        links = self.env["magento.binding"].sudo()
        links = links.search(
            [
                ("backend_id", "=", self.id),
                ("entity", "in", ("products", "configurables")),
                ("external_id", "in", list(gone)),
            ]
        )
        note = self.env._("Deleted in the shop (found on %(date)s).", date=fields.Date.context_today(self))
        links.write({"note": note})
        for link in links.filtered("made_here"):
            product = self.env[link.model].sudo().browse(link.res_id).exists()
            is_variant = product._name == "product.product" and product.product_template_attribute_value_ids
            product.write({"active": False} if is_variant else {"sale_ok": False})
        return links

    def _read_recent_customers(self, days=RECENT_DAYS):
        """Fetch the accounts that ordered in the last days, a hundred per request, and stage those that differ.

        :returns: how many differed
        """
        self.ensure_one()
        stream = self.stream_ids.filtered(lambda stream: stream.entity == "customers")
        buyers = (
            self.env["sale.order"]
            .sudo()
            ._read_group(
                [
                    ("magento_backend_id", "=", self.id),
                    ("date_order", ">=", fields.Datetime.now() - timedelta(days=days)),
                ],
                ["partner_id"],
            )
        )
        accounts = (
            self.env["magento.binding"]
            .sudo()
            .search(
                [
                    ("backend_id", "=", self.id),
                    ("entity", "=", "customers"),
                    ("res_id", "in", [partner.id for (partner,) in buyers]),
                ]
            )
            .mapped("external_id")
        )
        changed = 0
        if stream and accounts:
            with self._shop() as shop:
                for start in range(0, len(accounts), CUSTOMERS_AT_ONCE):
                    asked_at = fields.Datetime.now()
                    rows = stream._rows(shop.records("customers", accounts[start : start + CUSTOMERS_AT_ONCE]))
                    changed += self.env["magento.record"].sudo()._stage(self, "customers", rows, asked_at)
        if changed:
            self.env["magento.record"]._wake_lanes()
        return changed

    # -- images ----------------------------------------------------------------------------------------------------

    def _without_image(self):
        """Links of products that have an image in the shop and none here."""
        links = (
            self.env["magento.binding"]
            .sudo()
            .search(
                [
                    ("backend_id", "in", self.ids),
                    ("entity", "in", ("products", "configurables")),
                    ("image_path", "not in", (False, "")),
                ]
            )
        )
        products = self.env["product.product"].browse(
            links.filtered(lambda link: link.model == "product.product").mapped("res_id")
        )
        products = products.exists()
        template_of = {product.id: product.product_tmpl_id.id for product in products}
        templates = links.filtered(lambda link: link.model == "product.template").mapped("res_id")
        pictured = {
            "product.product": self._pictured("product.product", "image_variant_1920", list(template_of)),
            "product.template": self._pictured("product.template", "image_1920", [*templates, *template_of.values()]),
        }
        return links.filtered(
            lambda link: (
                link.res_id not in pictured[link.model]
                and template_of.get(link.res_id if link.model == "product.product" else None)
                not in pictured["product.template"]
            )
        )

    def _pictured(self, model, field, ids):
        """Which of some records have an image."""
        attachments = self.env["ir.attachment"].sudo()
        return set(
            attachments.search([("res_model", "=", model), ("res_field", "=", field), ("res_id", "in", ids)]).mapped(
                "res_id"
            )
        )

    def action_fetch_images(self):
        """Fetch the main images of products that have none here, some at a time."""
        self.ensure_one()
        self.check_access("write")
        links = self._without_image()
        fetched, problems = links[:IMAGES_AT_ONCE]._fetch_images()
        left = len(links) - fetched - len(problems)
        message = self.env._("%(count)s images were fetched, %(left)s are left.", count=fetched, left=left)
        return self._reload(
            self.env._("Images"), "\n".join([message, *problems[:5]]), "warning" if problems else "success"
        )
