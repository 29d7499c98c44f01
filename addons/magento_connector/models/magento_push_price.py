"""Which prices the shop should have: base prices, special prices and tier prices, as things are today.

The shop gives each customer the lowest of base price, special price and the reached tiers. So a tier above the base
price, or above a lower tier, would never count there: it is left out, and said on the shop's form.
"""

from typing import Any, NamedTuple

from odoo import api, fields, models

from .magento_push import plain

ALL_GROUPS = "ALL GROUPS"
DECIMALS = 4
PRICED_BY_PARTS = ("bundle", "grouped", "configurable")


class Scope(NamedTuple):
    """Where in the shop a price counts: ``website_id`` 0 and ``store_id`` 0 for everywhere."""

    website_id: int
    store_id: int
    currency: Any
    company: Any
    with_tax: bool


class MagentoPushPrice(models.AbstractModel):
    _name = "magento.push.price"
    _inherit = ["magento.push", "magento.push.contract.price"]
    _description = "Prices Told to the Shop"

    @api.model
    def _after_told(self, messages):
        self.env["magento.price"].sudo()._note_told(messages)

    @api.model
    def _wanted(self, backend):
        """All prices that the shop should have.

        :returns: (dict of key → row for the outbox, list of sentences about what the shop cannot express)
        """
        products = self._products(backend)
        wanted, problems = {}, []
        catalogs = self._catalogs(backend)
        for scope in self._scopes(backend):
            if not self._is_rated(scope.currency, scope, problems):
                continue
            base = self._base_prices(products, scope)
            if backend.push_base_prices:
                self._want_base(wanted, backend, products, scope, base, problems)
            if backend.push_special_prices:
                self._want_special(wanted, backend, products, scope, problems)
            ladders = self._ladders(backend, products, scope, base, problems)
            for (group, product), ladder in ladders.items():
                self._want_ladder(wanted, backend, products[product], group, scope, ladder, catalogs)
        return wanted, list(dict.fromkeys(problems))

    @api.model
    def _products(self, backend):
        """dict of product → SKU, for what the shop sells and Odoo has."""
        bindings = self.env["magento.binding"].search(
            [("backend_id", "=", backend.id), ("entity", "=", "products"), ("model", "=", "product.product")]
        )
        if "shop_kind" in bindings._fields:
            bindings = bindings.filtered(lambda binding: binding["shop_kind"] not in PRICED_BY_PARTS)
        skus = {binding.res_id: binding.reference for binding in bindings}
        products = self.env["product.product"].browse(skus).exists()
        return {product: skus[product.id] or product.default_code for product in products.filtered("active")}

    # -- where -----------------------------------------------------------------------------------------------------

    @api.model
    def _scopes(self, backend):
        """The scopes that need prices of their own: one for all, and one for each website that differs from it."""
        websites = {}
        for store in backend.store_ids.filtered("active").sorted("external_id"):
            websites.setdefault(store.website_id, store)
        found = [
            Scope(
                website_id,
                store.external_id,
                store.base_currency_id or store.company_id.currency_id,
                store.company_id,
                store.prices_include_tax,
            )
            for website_id, store in sorted(websites.items())
        ]
        own = [scope for scope in found if scope.currency == backend.company_id.currency_id] or found
        main = Scope(0, 0, backend.company_id.currency_id, backend.company_id, False)
        main = main._replace(
            **{name: getattr(own[0], name) for name in ("currency", "company", "with_tax")} if own else {}
        )
        return [main, *(scope for scope in found if scope[2:] != main[2:])]

    @api.model
    def _is_rated(self, currency, scope, problems):
        """Whether a currency has a rate; Odoo would count one without as one to one."""
        own = scope.company.currency_id
        if currency == own or currency.sudo().rate_ids or own.sudo().rate_ids:
            return True
        problems.append(
            self.env._(
                "%(currency)s has no rate in %(company)s: no prices in it are told.",
                currency=currency.name,
                company=scope.company.display_name,
            )
        )
        return False

    # -- base and special ------------------------------------------------------------------------------------------

    @api.model
    def _base_prices(self, products, scope):
        """dict of product → sales price in a scope's terms."""
        return {
            product: self._in_terms(
                product.with_company(scope.company).lst_price, scope.company.currency_id, product, scope
            )
            for product in products
        }

    @api.model
    def _want_base(self, wanted, backend, products, scope, base, problems):
        """Sales prices; one of nothing is never told, since the shop would give the goods away."""
        for product, price in base.items():
            if price > 0:
                values = {"store_id": scope.store_id}
                self._want(wanted, backend, "base_price", products[product], (scope.store_id,), price, values)
            else:
                problems.append(
                    self.env._(
                        "%(product)s has no sales price here: its price in the shop stays as it is.",
                        product=product.display_name,
                    )
                )

    @api.model
    def _in_terms(self, price, currency, product, scope):
        """A price as the shop has it: in the website's currency, with tax where its prices are with tax."""
        if currency != scope.currency:
            price = currency._convert(price, scope.currency, scope.company, fields.Date.context_today(self))
        taxes = product.taxes_id.filtered(lambda tax: tax.company_id == scope.company)
        includes = any(tax.price_include for tax in taxes)
        if taxes and (scope.with_tax or includes):
            totals = taxes.compute_all(price, currency=scope.currency, product=product)
            price = totals["total_included"] if scope.with_tax else totals["total_excluded"]
        return round(price, DECIMALS)

    @api.model
    def _want(self, wanted, backend, kind, sku, names, price, values, target=None):
        if not sku:
            return
        key = ":".join([kind, *([target] if target else []), sku, *map(str, names)])
        content = {"price": plain(price, DECIMALS), **values}
        wanted[key] = {"backend": backend, "effect": kind, "key": key, "target": target or sku, "values": content}

    @api.model
    def _want_special(self, wanted, backend, products, scope, problems):
        """Dated rules of the pricelist of a website's first store view: of each product the one that begins first."""
        pricelist = self._pricelist_of(backend, scope)
        if not pricelist or not self._is_rated(pricelist.currency_id, scope, problems):
            return
        now = fields.Datetime.now()
        dated = pricelist.item_ids.filtered(
            lambda item: (
                (item.date_start or item.date_end)
                and item.min_quantity <= 1
                and (not item.date_end or item.date_end > now)
            )
        )
        recordset = self.env["product.product"].union(*products)
        taken, prices_at = set(), {}
        for item in dated.sorted(lambda item: item.date_start or now):
            moment = max(now, item.date_start or now)
            if moment not in prices_at:
                prices_at[moment] = pricelist._compute_price_rule(recordset, 1.0, date=moment)
            for product in recordset:
                price, rule = prices_at[moment][product.id]
                if rule != item.id or product in taken:
                    continue
                taken.add(product)
                values = {
                    "store_id": scope.store_id,
                    "from": fields.Datetime.to_string(item.date_start) if item.date_start else None,
                    "to": fields.Datetime.to_string(item.date_end) if item.date_end else None,
                }
                amount = self._in_terms(price, pricelist.currency_id, product, scope)
                if amount <= 0:
                    problems.append(self._given_away(product, pricelist.display_name))
                    continue
                self._want(wanted, backend, "special_price", products[product], (scope.store_id,), amount, values)

    @api.model
    def _pricelist_of(self, backend, scope):
        stores = backend.store_ids.filtered(
            lambda store: store.active and store.pricelist_id and scope.website_id in (0, store.website_id)
        )
        return stores.sorted("external_id")[:1].pricelist_id

    # -- tiers -----------------------------------------------------------------------------------------------------

    @api.model
    def _ladders(self, backend, products, scope, base, problems):
        """dict of (group name, product) → [(quantity, price)], rising quantities with falling prices."""
        ladders = {}
        recordset = self.env["product.product"].union(*products)
        if backend.push_tier_prices:
            lists = [(group.name, group.pricelist_id) for group in backend.group_ids if group.pricelist_id]
            for name, pricelist in [(ALL_GROUPS, self._pricelist_of(backend, scope)), *lists]:
                if pricelist and not self._is_rated(pricelist.currency_id, scope, problems):
                    continue
                for product, ladder in self._pricelist_ladders(pricelist, recordset, scope).items():
                    ladders[name, product] = ladder
        if backend.push_contract_prices:
            self._add_contracts(backend, products, scope, ladders, problems)
        return {
            (name, product): kept
            for (name, product), ladder in ladders.items()
            if (kept := self._what_counts(name, product, ladder, base[product], problems))
        }

    @api.model
    def _pricelist_ladders(self, pricelist, products, scope):
        if not pricelist:
            return {}
        quantities = sorted({1.0, *(item.min_quantity for item in self._items(pricelist) if item.min_quantity > 1)})
        ladders = {product: [] for product in products}
        for quantity in quantities:
            found = pricelist.with_company(scope.company)._get_products_price(products, quantity)
            for product in products:
                price = self._in_terms(found[product.id], pricelist.currency_id, product, scope)
                ladders[product].append((quantity, price))
        return ladders

    @api.model
    def _items(self, pricelist, seen=()):
        """Rules of a pricelist and of those that it is based on."""
        items = pricelist.item_ids
        for deeper in items.base_pricelist_id:
            if deeper.id not in seen:
                items |= self._items(deeper, (*seen, pricelist.id))
        return items

    @api.model
    def _what_counts(self, name, product, ladder, base, problems):
        """The steps that change the price; one that would raise it cannot be said to the shop, and nothing is given
        away."""
        kept, last = [], base if base > 0 else float("inf")
        for quantity, price in ladder:
            if price <= 0:
                problems.append(self._given_away(product, name))
            elif price < last:
                kept.append((quantity, price))
                last = price
            elif price > last:
                problems.append(
                    self.env._(
                        "%(product)s for %(group)s from %(quantity)s: %(price)s is above %(lower)s, and the shop takes "
                        "the lower price.",
                        product=product.display_name,
                        group=name,
                        quantity=plain(quantity),
                        price=plain(price, DECIMALS),
                        lower=plain(last, DECIMALS),
                    )
                )
        return kept

    @api.model
    def _catalogs(self, backend):
        """dict of group name → the shop's id of its shared catalog, where prices go into these."""
        if not (backend.push_shared_catalog and backend.has_b2b):
            return {}
        return {group.name: group.shared_catalog for group in backend.group_ids if group.shared_catalog}

    @api.model
    def _given_away(self, product, name):
        return self.env._(
            "%(product)s for %(group)s would cost nothing or less: that is not told.",
            product=product.display_name,
            group=name,
        )

    @api.model
    def _want_ladder(self, wanted, backend, sku, name, scope, ladder, catalogs):
        """Tier prices of a group; of a group with a shared catalog prices in that catalog."""
        catalog = catalogs.get(name)
        for quantity, price in ladder:
            values = {"price_type": "fixed", "website_id": scope.website_id, "quantity": plain(quantity)}
            names = (scope.website_id, plain(quantity))
            if catalog:
                values["sku"] = sku
                self._want(wanted, backend, "shared_catalog_price", sku, names, price, values, catalog)
            else:
                values["customer_group"] = name
                self._want(wanted, backend, "tier_price", sku, (name, *names), price, values)
