"""Orders under contracts: which contract counts, and quotation lines laid out by its tiers."""

from collections import defaultdict

from odoo import api, fields, models

LATEST = 2**31 - 1


class SaleOrder(models.Model):
    _inherit = "sale.order"

    b2b_contract_id = fields.Many2one(
        "b2b.contract",
        "Contract",
        compute="_compute_b2b_contract_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        copy=False,
        tracking=True,
        domain="[('id', 'in', b2b_available_contract_ids)]",
        help="The contract of the customer that counts on the order's date. Its prices are used first, then those of "
        "the customer's other contracts. Empty it to price without a contract.",
        groups="base.group_user",
    )
    b2b_available_contract_ids = fields.Many2many(
        "b2b.contract", compute="_compute_b2b_available_contract_ids", groups="base.group_user"
    )
    b2b_contract_reason = fields.Char(
        "Why This Contract", compute="_compute_b2b_contract_reason", groups="base.group_user"
    )

    @api.depends("partner_id", "company_id", "currency_id")
    def _compute_b2b_contract_id(self):
        """A new date is followed in ``write`` and ``onchange``: confirming, which sets the date, changes no terms."""
        choosing = self.filtered(lambda order: order.state in ("draft", "sent") or not order.b2b_contract_id)
        contracts = choosing._b2b_contracts_in_force()
        for order in self:
            order.b2b_contract_id = contracts[order][:1] if order in choosing else order.b2b_contract_id

    @api.depends("partner_id", "company_id", "currency_id", "date_order")
    def _compute_b2b_available_contract_ids(self):
        contracts = self._b2b_contracts_in_force()
        for order in self:
            order.b2b_available_contract_ids = contracts[order]

    @api.depends("b2b_contract_id", "b2b_available_contract_ids")
    def _compute_b2b_contract_reason(self):
        for order in self:
            order.b2b_contract_reason = order._b2b_contract_reason_text()

    def _compute_payment_term_id(self):
        result = super()._compute_payment_term_id()
        for order in self:
            if term := order.b2b_contract_id.sudo().payment_term_id:
                order.payment_term_id = term
        return result

    @api.onchange("date_order")
    def _onchange_date_order_b2b_contract(self):
        self._b2b_follow_date()

    @api.onchange("b2b_contract_id", "date_order")
    def _onchange_b2b_contract_id(self):
        """Prices follow a new contract or date when the user presses “Update prices”, as with pricelists."""
        before, contract = self._origin, self.b2b_contract_id
        if before.b2b_contract_id != contract and contract.sudo().payment_term_id:
            self.payment_term_id = contract.sudo().payment_term_id
        redated = contract and before.date_order != self.date_order
        if self.order_line and (before.b2b_contract_id != contract or redated):
            self.show_update_pricelist = True

    @api.onchange("order_line")
    def _onchange_b2b_pooled_prices(self):
        """A line that reaches the next tier of the whole order changes the price of the others as well."""
        if self.state in ("draft", "sent") and self.b2b_contract_id:
            self.order_line._b2b_refresh_prices()

    @api.model_create_multi
    def create(self, vals_list):
        orders = super(SaleOrder, self.with_context(b2b_layout_later=True)).create(vals_list)
        orders = orders.with_env(self.env)
        orders._b2b_lay_out_tiers()
        return orders

    def write(self, vals):
        if "order_line" not in vals or self.env.context.get("b2b_layout_later"):
            result = super().write(vals)
            if "date_order" in vals and "state" not in vals and "b2b_contract_id" not in vals:
                self._b2b_follow_date()
            return result
        result = super(SaleOrder, self.with_context(b2b_layout_later=True)).write(vals)
        self._b2b_lay_out_tiers()
        return result

    def _recompute_prices(self):
        lines = self._get_update_prices_lines()
        lines._compute_b2b_contract_price()
        result = super()._recompute_prices()
        self._b2b_lay_out_tiers()
        return result

    def _get_update_prices_lines(self):
        """What a customer agreed to in the shop is compared with the contract, never overwritten."""
        return super()._get_update_prices_lines().filtered(lambda line: not line.b2b_channel_price)

    def _b2b_contracts_in_force(self):
        """Return order → the contracts that count for it on its date, the preferred first.

        Preferred: the order's own currency, then the lower precedence, the later start, the newer version.
        """
        dated = self.filtered(lambda order: order.partner_id and order.company_id)
        none = self.env["b2b.contract"]
        contracts = defaultdict(lambda: none)
        if not dated:
            return contracts
        day_of = {order: order._b2b_price_day() for order in dated}
        candidates = none.sudo()._in_force_for(
            dated.partner_id.commercial_partner_id, dated.company_id, min(day_of.values()), max(day_of.values())
        )
        by_customer = defaultdict(lambda: none)
        for contract in candidates:
            by_customer[contract.partner_id, contract.company_id] |= contract
        for order in dated:
            customer = order.partner_id.commercial_partner_id, order.company_id
            entity = tuple(record._origin for record in customer)
            in_force = by_customer[entity].filtered(lambda contract, day=day_of[order]: contract._covers(day))
            ranked = in_force.sorted(lambda contract, currency=order.currency_id: contract.currency_id != currency)
            contracts[order] = ranked.with_env(self.env)
        return contracts

    def _b2b_follow_date(self):
        """Give quotations whose contract does not count on their date the one that does."""
        moved = self.filtered(
            lambda order: (
                order.state in ("draft", "sent")
                and not (order.b2b_contract_id and order.b2b_contract_id.sudo()._covers(order._b2b_price_day()))
            )
        )
        contracts = moved._b2b_contracts_in_force()
        for order in moved:
            if order.b2b_contract_id != contracts[order][:1]:
                order.b2b_contract_id = contracts[order][:1]

    def _b2b_contracts_for_pricing(self):
        """Return order → the contracts that may price its lines: its own, then the customer's others."""
        none = self.env["b2b.contract"]
        contracts = defaultdict(lambda: none)
        priced = self.filtered("b2b_contract_id")
        in_force = priced._b2b_contracts_in_force()
        for order in priced:
            contracts[order] = order.b2b_contract_id._origin | in_force[order]
        return contracts

    def _b2b_price_day(self):
        """Return the day whose contracts, rules and exchange rates count."""
        self.ensure_one()
        moment = self.date_order or fields.Datetime.now()
        return self.env["b2b.contract"]._local_day(self.company_id or self.env.company, moment)

    def _b2b_place_in_time(self):
        """Return (moment, order id): cumulative tiers count what was before it. Quotations come after what is sold."""
        self.ensure_one()
        counted = self.state == "sale" or self.b2b_channel_state
        return self.date_order or fields.Datetime.now(), (counted and self._origin.id) or LATEST

    def _b2b_contract_reason_text(self):
        contract = self.b2b_contract_id.sudo()
        others = (self.b2b_available_contract_ids - self.b2b_contract_id).sudo()
        if not contract:
            return (
                self.env._("No contract counts on this date.")
                if not others
                else self.env._(
                    "Priced without a contract; in force: %(others)s.", others=", ".join(others.mapped("display_name"))
                )
            )
        if contract != self.b2b_available_contract_ids[:1]._origin.sudo():
            return self.env._("Chosen by hand.") if others else ""
        if not others:
            return ""
        if contract.currency_id == self.currency_id and any(other.currency_id != self.currency_id for other in others):
            return self.env._("Preferred for its currency before %(others)s.", others=", ".join(others.mapped("name")))
        return self.env._("Preferred by precedence before %(others)s.", others=", ".join(others.mapped("name")))

    def _b2b_lay_out_tiers(self):
        """Give quotations one line per slice of graduated tiers, and pooled lines their common tier. Safe to repeat.

        In confirmed orders, only what counts the whole order is brought up to date; see ``_b2b_write_sliced``.
        """
        if self.env.context.get("b2b_layout_later"):
            return
        lines = self.order_line.filtered("b2b_contract_rule_id")
        rules = lines.b2b_contract_rule_id.sudo()
        if rules._is_pooled():
            mixed = rules.filtered(lambda rule: rule.basis == "order")
            lines.filtered(
                lambda line: line.state == "sale" and line.b2b_contract_rule_id in mixed
            )._b2b_refresh_prices()
        quoted = self.filtered(lambda order: order.state in ("draft", "sent"))
        lines, sliced = lines & quoted.order_line, quoted.order_line.filtered("b2b_slice_group")
        if lines and (rules._is_pooled() or sliced):
            lines._b2b_refresh_prices()
            lines._b2b_lay_out_slices()
        sliced.exists().filtered(lambda line: not line.b2b_contract_rule_id)._b2b_join_slices()

    def _b2b_place_below(self, line, added):
        """Number the order's lines so that some new ones stand directly below another."""
        self.ensure_one()
        rest = (self.order_line - added).sorted(lambda other: (other.sequence, other.id))
        position = rest.ids.index(line.id) + 1
        sequence = min(rest.mapped("sequence"))
        for index, other in enumerate([*rest[:position], *added, *rest[position:]]):
            if other.sequence != sequence + index:
                other.sequence = sequence + index
