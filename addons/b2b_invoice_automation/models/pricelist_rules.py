"""Reads a pricelist of Odoo as rules of a contract, and says in words what a contract cannot express.

It is apart from the wizard because it decides what an item means. Items of the same scope, computation and days are the
tiers of one rule: Odoo gives all units the price of the highest minimum quantity that is reached, which is volume mode.
"""

from collections import defaultdict
from datetime import timezone

SCOPES = {
    "0_product_variant": ("variant", "product_id"),
    "1_product": ("product", "product_tmpl_id"),
    "2_product_category": ("category", "categ_id"),
    "3_global": ("all", None),
}


class PricelistRules:
    """The rules that a pricelist would be in a contract.

    :param contract: the contract that they are for
    :param pricelist: what is copied
    :param bool freeze: whether an item that a contract cannot express becomes the fixed price of that day, where it is
        about a single product
    :param day: that day
    """

    def __init__(self, contract, pricelist, freeze, day):
        self.env = contract.env
        self._contract = contract
        self._pricelist = pricelist
        self._freeze = freeze
        self._day = day
        self._zone = contract.company_id._b2b_zone()
        self.left_out = []
        self.notes = []

    def values(self):
        """Return the create values of the rules, without the contract; says the rest in ``left_out`` and ``notes``."""
        tiers = defaultdict(dict)
        for item in self._items():
            record = self._record(item)
            if record is not None and "active" in record._fields and not record.active:
                self._leave_out(item, self.env._("%s is archived.", record.display_name))
                continue
            meaning = self._meaning(item, record)
            if not meaning:
                continue
            computation, base, value = meaning
            key = (SCOPES[item.applied_on], record, computation, base, self._days(item))
            floor = item.min_quantity or self._smallest(record)
            if floor in tiers[key]:
                self._leave_out(item, self.env._("Another item counts before it for the same quantity."))
            else:
                tiers[key][floor] = value
        return [self._rule(*key, steps) for key, steps in tiers.items()]

    def _items(self):
        """Return all items, those of archived products too, in an order in which the one that counts comes first."""
        items = self.env["product.pricelist.item"].search([("pricelist_id", "=", self._pricelist.id)])
        return items.sorted(lambda item: (item.applied_on, item.min_quantity, -item.id))

    def _meaning(self, item, record):
        """Return (computation, base pricelist, value), or ``None`` where the contract cannot say it."""
        if item.compute_price == "fixed":
            if item.currency_id == self._contract.currency_id:
                return "fixed", None, item.fixed_price
            return self._frozen(
                item, record, self.env._("Its price is in %s, another currency.", item.currency_id.name)
            )
        extras = {
            self.env._("rounding"): item.price_round,
            self.env._("an extra fee"): item.price_surcharge,
            self.env._("a lowest margin"): item.price_min_margin,
            self.env._("a highest margin"): item.price_max_margin,
        }
        if item.compute_price == "formula" and any(extras.values()):
            names = ", ".join(name for name, value in extras.items() if value)
            return self._frozen(item, record, self.env._("Its formula has %s, which a contract has not.", names))
        if item.compute_price == "percentage":
            percent = item.percent_price
        else:
            percent = -item.price_markup if item.base == "standard_price" else item.price_discount
        if item.base == "standard_price":
            return "cost_plus", None, -percent
        if item.base == "pricelist" and item.base_pricelist_id:
            return "discount", item.base_pricelist_id, percent
        return "discount", None, percent

    def _frozen(self, item, record, why):
        product = self._single_product(record)
        if not self._freeze or not product:
            self._leave_out(item, why)
            return None
        price = self._pricelist._get_product_price(
            product, item.min_quantity or 1.0, currency=self._contract.currency_id, date=self._day
        )
        self.notes.append(
            self.env._("%(item)s: %(why)s Today's price is copied as a fixed one.", item=self._name(item), why=why)
        )
        return "fixed", None, round(price, 6)

    def _single_product(self, record):
        if record is None or record._name == "product.category":
            return None
        variants = record if record._name == "product.product" else record.product_variant_ids
        return variants if len(variants) == 1 else None

    def _record(self, item):
        field = SCOPES[item.applied_on][1]
        return item[field] if field else None

    def _smallest(self, record):
        """Return the floor of “any quantity”: 1 of what is counted, 0 of what is measured."""
        if record is None or record._name == "product.category":
            return 1.0
        rule = self.env["b2b.contract.price.rule"].new({"uom_id": record.uom_id.id})
        return 1.0 if rule.whole_units else 0.0

    def _days(self, item):
        """Return the first and last day; a contract counts whole days, an item moments."""
        days = []
        for moment in (item.date_start, item.date_end):
            local = moment and moment.replace(tzinfo=timezone.utc).astimezone(self._zone)
            days.append(local.date() if local else False)
            if local and (local.hour, local.minute) not in ((0, 0), (23, 59)):
                self.notes.append(
                    self.env._(
                        "%(item)s: its validity has a time of day (%(time)s); the contract counts the whole day.",
                        item=self._name(item),
                        time=f"{local:%H:%M}",
                    )
                )
        return tuple(days)

    def _rule(self, scope, record, computation, base, days, steps):
        kind, field = scope
        amount = "price" if computation == "fixed" else "percent"
        values = {
            "scope": kind,
            "computation": computation,
            "mode": "volume",
            "basis": "line",
            "base_pricelist_id": base and base.id,
            "date_start": days[0],
            "date_end": days[1],
            "tier_ids": [(0, 0, {"floor": floor, amount: value}) for floor, value in sorted(steps.items())],
        }
        if field:
            values[field] = record.id
        if any(floor % 1 for floor in steps):
            values["whole_units"] = False
        return values

    def _leave_out(self, item, why):
        self.left_out.append(f"{self._name(item)}: {why}")

    def _name(self, item):
        quantity = self.env._(" from %g", item.min_quantity) if item.min_quantity else ""
        return f"{item.name}{quantity} ({item.price})"
