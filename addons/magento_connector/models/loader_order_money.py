"""The currencies that orders come in: switched on, refused without a rate, each with a pricelist to count in."""

from datetime import date

from odoo import api, fields, models

from .loading import Money, NeedsSetup


class MagentoLoaderOrderMoney(models.AbstractModel):
    _name = "magento.loader.order.money"
    _description = "Currencies of Shop Orders"

    def _activate_currencies(self, company, staged):
        """Switch on the currencies that orders come in.

        :returns: refusals of orders whose currency does not exist, or has no rate yet on the order's day: Odoo would
            book it one to one
        """
        codes = {item.intent.currency for item in staged}
        currencies = self.env["res.currency"].with_context(active_test=False).search([("name", "in", list(codes))])
        known = {currency.name: currency for currency in currencies}
        rated_since = self._rated_since(company, currencies)
        refusals, used = {}, self.env["res.currency"]
        for item in staged:
            currency, day = known.get(item.intent.currency), (item.intent.placed_at or fields.Datetime.now()).date()
            if currency and (currency == company.currency_id or day >= rated_since.get(currency, date.max)):
                used |= currency
                continue
            names = {"number": item.intent.number, "code": item.intent.currency, "date": day, "company": company.name}
            words = (
                self.env._(
                    "Order %(number)s is in %(code)s, which has no rate for %(date)s in %(company)s, so its amounts "
                    "cannot be booked. Enter a rate of %(code)s of that day or before under Accounting › Configuration "
                    "› Currencies, then retry.",
                    **names,
                )
                if currency
                else self.env._(
                    "Order %(number)s is in %(code)s, a currency that does not exist here. Create it with its rate, "
                    "then retry.",
                    **names,
                )
            )
            refusals[item.record_id] = NeedsSetup(words, "currency")
        used.filtered(lambda currency: not currency.active).action_unarchive()
        return refusals

    @api.model
    def _rated_since(self, company, currencies):
        """dict of currency → day of its first rate that counts in a company."""
        return dict(
            self.env["res.currency.rate"]._read_group(
                [("currency_id", "in", currencies.ids), ("company_id", "in", [company.root_id.id, False])],
                ["currency_id"],
                ["name:min"],
            )
        )

    def _money(self, company, codes, stores):
        """dict of currency code → `Money`."""
        pricelists = self.env["product.pricelist"]
        currencies = self.env["res.currency"].search([("name", "in", list(codes))])
        chosen = [store.pricelist_id for store in stores.values() if store.company_id == company and store.pricelist_id]
        shared = pricelists.search([("currency_id", "in", currencies.ids), ("company_id", "in", [company.id, False])])
        result = {}
        for currency in currencies:
            pricelist = next((one for one in (*chosen, *shared) if one.currency_id == currency), pricelists)
            if not pricelist and currency != company.currency_id:
                pricelist = pricelists.create(
                    {
                        "name": self.env._("Shop %(currency)s", currency=currency.name),
                        "currency_id": currency.id,
                        "company_id": company.id,
                    }
                )
            result[currency.name] = Money(currency, pricelist)
        return result
