"""Order lines under contracts: the contract's price beside the line's own, why it is so, and one line per slice."""

from decimal import Decimal

from odoo import api, fields, models

from ..order_to_cash.money import to_decimal
from .b2b_contract_pricing import PriceRequest
from .price_explanation import explanation_sentences
from .price_panel import price_panel
from .sale_order import LATEST

NO_PRICE = {
    "b2b_contract_rule_id": False,
    "b2b_contract_price_unit": 0.0,
    "b2b_contract_price_subtotal": 0.0,
    "b2b_price_explanation": False,
}
OTHERS_FLAGS = ("is_reward_line", "is_delivery")  # of Odoo's loyalty and delivery addons, where installed


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    b2b_contract_rule_id = fields.Many2one(
        "b2b.contract.price.rule",
        "Contract Price Rule",
        compute="_compute_b2b_contract_price",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )
    b2b_contract_price_unit = fields.Float(
        "Contract Price",
        compute="_compute_b2b_contract_price",
        store=True,
        precompute=True,
        min_display_digits="Product Price",
        help="Price per unit by the contract, in the currency of the order.",
        groups="base.group_user",
    )
    b2b_contract_price_subtotal = fields.Monetary(
        "Contract Amount",
        compute="_compute_b2b_contract_price",
        store=True,
        precompute=True,
        help="What the line costs by the contract. Where it is not the line's amount, the price was agreed in the shop "
        "or typed by hand.",
        groups="base.group_user",
    )
    b2b_price_explanation = fields.Json(
        compute="_compute_b2b_contract_price", store=True, precompute=True, groups="base.group_user"
    )
    b2b_price_explanation_text = fields.Text(
        "Why This Price", compute="_compute_b2b_price_explanation_text", groups="base.group_user"
    )
    b2b_price_why = fields.Json(
        "Price Explained",
        compute="_compute_b2b_price_why",
        help="The same explanation in parts, for the panel.",
        groups="base.group_user",
    )
    b2b_price_source = fields.Selection(
        [
            ("contract", "Contract"),
            ("manual", "Typed by hand"),
            ("channel", "Agreed in the shop"),
            ("kept", "Kept from before"),
            ("unpriced", "Contract price missing"),
            ("pricelist", "Pricelist"),
        ],
        "Price From",
        compute="_compute_b2b_price_source",
        groups="base.group_user",
    )
    b2b_slice_group = fields.Char(
        readonly=True, help="Lines of one order that are slices of one quantity share it.", groups="base.group_user"
    )

    @api.depends("product_id", "product_uom_id", "product_uom_qty")
    def _compute_b2b_contract_price(self):
        quoted = self._b2b_quote()
        for line in self:
            line.update(quoted.get(line, NO_PRICE))

    @api.depends("b2b_price_explanation", "b2b_price_source")
    @api.depends_context("lang")
    def _compute_b2b_price_explanation_text(self):
        for line in self:
            line.b2b_price_explanation_text = "\n".join(explanation_sentences(line))

    @api.depends("b2b_price_explanation", "b2b_price_source", "price_unit", "discount")
    @api.depends_context("lang")
    def _compute_b2b_price_why(self):
        for line in self:
            line.b2b_price_why = price_panel(line)

    @api.depends(
        "b2b_contract_rule_id",
        "b2b_price_explanation",
        "price_unit",
        "technical_price_unit",
        "discount",
        "b2b_channel_price",
    )
    def _compute_b2b_price_source(self):
        for line in self:
            if not line.product_id or line.display_type:
                line.b2b_price_source = False
            elif line.b2b_channel_price:
                line.b2b_price_source = "channel"
            elif line._b2b_has_manual_price() or (line.discount and line._b2b_is_priced_by_contract()):
                line.b2b_price_source = "manual"
            elif line._b2b_is_priced_by_contract():
                line.b2b_price_source = "contract" if line._b2b_has_contract_price() else "kept"
            elif (line.b2b_price_explanation or {}).get("code") == "unpriced":
                line.b2b_price_source = "unpriced"
            else:
                line.b2b_price_source = "pricelist"

    def _compute_price_unit(self):
        """A price that the customer agreed to in the shop is never recomputed."""
        repriced = self.filtered(lambda line: not line.b2b_channel_price)
        return super(SaleOrderLine, repriced)._compute_price_unit()

    def _compute_discount(self):
        """A contract price is net; the shop's discount stays as it came."""
        net = self.filtered(lambda line: line._b2b_is_priced_by_contract() and not line.b2b_channel_price)
        for line in net:
            line.discount = 0.0
        for line in self.filtered("b2b_channel_price"):
            line.discount = line.discount
        others = self.filtered(lambda line: not line.b2b_channel_price) - net
        return super(SaleOrderLine, others)._compute_discount()

    def _get_display_price(self):
        if self._b2b_is_priced_by_contract():
            return self.b2b_contract_price_unit
        return super()._get_display_price()

    @api.model_create_multi
    def create(self, vals_list):
        typed = ["price_unit" in vals and "technical_price_unit" not in vals for vals in vals_list]
        lines = super().create(vals_list)
        lines.browse([line.id for line, own in zip(lines, typed, strict=True) if own])._b2b_keep_typed_prices()
        lines.order_id._b2b_lay_out_tiers()
        return lines

    def write(self, vals):
        if sliced := self._b2b_sliced_when_confirmed(vals):
            return sliced._b2b_write_sliced(vals) and (self - sliced).write(vals)
        result = super().write(vals)
        if vals.keys() & {"product_id", "product_uom_id", "product_uom_qty"}:
            self.order_id._b2b_lay_out_tiers()
        return result

    def unlink(self):
        orders = self.order_id
        result = super().unlink()
        orders.exists()._b2b_lay_out_tiers()
        return result

    # --- prices by contract ---

    def _b2b_is_priced_by_contract(self):
        self.ensure_one()
        return bool(self.b2b_contract_rule_id) and (self.b2b_price_explanation or {}).get("code") != "unpriced"

    def _b2b_has_contract_price(self):
        """Say whether the line's own price is the contract's, in the order's tax terms."""
        self.ensure_one()
        currency, price = self.currency_id or self.env.company.currency_id, self.b2b_contract_price_unit
        return not currency.compare_amounts(price, self.price_unit) or not currency.compare_amounts(
            self._b2b_in_tax_terms(price), self.price_unit
        )

    def _b2b_in_tax_terms(self, price):
        """Return a price of the contract as the order states prices: with or without tax, by its fiscal position."""
        self.ensure_one()
        product_taxes = self.product_id.taxes_id._filter_taxes_by_company(self.company_id)
        return self.product_id._get_tax_included_unit_price_from_price(
            price, product_taxes=product_taxes, fiscal_position=self.order_id.fiscal_position_id
        )

    def _b2b_has_manual_price(self):
        """Odoo's own test for a price that was typed by hand."""
        self.ensure_one()
        currency = self.currency_id or self.company_id.currency_id or self.env.company.currency_id
        price = self.price_unit  # read first: what is pending to be recomputed writes the technical price as well
        return bool(currency.compare_amounts(self.technical_price_unit, price))

    def _b2b_keep_typed_prices(self):
        """A price that came with a new line is like one typed by hand: where it is not the contract's, it stays."""
        for line in self:
            if not line.b2b_channel_price and line._b2b_is_priced_by_contract() and not line._b2b_has_contract_price():
                line.with_context(sale_write_from_compute=True).technical_price_unit = line.b2b_contract_price_unit

    def _b2b_can_have_contract_price(self):
        """Say whether goods are sold here: no heading, down payment, combo, discount, reward or charge."""
        self.ensure_one()
        return bool(
            self.product_id
            and self.product_uom_id
            and self.order_id
            and not self.display_type
            and not self.is_downpayment
            and not self.b2b_channel_charge
            and not self.combo_item_id
            and self.product_type != "combo"
            and not self._is_global_discount()
            and not self._is_discount_line()
            and not any(self[flag] for flag in OTHERS_FLAGS if flag in self._fields)
        )

    def _b2b_quantities(self):
        """Return the groups of lines that are one quantity: slices of one order, product and unit; others alone."""
        groups = {}
        for line in self:
            key = (line.order_id, line.b2b_slice_group, line.product_id, line.product_uom_id)
            key = key if line.b2b_slice_group and not line.b2b_channel_price else line
            groups[key] = groups.get(key, self.browse()) + line
        return list(groups.values())

    def _b2b_priced_quantities(self, quantities=None):
        """Price these lines, together with the rest of their orders where tiers pool over it.

        :param dict quantities: line → the quantity that it is about to have, where that is another one
        :returns: list of (lines that are one quantity, :class:`PricedLine`)
        """
        quantities, orders = quantities or {}, self.with_prefetch().order_id
        contracts = orders._b2b_contracts_for_pricing()
        pooled = orders.filtered(lambda order: contracts[order].sudo().rule_ids._is_pooled())
        lines = (self | pooled.order_line).filtered(
            lambda line: contracts[line.order_id] and line._b2b_can_have_contract_price()
        )
        groups = lines.sorted(lambda line: (line.sequence, line._origin.id or LATEST))._b2b_quantities()
        heads = [group[0].with_prefetch(lines._ids) for group in groups]
        requests = [
            PriceRequest(
                key=index,
                product=head.product_id.with_context(**head._get_product_price_context()),
                quantity=sum(quantities.get(line, line.product_uom_qty) for line in group),
                uom=head.product_uom_id,
                day=head.order_id._b2b_price_day(),
                contracts=contracts[head.order_id],
                currency=head.order_id.currency_id or head.order_id.company_id.currency_id,
                company=head.order_id.company_id or self.env.company,
                order=head.order_id,
                before=head.order_id._b2b_place_in_time(),
            )
            for index, (head, group) in enumerate(zip(heads, groups, strict=True))
        ]
        priced = self.env["b2b.contract"]._price(requests)
        return [(group.with_prefetch(lines._ids), priced[index]) for index, group in enumerate(groups)]

    def _b2b_quote(self):
        """Return line → values of the contract fields; lines without contract price are left out."""
        quoted = {}
        for group, priced in self._b2b_priced_quantities():
            if priced.rule is None:
                continue
            explanation = group[0]._b2b_explanation_of(priced)
            parts = _deal_out(priced.slices, [to_decimal(line.product_uom_qty) for line in group])
            for line, (unit_price, amount) in zip(group, parts, strict=True):
                quoted[line] = {
                    "b2b_contract_rule_id": priced.rule,
                    "b2b_contract_price_unit": float(unit_price),
                    "b2b_contract_price_subtotal": line._b2b_net_amount(float(unit_price), float(amount)),
                    "b2b_price_explanation": explanation,
                }
        return quoted

    def _b2b_net_amount(self, unit_price, amount, quantity=None):
        """Return the contract's amount without tax, where the line's taxes are included in prices.

        :param float quantity: that the amount is for, where it is another than the line's
        """
        self.ensure_one()
        if not any(tax.price_include for tax in self.tax_ids.flatten_taxes_hierarchy()):
            return amount
        AccountTax, company = self.env["account.tax"], self.company_id or self.env.company
        base_line = self._prepare_base_line_for_taxes_computation(
            price_unit=unit_price,
            discount=0.0,
            extra_tax_data=None,
            quantity=self.product_uom_qty if quantity is None else quantity,
        )
        AccountTax._add_tax_details_in_base_line(base_line, company)
        AccountTax._round_base_lines_tax_details([base_line], company)
        return base_line["tax_details"]["total_excluded_currency"]

    def _b2b_explanation_of(self, priced):
        """Return the engine's explanation with the names that a reader needs, as of now."""
        rule = self.env["b2b.contract.price.rule"].sudo().browse(priced.rule)
        explanation = priced.explanation.as_dict()
        explanation["names"] = {
            "contract": rule.contract_id.display_name,
            "rule": rule.display_name,
            "uom": rule.uom_id.name or "",
            "line_uom": self.product_uom_id.name,
            "currency": self.currency_id.name,
            "contract_currency": rule.currency_id.name,
            "base": rule.base_pricelist_id.display_name or "",
            "rate_is_fixed": self.currency_id in rule.contract_id.rate_ids.currency_id,
        }
        return explanation

    def _b2b_refresh_prices(self):
        """Bring contract prices up to date where the rest of the order or the period moved them.

        A price that was typed by hand or agreed in the shop stays; only what is beside it changes.
        """
        self._b2b_take_prices(self._b2b_quote())

    def _b2b_take_prices(self, quoted):
        """Give these lines what was quoted for them.

        :param dict quoted: line → values, as ``_b2b_quote`` gives them
        """
        for line in self:
            values = quoted.get(line, NO_PRICE)
            keeps_price = line.b2b_channel_price or line.qty_invoiced or line._b2b_has_manual_price()
            changed = (
                line.b2b_contract_rule_id.id != values["b2b_contract_rule_id"]
                or line.b2b_contract_price_unit != values["b2b_contract_price_unit"]
                or line.b2b_price_explanation != values["b2b_price_explanation"]
            )
            if changed:
                line.update(values)
            moved = line.b2b_contract_rule_id.sudo()._is_pooled() and not line._b2b_has_contract_price()
            if not keeps_price and (changed or moved):
                line.with_context(sale_write_from_compute=True, b2b_layout_later=True)._reset_price_unit()


