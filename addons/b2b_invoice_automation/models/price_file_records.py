"""Finds the records that a price list file names (products, categories, units, customers), a whole file at once.

It is apart from the wizard because it only looks: what is missing, ambiguous or archived becomes a problem of its row,
and a file of ten thousand rows costs as many queries as one of ten.
"""

from collections import defaultdict

from ..order_to_cash.money import to_decimal
from ..order_to_cash.price_file.model import RowProblem
from ..order_to_cash.price_file.reader import check

PERCENT_DIGITS = 4
_NAMES_SHOWN = 3


class PriceFileRecords:
    """The records that the rules of a file may name.

    :param env: environment of the person who imports, whose rights count
    :param company: our company
    :param file: a ``PriceFile``
    """

    def __init__(self, env, company, file):
        self.env = env
        self.company = company
        rules = file.rules
        self._products = self._find_products({rule.item for rule in rules if rule.scope in ("variant", "product")})
        self._categories = self._by_names("product.category", ("complete_name", "name"))
        self._units = self._by_names("uom.uom", ("name",))
        self._pricelists = self._by_names("product.pricelist", ("name",))
        self._customers = self._find_customers({rule.contract.customer for rule in rules} - {""})
        self._currencies = {currency.name: currency for currency in env["res.currency"].search([])}
        self._with_rate = env["b2b.contract"]._currencies_with_rate(company)
        self._floor_digits = env["decimal.precision"].precision_get("Product Unit")
        self._whole = {}

    def values_of(self, rule, contract=None):
        """Return the create values of a rule, and what is wrong with it.

        :param rule: a ``FileRule``
        :param contract: the contract that it goes into, which may settle what the file leaves open
        :returns: dict (without the contract), list of ``RowProblem``
        """
        problems = []

        def report(code, **parameters):
            problems.extend(RowProblem(row, code, parameters) for row in rule.rows[:1])

        values = {
            "scope": rule.scope,
            "computation": rule.computation,
            "mode": rule.mode,
            "basis": rule.basis,
            "period": rule.period,
            "date_start": rule.valid_from,
            "date_end": rule.valid_until,
            "name": rule.description or False,
        }
        if rule.sequence is not None:
            values["sequence"] = rule.sequence
        record = self._scope_record(rule, values, report)
        unit = self._unit(rule, values, record, report)
        if rule.base:
            values["base_pricelist_id"] = self._one(self._pricelists, rule.base, "pricelist", report)
        whole = self._counts_whole_units(unit) if rule.whole_units is None else rule.whole_units
        values["whole_units"] = whole
        problems += check(rule, to_decimal(1 if whole else 0))
        problems += self._too_fine(rule)
        amount = "price" if rule.computation == "fixed" else "percent"
        values["tier_ids"] = [
            (0, 0, {"floor": float(tier.floor), "ceiling": float(tier.ceiling or 0), amount: float(tier.value)})
            for tier in rule.tiers
        ]
        return values, problems

    def contract_values(self, rule, contract=None):
        """Return the create values of the contract that a rule is for, and what is wrong with them.

        :param contract: the contract that the file is imported in, if there is one
        """
        key, row, problems = rule.contract, rule.rows[0], []

        def report(code, **parameters):
            problems.append(RowProblem(row, code, parameters))

        partner = self._customer(key.customer, contract, report)
        currency = self._currencies.get(key.currency) if key.currency else (contract or self.company).currency_id
        if not currency:
            report("unknown_currency", value=key.currency)
        elif contract and currency != contract.currency_id:
            report("other_currency", value=currency.name, currency=contract.currency_id.name)
        elif not contract and currency not in self._with_rate:
            report("currency_without_rate", value=currency.name)
        if key.first_day and key.last_day and key.last_day < key.first_day:
            report("contract_ends_before_it_begins", start=key.first_day, end=key.last_day)
        values = {
            "title": key.title or False,
            "partner_id": partner and partner.id,
            "currency_id": currency and currency.id,
            "company_id": self.company.id,
            "date_end": key.last_day,
        }
        return values | ({"date_start": key.first_day} if key.first_day else {}), problems

    def _customer(self, name, contract, report):
        found = self._customers.get(name, self.env["res.partner"])
        if contract:
            if name and contract.partner_id and contract.partner_id not in found:
                report("other_customer", value=name, customer=contract.partner_id.display_name)
        elif not name:
            report("customer_missing")
        elif not found:
            report("unknown_customer", value=name)
        elif len(found) > 1:
            report("ambiguous_customer", value=name, count=len(found))
        return found[:1]

    def _scope_record(self, rule, values, report):
        if rule.scope == "all":
            return None
        if rule.scope == "category":
            values["categ_id"] = self._one(self._categories, rule.item, "category", report)
            return None
        found = self._products.get(rule.item, self.env["product.product"])
        if rule.scope == "product":
            found = found.product_tmpl_id
        usable = found.filtered("active").with_prefetch(found._prefetch_ids)
        field = "product_id" if rule.scope == "variant" else "product_tmpl_id"
        if not found:
            report("unknown_product", value=rule.item)
        elif not usable:
            report("archived_product", name=found[0].display_name)
        elif len(usable) > 1:
            names = usable[:_NAMES_SHOWN].mapped("display_name")
            report("ambiguous_product", value=rule.item, count=len(usable), names=names)
        else:
            values[field] = usable.id
            return usable
        return None

    def _unit(self, rule, values, record, report):
        if not rule.unit:
            return record.uom_id if record else self.env["uom.uom"]
        unit_id = self._one(self._units, rule.unit, "unit", report)
        unit = self.env["uom.uom"].browse(unit_id or ())
        if unit:
            values["uom_id"] = unit.id
        if unit and record and unit._b2b_reference_id() != record.uom_id._b2b_reference_id():
            product = record.display_name
            report("other_unit", product=product, product_unit=record.uom_id.name, unit=unit.name)
        return unit

    def _one(self, index, name, kind, report):
        found = index.get(name.casefold(), ())
        if len(found) == 1:
            return next(iter(found))
        report(f"ambiguous_{kind}" if found and kind == "category" else f"unknown_{kind}", value=name, count=len(found))
        return False

    def _too_fine(self, rule):
        for row, tier in zip(rule.rows, rule.tiers, strict=True):
            checked = [(tier.floor, self._floor_digits), (tier.ceiling, self._floor_digits)]
            if rule.computation != "fixed":
                checked.append((tier.value, PERCENT_DIGITS))
            for value, digits in checked:
                if value is not None and round(value, digits) != value:
                    yield RowProblem(row, "too_fine", {"value": value, "digits": digits})

    def _counts_whole_units(self, unit):
        if unit not in self._whole:
            self._whole[unit] = self.env["b2b.contract.price.rule"].new({"uom_id": unit.id}).whole_units
        return self._whole[unit]

    def _find_products(self, names):
        """Return SKU, else barcode, else name → the products that have it, archived ones too."""
        found = {}
        products = self.env["product.product"].with_context(active_test=False)
        for field in ("default_code", "barcode", "name"):
            missing = [name for name in names if name not in found]
            if not missing:
                break
            ours = [(field, "in", missing), ("company_id", "in", (False, self.company.id))]
            grouped = defaultdict(lambda: products)
            hits = products.search(ours)
            for product in hits:
                grouped[product[field]] |= product
            found.update({name: group.with_prefetch(hits._ids) for name, group in grouped.items()})
        return found

    def _find_customers(self, names):
        """Return what was written → the companies whose VAT number, reference or name it is."""
        entities = self.env["res.partner"].search(
            [
                ("parent_id", "=", False),
                ("company_id", "in", (False, self.company.id)),
                "|",
                "|",
                ("vat", "in", [*names, *(_compact(name) for name in names)]),
                ("ref", "in", list(names)),
                ("name", "in", list(names)),
            ]
        )
        found = {}
        for name in names:
            for reading in (
                lambda partner, name=name: partner.vat and _compact(partner.vat) == _compact(name),
                lambda partner, name=name: partner.ref == name,
                lambda partner, name=name: partner.name == name,
            ):
                if fitting := entities.filtered(reading):
                    found[name] = fitting
                    break
        return found

    def _by_names(self, model, names):
        """Return name in small letters → ids, of a model with few records; the first name that fits counts."""
        found = {}
        records = self.env[model].search([])
        for field in names:
            grouped = defaultdict(set)
            for context in ({}, {"lang": "en_US"}):
                for record in records.with_context(**context):
                    grouped[(record[field] or "").casefold()].add(record.id)
            found = {**grouped, **found}
        return found


def _compact(text):
    return "".join(letter for letter in text.upper() if letter.isalnum())
