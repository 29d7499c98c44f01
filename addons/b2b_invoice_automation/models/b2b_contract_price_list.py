"""A contract as its customer reads it: a price list, and the terms in words. Nothing of our calculation is in it.

It is apart from the rules' own texts because those are for the people who write contracts: they name bases, markups and
tolerances, which the customer is not shown.
"""

from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, formatLang

from .account_move_document import digits_needed
from .b2b_contract_pricing import PriceRequest

SHOWN_STATES = ("active", "suspended", "expired", "terminated")
SCOPES = ("variant", "product", "category", "all")


class PriceRow(NamedTuple):
    """A step of the price list, in words; ``discount`` or ``price`` may be empty."""

    quantity: str
    discount: str
    price: str


class PriceFigures(NamedTuple):
    """The same step in figures, ``None`` where there is none: for a spreadsheet."""

    floor: float
    percent: float | None
    price: float | None


class PriceListEntry(NamedTuple):
    """What one price rule says to the customer; ``notes`` are sentences."""

    title: str
    code: str
    unit: str
    rows: list[PriceRow]
    notes: list[str]
    figures: list[PriceFigures] = ()
    contract: str = ""
    currency: str = ""
    valid_from: date | None = None
    valid_until: date | None = None


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    @api.model
    def _b2b_portal_domain(self, partner, companies):
        """Domain of the contract versions that a customer's people may read: what was agreed, not what is drafted."""
        return Domain(
            [
                ("partner_id", "=", partner.commercial_partner_id.id),
                ("company_id", "in", companies.ids),
                ("state", "in", SHOWN_STATES),
            ]
        )

    def _b2b_current_versions(self):
        """Of these versions, one for each contract: the one that counts today, else the latest; in force first."""
        today = fields.Date.context_today(self)
        chosen = self.browse()
        for versions in self.grouped("origin_id").values():
            in_force = versions.filtered(lambda contract: contract._covers(today))
            chosen += max(in_force or versions, key=lambda contract: contract.version)
        return chosen.sorted(lambda contract: (not contract._covers(today), contract.sequence, contract.name))

    def _b2b_price_day(self):
        """The day whose prices the contract is read with: today, or the nearest day that it counts on."""
        self.ensure_one()
        day = max(fields.Date.context_today(self), self.date_start)
        return min(day, self.date_effective_end) if self.date_effective_end else day

    def _b2b_portal_state(self):
        """What the customer reads about the state: (code, label)."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        if self.state == "suspended":
            return "suspended", self.env._("Suspended")
        if self.date_start > today and self.state == "active":
            return "coming", self.env._("Begins %s", self._b2b_date(self.date_start))
        if self._covers(today):
            return "active", self.env._("In force")
        return "ended", self.env._("Ended")

    def _b2b_date(self, day):
        return format_date(self.env, day)

    def _b2b_price_note(self):
        """What the prices are without, and what counts for all else."""
        return self.env._(
            "Prices in %s, without tax. For everything else, the prices of our shop and price list apply.",
            self.currency_id.name,
        )

    def _b2b_price_list(self, rules=None):
        """The prices that count, or will, as a price list: the narrowest scopes first.

        :param rules: some of the contract's rules, where not all are wanted
        :returns: list of :class:`PriceListEntry`
        """
        self.ensure_one()
        day = self._b2b_price_day()
        rules = self._b2b_shown_rules() if rules is None else rules
        net_prices = self._b2b_net_prices(rules, day)
        return [rule._b2b_entry(day, net_prices) for rule in rules]

    def _b2b_shown_rules(self):
        """The rules that count, or will, the narrowest scopes first."""
        self.ensure_one()
        day = self._b2b_price_day()
        rules = self.rule_ids.filtered(lambda rule: rule.tier_ids and (not rule.date_end or rule.date_end >= day))
        return rules.sorted(lambda rule: (SCOPES.index(rule.scope), rule.sequence, rule._b2b_title(), rule.id))

    def _b2b_net_prices(self, rules, day):
        """What discounts and markups come to for single products, as far as it depends on the quantity alone.

        :returns: dict tier → price per unit of the rule, in the contract's currency
        """
        requests = []
        for rule in rules:
            product = rule.product_id or rule.product_tmpl_id.product_variant_id
            single = rule.scope == "variant" or (
                rule.scope == "product" and rule.product_tmpl_id.product_variant_count == 1
            )
            if not single or rule.computation == "fixed" or rule.mode != "volume" or rule.basis == "cumulative":
                continue
            requests += [
                PriceRequest(
                    key=tier,
                    product=product,
                    quantity=tier.floor or 1.0,
                    uom=rule.uom_id or product.uom_id,
                    day=max(day, rule.date_start or day),
                    contracts=self,
                    currency=self.currency_id,
                    company=self.company_id,
                )
                for tier in rule.tier_ids
            ]
        priced = self._price(requests) if requests else {}
        return {
            tier: float(line.slices[0].unit_price)
            for tier, line in priced.items()
            if line.rule == tier.rule_id.id and line.total is not None and len(line.slices) == 1
        }


class B2bContractPriceRule(models.Model):
    _inherit = "b2b.contract.price.rule"

    def _b2b_entry(self, day, net_prices):
        """The rule as an entry of the price list.

        :param dict net_prices: tier → price per unit, of those that are no fixed prices
        """
        self.ensure_one()
        contract, tiers, fixed = self.contract_id, self.tier_ids.sorted("floor"), self.computation == "fixed"
        return PriceListEntry(
            title=self._b2b_title(),
            code=self._scope_record().default_code or "" if self.scope in ("variant", "product") else "",
            unit=self.uom_id.name or "",
            rows=[self._b2b_row(tier, net_prices.get(tier)) for tier in tiers],
            notes=self._b2b_notes(day),
            figures=[
                PriceFigures(
                    tier.floor,
                    tier.percent if self.computation == "discount" else None,
                    tier.price if fixed else net_prices.get(tier),
                )
                for tier in tiers
            ],
            contract=contract.name,
            currency=self.currency_id.name,
            valid_from=max(self.date_start or contract.date_start, contract.date_start),
            valid_until=min((end for end in (self.date_end, contract.date_effective_end) if end), default=None),
        )

    def _b2b_title(self):
        self.ensure_one()
        record = self._scope_record()
        return (
            self.name
            or (record.with_context(display_default_code=False).display_name if record else "")
            or self.env._("All products")
        )

    def _b2b_row(self, tier, net_price):
        """A tier as a line of the price list. A markup on our cost is never said, only what it comes to."""
        self.ensure_one()
        number, last = self._b2b_quantity, tier._last_quantity()
        if last is None:
            always = tier.floor <= (1 if self.whole_units else 0)
            quantity = self.env._("any quantity") if always else self.env._("from %s", number(tier.floor))
        elif self.whole_units or tier.ceiling:
            quantity = number(tier.floor) if last == tier.floor else f"{number(tier.floor)}–{number(last)}"
        elif not tier.floor:
            quantity = self.env._("under %s", number(last))
        else:
            quantity = self.env._("%(first)s to under %(last)s", first=number(tier.floor), last=number(last))
        discount = ""
        if self.computation == "discount":
            discount = f"{'−' if tier.percent >= 0 else '+'}{self._b2b_quantity(abs(tier.percent))} %"
        price = tier.price if self.computation == "fixed" else net_price
        if price is None:
            return PriceRow(quantity, discount, "" if discount else self.env._("on request"))
        return PriceRow(quantity, discount, self._b2b_price_text(price))

    def _b2b_price_text(self, price):
        currency = self.currency_id
        digits = digits_needed(price, currency.decimal_places)
        amount = formatLang(self.env, price, digits=digits)
        return f"{amount} {currency.symbol}" if currency.position == "after" else f"{currency.symbol} {amount}"

    def _b2b_quantity(self, quantity):
        return formatLang(self.env, quantity, digits=digits_needed(quantity, fewest=0))

    def _b2b_notes(self, day):
        """What the customer must know to read the tiers, in sentences."""
        self.ensure_one()
        notes = []
        if len(self.tier_ids) > 1:
            notes.append(
                self.env._("Each price applies only to the units of its own step.")
                if self.mode == "graduated"
                else self.env._("The price of the step that is reached applies to the whole quantity.")
            )
        if len(self.tier_ids) > 1 or self.tier_ids.floor > 1:
            notes += {
                "order": [self.env._("All items of an order that this covers count together.")],
                "cumulative": [self._b2b_period_note()],
            }.get(self.basis, [])
        if self.computation == "discount" and self.scope in ("category", "all"):
            notes.append(self.env._("Off the list price."))
        if self.date_start and self.date_start > day:
            notes.append(self.env._("Valid from %s.", self.contract_id._b2b_date(self.date_start)))
        if self.date_end:
            notes.append(self.env._("Valid until %s.", self.contract_id._b2b_date(self.date_end)))
        return notes

    def _b2b_period_note(self):
        return {
            "month": self.env._("All orders of a calendar month count together."),
            "quarter": self.env._("All orders of a calendar quarter count together."),
            "year": self.env._("All orders of a calendar year count together."),
            "contract_year": self.env._("All orders of a contract year count together."),
            "contract": self.env._("All orders under the contract count together."),
        }[self.period]