def _deal_out(slices, quantities):
    """Deal priced slices out to lines that share them, in order.

    :returns: per line (unit price, amount); a line over several slices has the unit price that makes its amount exact
    """
    if not slices:
        return [(Decimal(0), Decimal(0)) for _quantity in quantities]
    if len(slices) == 1:
        unit = slices[0].unit_price
        return [(unit, slices[0].amount if len(quantities) == 1 else unit * quantity) for quantity in quantities]
    whole, amount = sum(quantities), sum(cut.amount for cut in slices)
    if not whole:
        return [(slices[0].unit_price, slices[0].unit_price * quantity) for quantity in quantities]
    if len(quantities) == 1:
        return [(amount / whole, amount)]
    if any((quantity < 0) != (whole < 0) for quantity in quantities if quantity):
        return [(amount / whole, amount * quantity / whole) for quantity in quantities]
    return _deal_in_turn(slices, quantities)


def _deal_in_turn(slices, quantities):
    dealt, left = [], [[cut.quantity, cut.unit_price] for cut in slices]
    for quantity in quantities:
        wanted, amount = quantity, Decimal(0)
        while wanted and left:
            part = min(left[0][0], wanted, key=abs)
            amount += part * left[0][1]
            wanted -= part
            left[0][0] -= part
            if not left[0][0]:
                left.pop(0)
        dealt.append((amount / quantity if quantity else slices[-1].unit_price, amount))
    return dealt
