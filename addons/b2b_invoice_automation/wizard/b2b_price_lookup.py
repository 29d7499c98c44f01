"""The price of a product for a customer, quantity and day, and why: what an order would get, without an order."""

from odoo import api, fields, models

from ..models.b2b_contract_pricing import PriceRequest
from ..models.price_explanation import rule_sentences


class B2bPriceLookup(models.TransientModel):
    _name = "b2b.price.lookup"
    _description = "Price for a Customer"

    partner_id = fields.Many2one("res.partner", "Customer", ondelete="cascade")
    product_id = fields.Many2one("product.product", ondelete="cascade", domain="[('sale_ok', '=', True)]")
    quantity = fields.Float(default=1.0, digits="Product Unit")
    uom_id = fields.Many2one("uom.uom", "Unit", compute="_compute_uom_id", store=True, readonly=False)
    day = fields.Date("On", default=fields.Date.context_today, required=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, readonly=False, help="Currency of the order."
    )
    price_unit = fields.Float("Unit Price", compute="_compute_price", digits="Product Price")
    price_total = fields.Monetary("Amount", compute="_compute_price", help="Without tax.")
    source = fields.Char("Comes From", compute="_compute_price")
    explanation = fields.Text("Why This Price", compute="_compute_price")
    contracts_text = fields.Text("Contracts on That Day", compute="_compute_price")

    @api.depends("product_id")
    def _compute_uom_id(self):
        for lookup in self:
            lookup.uom_id = lookup.product_id.uom_id

    @api.depends("partner_id", "company_id")
    def _compute_currency_id(self):
        for lookup in self:
            pricelist = lookup.partner_id.with_company(lookup.company_id).property_product_pricelist
            lookup.currency_id = pricelist.currency_id or lookup.company_id.currency_id

    @api.depends("partner_id", "product_id", "quantity", "uom_id", "day", "currency_id", "company_id")
    @api.depends_context("lang")
    def _compute_price(self):
        for lookup in self:
            lookup.update(lookup._answer() if lookup._is_asked() else dict.fromkeys(self._answer_fields(), False))

    def _is_asked(self):
        return self.partner_id and self.product_id and self.uom_id and self.day and self.currency_id

    @api.model
    def _answer_fields(self):
        return ("price_unit", "price_total", "source", "explanation", "contracts_text")

    def _answer(self):
        contracts = self._contracts()
        priced = self._priced(contracts) if contracts else None
        answer = {"contracts_text": self._contracts_text(contracts)}
        if priced is None or priced.rule is None:
            return answer | self._pricelist_answer(contracts)
        rule = self.env["b2b.contract.price.rule"].sudo().browse(priced.rule)
        explanation = priced.explanation.as_dict()
        explanation["names"] = {
            "contract": rule.contract_id.display_name,
            "rule": rule.display_name,
            "uom": rule.uom_id.name or "",
            "line_uom": self.uom_id.name,
            "currency": self.currency_id.name,
        }
        total = float(priced.total) if priced.total is not None else 0.0
        return answer | {
            "price_total": total,
            "price_unit": total / self.quantity if self.quantity else 0.0,
            "source": rule.contract_id.display_name,
            "explanation": "\n".join(rule_sentences(self.env, explanation, self.currency_id)),
        }

    def _contracts(self):
        """Return the contracts that an order of that day could be priced by, in their order.

        Those that the user may read: the company can be any that was named.
        """
        entity = self.partner_id.commercial_partner_id
        found = self.env["b2b.contract"]._in_force_for(
            entity._origin or entity, self.company_id._origin or self.company_id, self.day, self.day
        )
        return found.sorted(lambda contract: contract.currency_id != self.currency_id).sudo()

    def _priced(self, contracts):
        request = PriceRequest(
            key=0,
            product=self.product_id._origin or self.product_id,
            quantity=self.quantity,
            uom=self.uom_id._origin or self.uom_id,
            day=self.day,
            contracts=contracts,
            currency=self.currency_id._origin or self.currency_id,
            company=self.company_id,
        )
        return self.env["b2b.contract"]._price([request])[0]

    def _pricelist_answer(self, contracts):
        pricelist = self.partner_id.with_company(self.company_id).property_product_pricelist
        price = pricelist._get_product_price(
            self.product_id, self.quantity or 1.0, currency=self.currency_id, uom=self.uom_id, date=self.day
        )
        return {
            "price_unit": price,
            "price_total": self.currency_id.round(price * self.quantity),
            "source": pricelist.display_name or self.env._("Sales price"),
            "explanation": self.env._("No contract rule covers this product; the price comes from the pricelist.")
            if contracts
            else self.env._("No contract counts on this day; the price comes from the pricelist."),
        }

    def _contracts_text(self, contracts):
        return "\n".join(contracts.with_env(self.env).sudo()._b2b_ranked_sentences())
