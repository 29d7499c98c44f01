"""What a shipping method of the shop means in Odoo."""

from odoo import api, fields, models


class MagentoShippingMethod(models.Model):
    _name = "magento.shipping.method"
    _description = "Shipping Method of the Shop"
    _order = "backend_id, code"
    _rec_name = "title"
    _rec_names_search = ["title", "code"]
    _check_company_auto = True

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="backend_id.company_id", store=True, index=True)
    code = fields.Char("Method in the Shop", required=True, help="Carrier and method, such as flatrate_flatrate.")
    title = fields.Char("Shown as", help="What the customer reads in the shop.")
    product_id = fields.Many2one(
        "product.product",
        "Charged as",
        check_company=True,
        domain="[('type', '=', 'service')]",
        help="The product of the order's shipping line: it says on which account the charge is booked. Empty: "
        "“Shipping”.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        check_company=True,
        domain="[('company_id', '=', company_id)]",
        help="Ships what is ordered this way, before the store view's warehouse. For collection at a branch, for "
        "example.",
    )
    proposed = fields.Boolean(help="Chosen by the system; a person has not looked at it yet.")

    _code_unique = models.UniqueIndex("(backend_id, code)")

    def write(self, vals):
        if {"product_id", "warehouse_id"} & set(vals) and "proposed" not in vals:
            vals = {**vals, "proposed": False}
        return super().write(vals)

    @api.model
    def _resolve(self, backend, titles):
        """Find methods by code; new ones are noted with a proposal.

        :param titles: dict of code → what the customer reads
        :returns: dict of code → method
        """
        known = {
            method.code: method
            for method in self.search([("backend_id", "=", backend.id), ("code", "in", list(titles))])
        }
        new = self.create(
            [
                {
                    "backend_id": backend.id,
                    "code": code,
                    "title": title or code,
                    "product_id": self._proposal(backend.company_id, title or code).id,
                    "proposed": True,
                }
                for code, title in sorted(titles.items())
                if code not in known
            ]
        )
        return known | {method.code: method for method in new}

    @api.model
    def _proposal(self, company, title):
        """The service that is named like the method, else the charge for shipping that every shop has."""
        services = self.env["product.product"].search(
            [("type", "=", "service"), ("company_id", "in", (company.id, False)), ("name", "=", title)], limit=1
        )
        return services or self.env.ref("magento_connector.product_shipping", raise_if_not_found=False) or services

    def action_accept(self):
        """A person has looked at the proposals and agrees."""
        self.write({"proposed": False})
        return True


def shipping_titles(intents):
    """dict of shipping method → what customers read, of some orders.

    :param intents: iterable of OrderIntent
    """
    titles = {}
    for intent in intents:
        if intent.shipping_method:
            titles[intent.shipping_method] = titles.get(intent.shipping_method) or intent.shipping_description
    return titles
