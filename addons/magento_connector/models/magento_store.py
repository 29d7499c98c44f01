"""Store views of a shop, and what each means for the books."""

from odoo import api, fields, models

MAPPED = ("company_id", "warehouse_id", "pricelist_id", "journal_id", "team_id", "lang")


class MagentoStore(models.Model):
    _name = "magento.store"
    _description = "Store View of the Shop"
    _order = "backend_id, external_id"
    _check_company_auto = True

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    name = fields.Char(required=True)
    code = fields.Char(required=True)
    external_id = fields.Integer("Shop ID", required=True)
    website_id = fields.Integer("Website ID")
    website_name = fields.Char("Website")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, help="Orders of this store view become orders of this company."
    )
    currency_id = fields.Many2one("res.currency", "Display Currency", help="The currency the shop sells in here.")
    base_currency_id = fields.Many2one("res.currency", help="The currency of the website's accounts.")
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        check_company=True,
        domain="[('company_id', '=', company_id)]",
        help="Ships the orders. Empty: the company's first.",
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        check_company=True,
        help="Names the currency of the orders; their prices are the shop's.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        "Sales Journal",
        check_company=True,
        domain="[('type', '=', 'sale')]",
        help="Takes the invoices. Empty: the company's first.",
    )
    team_id = fields.Many2one("crm.team", "Sales Team", check_company=True)
    prices_include_tax = fields.Boolean(help="The shop shows prices with tax here. Odoo keeps net amounts either way.")
    shipping_with_tax = fields.Boolean(
        "Refunds Shipping with Tax",
        help="Where the shop's Stores > Configuration > Sales > Tax > Orders, Invoices, Credit Memos Display Settings "
        "shows the shipping amount including tax only, it takes a part of the shipping that is given back with tax.",
    )
    tax_mode_seen = fields.Boolean(readonly=True, help="Its orders told whether prices include tax; set once.")
    lang = fields.Selection(
        selection="_selection_lang", string="Language", help="For new customers of this store view."
    )
    proposed = fields.Boolean(help="Chosen by the system; a person has not looked at it yet.")
    timezone = fields.Char("Time Zone", readonly=True)
    url = fields.Char("Address", readonly=True)
    media_url = fields.Char("Address of Images", readonly=True)

    _external_unique = models.UniqueIndex("(backend_id, external_id)")

    @api.model
    def _selection_lang(self):
        return self.env["res.lang"].get_installed()

    def write(self, vals):
        if {*MAPPED} & set(vals) and "proposed" not in vals:
            vals = {**vals, "proposed": False}
        turned = self.filtered(
            lambda store: vals.get("prices_include_tax", store.prices_include_tax) != store.prices_include_tax
        )
        result = super().write(vals)
        if {*MAPPED} & set(vals):
            self.env["magento.record"]._retry_waiting_for(self.backend_id, "store")
        if turned:
            self._price_again(turned.backend_id)
        return result

    @api.model
    def _price_again(self, backends):
        """Prices of the shop mean something else now: those that came from there, and those that it was told."""
        for backend in backends:
            self.env["magento.loader.product"]._price_again(backend)
        self.env["magento.record"]._wake_lanes()
        self.env["magento.price"].sudo()._wake()

    def _archived_choices(self):
        """The warehouse or the journal that was chosen and is in use no more."""
        self.ensure_one()
        chosen = (self.warehouse_id, self.journal_id)
        return next((record for record in chosen if record and not record.active), None)

    def _proposal(self):
        """Values for what is still empty, from the company's own records; a company that is named like the website.

        :returns: dict of field → value, without what a person has chosen
        """
        self.ensure_one()
        company = self.company_id
        if not any(self[name] for name in MAPPED if name not in ("company_id", "lang")):
            names = [name for name in (self.website_name, self.name) if name]
            namesake = self.env["res.company"].search([("name", "in", names)], limit=1)
            company = namesake & self.env.user.company_ids or company
        found = {
            "warehouse_id": self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1),
            "journal_id": self.env["account.journal"].search(
                [("type", "=", "sale"), ("company_id", "parent_of", company.id)], limit=1
            ),
            "pricelist_id": self.env["product.pricelist"].search(
                [("currency_id", "=", self.currency_id.id), ("company_id", "in", (company.id, False))], limit=1
            )
            if self.currency_id
            else self.env["product.pricelist"],
        }
        wanted = {name: record.id for name, record in found.items() if record and not self[name]}
        return {**wanted, **({"company_id": company.id} if company != self.company_id else {})}

    @api.depends("name", "website_name")
    def _compute_display_name(self):
        for store in self:
            store.display_name = f"{store.website_name} / {store.name}" if store.website_name else store.name

    @api.onchange("company_id")
    def _onchange_company_id(self):
        self.update({"warehouse_id": False, "pricelist_id": False, "journal_id": False, "team_id": False})
