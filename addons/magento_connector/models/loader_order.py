"""Orders of the shop become sales orders: each once, its amounts exactly the shop's, or not at all.

This file has the flow of a batch; what stands in a line is in `loader_order_lines.py`, the currencies in
`loader_order_money.py`, what a later payload of the same order may change in `loader_order_follow.py`.
"""

from odoo import api, fields, models

from .loader_order_follow import CHANNEL_STATES
from .loader_partner import Party
from .loading import Common, NeedsSetup, Refused, amount_text
from .magento_shipping_method import shipping_titles

NOT_TO_CONFIRM = ("pending_payment", "payment_review", "holded", "canceled")


class MagentoLoaderOrder(models.AbstractModel):
    _name = "magento.loader.order"
    _inherit = [
        "magento.loader",
        "magento.loader.partner",
        "magento.loader.order.lines",
        "magento.loader.order.money",
        "magento.loader.order.follow",
        "magento.loader.order.cancel",
        "magento.loader.order.notes",
        "magento.loader.order.history",
    ]
    _description = "Loader of Orders"

    def _prepare(self, backend, staged):
        """Note taxes and payment methods that are new.

        :returns: refusals of orders whose store view, currency or taxes are not known; an order that is here keeps
            its company and its currency, whatever became of them
        """
        stores = self._stores(backend)
        known = self.env["magento.binding"]._find(backend, "orders", [item.external_id for item in staged])
        refusals, groups, new = {}, {}, {}
        for item in staged:
            store = stores.get(item.intent.store_id)
            if item.external_id in known:
                groups.setdefault(known[item.external_id].company_id, []).append(item)
            elif store is None and item.intent.store_id is not None:
                refusals[item.record_id] = NeedsSetup(
                    self.env._(
                        "Order %(number)s belongs to store view %(store)s, which is not known here. Synchronise "
                        "the store views.",
                        number=item.intent.number,
                        store=item.intent.store_id,
                    ),
                    "store",
                )
            elif store and (archived := store._archived_choices()):
                refusals[item.record_id] = NeedsSetup(
                    self.env._(
                        "Order %(number)s belongs to store view %(store)s, for which %(archived)s was chosen, which is "
                        "archived. Choose another under Configuration › Store Views; the order then goes on by itself.",
                        number=item.intent.number,
                        store=store.display_name,
                        archived=", ".join(archived.mapped("display_name")),
                    ),
                    "store",
                )
            else:
                company = self._company(backend, item.intent, stores)
                groups.setdefault(company, []).append(item)
                new.setdefault(company, []).append(item)
        for company, items in groups.items():
            taxes, unmapped = self._taxes(backend, company, items)
            refusals.update(unmapped)
            refusals.update(self._archived_taxes(company, new.get(company, ()), taxes))
        for company, items in new.items():
            refusals.update(self._activate_currencies(company, items))
        self._payment_methods(backend, staged)
        self._shipping_methods(backend, staged)
        self._learn_tax_mode(backend, staged, stores)
        return refusals

    def _learn_tax_mode(self, backend, staged, stores):
        """A store view's first taxed order tells whether prices include tax; a person may change it later."""
        told = {}
        for item in staged:
            store = stores.get(item.intent.store_id)
            if store and not store.tax_mode_seen and item.intent.prices_include_tax is not None:
                told.setdefault(store, item.intent.prices_include_tax)
        turned = [store for store, included in told.items() if store.prices_include_tax != included]
        if turned:
            self.env["magento.record"]._require_alone()
        for store, included in told.items():
            store.write({"tax_mode_seen": True, "prices_include_tax": included})

    def _load(self, backend, staged):
        known = self.env["magento.binding"]._find(backend, "orders", [item.external_id for item in staged])
        stores = self._stores(backend)
        refusals, groups = {}, {}
        for item in staged:
            if item.external_id not in known:
                groups.setdefault(self._company(backend, item.intent, stores), []).append(item)
        for company, items in groups.items():
            refusals.update(self.with_company(company)._load_new(backend, company, items, stores))
        if not refusals:
            self._follow(backend, [(item, known[item.external_id]) for item in staged if item.external_id in known])
        return refusals

    @api.model
    def _company(self, backend, intent, stores):
        store = stores.get(intent.store_id)
        return store.company_id if store else backend.company_id

    def _load_new(self, backend, company, staged, stores):
        taxes, _unmapped = self._taxes(backend, company, staged)
        found = self._resolve(backend, [self._party(company, item.intent, stores) for item in staged])
        common = Common(
            backend,
            stores,
            self._money(company, {item.intent.currency for item in staged}, stores),
            self._payment_methods(backend, staged),
            self._products(backend, staged),
            taxes,
            self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1),
            self._line_defaults(company),
            self._shipping_methods(backend, staged),
        )
        defaults = self._order_defaults()
        orders = self.env["sale.order"].create(
            [
                {
                    **defaults,
                    **self._order_values(item.intent, found[item.intent.external_id], common),
                    "name": name,
                    "order_line": self._line_commands(item.intent, common),
                }
                for item, name in zip(staged, self._names(company, staged), strict=True)
            ]
        )
        refusals = self._differing(staged, orders, taxes)
        if not refusals:
            self._finish(backend, list(zip(staged, orders, strict=True)))
            self._flag_buyers(list(zip(staged, orders, strict=True)), found)
        return refusals

    def _names(self, company, staged):
        """Numbers from the company's own sequence, which is looked up once."""
        sequence = self.env["ir.sequence"].search(
            [("code", "=", "sale.order"), ("company_id", "in", (company.id, False))], order="company_id", limit=1
        )
        return [sequence._next(item.intent.placed_at) if sequence else item.intent.number for item in staged]

    @api.model
    def _line_defaults(self, company):
        """What every line has. Without distribution models no line needs to be asked about its analytic accounts."""
        models_ = self.env["account.analytic.distribution.model"]
        used = models_.search([("company_id", "in", (company.id, False))], limit=1)
        return {} if used else {"analytic_distribution": False}

    # -- values ----------------------------------------------------------------------------------------------------

    def _party(self, company, intent, stores):
        store = stores.get(intent.store_id, self.env["magento.store"])
        addresses = [address for address in (intent.billing, intent.shipping) if address]
        return Party(
            key=intent.external_id,
            customer_id=intent.buyer.customer_id,
            name=intent.buyer.name,
            email=intent.buyer.email,
            company_name=intent.buyer.company,
            vat=intent.buyer.vat,
            shop_company_id=intent.buyer.company_id,
            group_id=intent.buyer.group_id,
            website_id=store.website_id,
            lang=store.lang or "",
            addresses=tuple({address.content_hash: address for address in addresses}.values()),
            company=company,
        )

    def _order_values(self, intent, found, common):
        store = common.stores.get(intent.store_id, self.env["magento.store"])
        method = common.methods.get(intent.payment_method)
        owner = found.buyer.commercial_partner_id
        invoice_to = found.addresses[intent.billing.content_hash] if intent.billing else owner
        ship_to = found.addresses[intent.shipping.content_hash] if intent.shipping else invoice_to
        return {
            "partner_id": found.buyer.id,
            "partner_invoice_id": invoice_to.id,
            "partner_shipping_id": ship_to.id,
            "company_id": self.env.company.id,
            "user_id": (found.buyer.user_id or owner.user_id).id,
            "team_id": store.team_id.id,
            "pricelist_id": common.money[intent.currency].pricelist.id,
            "warehouse_id": (
                self._method_warehouse(common.shipping.get(intent.shipping_method))
                or store.warehouse_id
                or common.warehouse
            ).id,
            "client_order_ref": intent.po_number or False,
            "origin": intent.number,
            "date_order": intent.placed_at or fields.Datetime.now(),
            "require_signature": False,
            "require_payment": False,
            "b2b_channel_state": CHANNEL_STATES.get(intent.state, "open"),
            "b2b_history": self._is_history(common.backend, intent),
            "magento_backend_id": common.backend.id,
            "magento_store_id": store.id,
            "magento_status": intent.status,
            "magento_total": amount_text(intent.shop_total),
            "magento_content_hash": self._content_hash(intent),
            **self._money_figures(intent, common.money[intent.currency].currency, common.methods),
            **({"journal_id": store.journal_id.id} if store.journal_id else {}),
            **({"payment_term_id": method.payment_term_id.id} if method and method.payment_term_id else {}),
        }

    def _payment_methods(self, backend, staged):
        return self.env["magento.payment.method"]._resolve(
            backend, {item.intent.payment_method for item in staged if item.intent.payment_method}
        )

    def _shipping_methods(self, backend, staged):
        titles = shipping_titles(item.intent for item in staged)
        return self.env["magento.shipping.method"]._resolve(backend, titles)

    def _method_warehouse(self, method):
        """The warehouse that a shipping method is bound to, where it is one of the order's company."""
        warehouse = method.warehouse_id if method else self.env["stock.warehouse"]
        return warehouse.filtered(lambda one: one.company_id == self.env.company)

    # -- checks ----------------------------------------------------------------------------------------------------

    def _differing(self, staged, orders, taxes):
        """dict of record id → refusal, for orders whose amounts are not the shop's to the cent."""
        by_tax = self._tax_sums(orders)
        refusals = {}
        for item, order in zip(staged, orders, strict=True):
            intent, currency = item.intent, order.currency_id
            pairs = [
                (self.env._("untaxed"), float(intent.untaxed), order.amount_untaxed),
                (self.env._("tax"), float(intent.tax), order.amount_tax),
                (self.env._("total"), float(intent.total), order.amount_total),
            ]
            expected = {}
            for total in intent.taxes:
                tax = taxes[self._tax_key(total)]
                expected[tax] = expected.get(tax, 0.0) + float(total.amount)
            pairs += [(tax.name, amount, by_tax[order.id].get(tax.id, 0.0)) for tax, amount in expected.items()]
            wrong = [pair for pair in pairs if currency.compare_amounts(pair[1], pair[2])]
            if currency.name != intent.currency:
                refusals[item.record_id] = Refused(
                    self.env._(
                        "Order %(number)s is in %(shop)s, but would become one in %(here)s. Give its store view a "
                        "pricelist in %(shop)s.",
                        number=intent.number,
                        shop=intent.currency,
                        here=currency.name,
                    )
                )
            elif wrong:
                refusals[item.record_id] = Refused(
                    self.env._(
                        "Order %(number)s would differ from the shop: %(figures)s. Check the taxes and payment "
                        "terms it is given.",
                        number=intent.number,
                        figures="; ".join(
                            self.env._(
                                "%(what)s %(shop)s in the shop, %(here)s here",
                                what=what,
                                shop=currency.format(shop),
                                here=currency.format(here),
                            )
                            for what, shop, here in wrong
                        ),
                    )
                )
        return refusals

    @api.model
    def _tax_sums(self, orders):
        """dict of order id → dict of tax id → amount, as Odoo's tax engine has them."""
        AccountTax = self.env["account.tax"]
        sums = {}
        for order in orders:
            base_lines = [line._prepare_base_line_for_taxes_computation() for line in order.order_line]
            AccountTax._add_tax_details_in_base_lines(base_lines, order.company_id)
            AccountTax._round_base_lines_tax_details(base_lines, order.company_id)
            of_order = sums[order.id] = {}
            for base_line in base_lines:
                for tax_data in base_line["tax_details"]["taxes_data"]:
                    tax = tax_data["tax"].id
                    of_order[tax] = of_order.get(tax, 0.0) + tax_data["tax_amount_currency"]
        return sums

    # -- what follows creation -------------------------------------------------------------------------------------

    def _finish(self, backend, pairs):
        """Link, confirm, flag and log a batch of new orders.

        :param pairs: list of (`Staged`, order)
        """
        orders = self.env["sale.order"].browse([order.id for _item, order in pairs])
        self.env["magento.binding"]._bind(
            backend, "orders", [(item.external_id, order, item.intent.number) for item, order in pairs], orders.ids
        )
        self._link_edits(backend, pairs)
        past, live = self._split_history(pairs)
        self._keep_history(backend, past)
        self._confirm(backend, live)
        self._cancel([pair for pair in live if pair[0].intent.state == "canceled"])
        self._flag_states(backend, live)
        self._deliver(backend, live)
        self._take_over_comments(backend, pairs)
        self.env["magento.record"]._go_on(backend, [f"order:{item.external_id}" for item, _order in pairs])
        orders._b2b_compare_contract_prices()
        self._log_taken_over(pairs)

    def _confirm(self, backend, pairs):
        ready = [
            order
            for item, order in pairs
            if item.intent.state not in NOT_TO_CONFIRM and order.state in ("draft", "sent")
        ]
        if backend.confirm_orders and ready:
            self.env["sale.order"].browse([order.id for order in ready]).action_confirm()

    def _log_taken_over(self, pairs):
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "order",
                    "record": order,
                    "company": order.company_id,
                    "decision": self.env._(
                        "Shop order %(number)s taken over as history; its total equals the shop's.",
                        number=item.intent.number,
                    )
                    if order.b2b_history
                    else self.env._(
                        "Shop order %(number)s taken over; its total equals the shop's.", number=item.intent.number
                    ),
                    "rule": "exact totals",
                    "evidence": {
                        "shop_total": format(item.intent.shop_total, "f"),
                        "owed": format(item.intent.total, "f"),
                        "tax": format(item.intent.tax, "f"),
                        "remarks": [remark.text for remark in item.intent.remarks],
                    },
                    "amount": order.amount_total,
                    "currency": order.currency_id,
                }
                for item, order in pairs
            ]
        )
