"""Copies a pricelist of Odoo into a contract: says first what it makes and cannot, and compares prices to the cent."""

from datetime import datetime, time

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.b2b_contract_pricing import PriceRequest
from ..models.pricelist_rules import PricelistRules
from ..order_to_cash.pricing.price_rules import PriceBook

PRODUCTS_PER_RULE = 5
MOST_PRODUCTS = 200
MOST_QUANTITIES = 4


class B2bContractFromPricelist(models.TransientModel):
    _name = "b2b.contract.from.pricelist"
    _description = "Copy of a Pricelist"

    contract_id = fields.Many2one(
        "b2b.contract", required=True, ondelete="cascade", domain="[('state', 'in', ('draft', 'template'))]"
    )
    pricelist_id = fields.Many2one("product.pricelist", ondelete="cascade")
    freeze = fields.Boolean(
        "Copy Today's Price Otherwise",
        help="A contract has no rounding, extra fees or margins. With this, such items become the fixed price of "
        "today, where they are about a single product; without, they are left out.",
    )
    preview_html = fields.Html(compute="_compute_preview_html", sanitize=False)
    rule_count = fields.Integer(compute="_compute_preview_html")

    @api.depends("contract_id", "pricelist_id", "freeze")
    def _compute_preview_html(self):
        for wizard in self:
            if not wizard.pricelist_id or not wizard.contract_id:
                wizard.preview_html, wizard.rule_count = "", 0
                continue
            copied = wizard._copied()
            values = copied.values()
            wizard.rule_count = len(values)
            wizard.preview_html = self.env["ir.qweb"]._render(
                "b2b_invoice_automation.pricelist_copy_preview", wizard._preview(copied, values)
            )

    def action_copy(self):
        """Add the rules to the contract."""
        self.ensure_one()
        contract = self.contract_id
        if not contract.has_access("write"):
            raise AccessError(self.env._("Only people who write contracts may copy a pricelist into one."))
        contract._touch()
        values = self._copied().values() if self.pricelist_id else []
        if not values:
            raise UserError(self.env._("Nothing of this pricelist can be copied. Choose another one."))
        self.env["b2b.contract.price.rule"].create([{**rule, "contract_id": contract.id} for rule in values])
        contract.message_post(body=self.env._("Prices copied from the pricelist %s.", self.pricelist_id.display_name))
        return contract._open_form()

    def _copied(self):
        contract = self.contract_id._origin or self.contract_id
        pricelist = self.pricelist_id._origin or self.pricelist_id
        return PricelistRules(contract, pricelist, self.freeze, self._moment())

    def _moment(self):
        return datetime.combine(fields.Date.context_today(self), time(12))

    def _preview(self, copied, values):
        contract = self.contract_id._origin or self.contract_id
        rules = self.env["b2b.contract.price.rule"].concat(
            *(self.env["b2b.contract.price.rule"].new({**rule, "contract_id": contract.id}) for rule in values)
        )
        compared = self._compare(contract, rules)
        shown = [(rule.display_name, rule.computation, rule.tiers_text) for rule in rules]
        contract.invalidate_recordset(["rule_ids"])
        return {
            "rules": shown,
            "left_out": copied.left_out,
            "notes": list(dict.fromkeys(copied.notes)),
            "compared": compared,
            "different": sum(1 for row in compared if row["differs"]),
        }

    def _compare(self, contract, rules):
        """Return sample amounts by the pricelist and by the rules, in the contract's currency."""
        day = fields.Date.context_today(self)
        requests = [
            PriceRequest(
                key=(product.id, quantity),
                product=product,
                quantity=quantity,
                uom=product.uom_id,
                day=day,
                contracts=contract,
                currency=contract.currency_id,
                company=contract.company_id,
            )
            for product, quantities in self._sample(rules).items()
            for quantity in quantities
        ]
        old = contract._pricelist_prices_in(requests, self.pricelist_id._origin or self.pricelist_id, self._moment())
        lines = contract._lines_to_price(contract.company_id, requests, rules.base_pricelist_id)
        book = PriceBook([rule._as_engine_rule() for rule in rules])
        priced = book.price(lines, rate=contract._rate_on(contract.company_id))
        return [self._compared(contract, request, old[request.key], priced[request.key]) for request in requests]

    def _compared(self, contract, request, old_price, priced):
        before = contract.currency_id.round(old_price * request.quantity)
        now = None if priced.rule is None or priced.total is None else float(priced.total)
        return {
            "product": request.product.display_name,
            "quantity": f"{request.quantity:g} {request.uom.name}",
            "before": contract.currency_id.format(before),
            "now": contract.currency_id.format(now) if now is not None else self.env._("no price here"),
            "differs": now is None or contract.currency_id.compare_amounts(before, now) != 0,
        }

    def _sample(self, rules):
        """Return product → quantities to compare: of each rule a few products, and where its tiers begin."""
        sample = {}
        for rule in rules:
            products = rule._sample_products(PRODUCTS_PER_RULE)
            floors = sorted({1.0, *(tier.floor or 1.0 for tier in rule.tier_ids)})[:MOST_QUANTITIES]
            for product in products:
                if product in sample or len(sample) < MOST_PRODUCTS:
                    sample.setdefault(product, set()).update(floors)
        return {product: sorted(quantities) for product, quantities in sample.items()}
