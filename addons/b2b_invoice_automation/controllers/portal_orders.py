"""The customer's orders: found by any number, with their numbers in the shop and what is invoiced."""

from collections import OrderedDict

from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager
from odoo.addons.sale.controllers.portal import CustomerPortal

from .filters import day_text, search_text


class OrderPortal(CustomerPortal):
    def _get_sale_searchbar_sortings(self):
        return {
            "date": {"label": request.env._("Order date"), "order": "date_order desc, id desc"},
            "name": {"label": request.env._("Number"), "order": "name desc, id desc"},
            "amount": {"label": request.env._("Total"), "order": "amount_total desc, id desc"},
        }

    def _b2b_order_filters(self):
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "open": {"label": request.env._("To be invoiced"), "domain": Domain("invoice_status", "!=", "invoiced")},
            "invoiced": {"label": request.env._("Invoiced"), "domain": Domain("invoice_status", "=", "invoiced")},
        }

    def _b2b_order_search_inputs(self):
        return {
            "all": {"input": "all", "label": request.env._("Search in all numbers")},
            "order": {"input": "order", "label": request.env._("Order number")},
            "po": {"input": "po", "label": request.env._("Your PO number")},
            "shop": {"input": "shop", "label": request.env._("Shop order number")},
        }

    def _b2b_order_search_domain(self, search, search_in):
        """Orders by a part of one of their numbers."""
        parts = {
            "order": Domain("name", "ilike", search),
            "po": Domain("client_order_ref", "ilike", search),
            "shop": Domain("origin", "ilike", search),
        }
        return parts.get(search_in) or Domain.OR(parts.values())

    def _b2b_order_choices(self):
        """What the page's filter and search field say: (filter, search text, where to search)."""
        filterby, search_in = request.params.get("filterby"), request.params.get("search_in")
        return (
            filterby if filterby in self._b2b_order_filters() else "all",
            search_text(request.params.get("search")),
            search_in if search_in in self._b2b_order_search_inputs() else "all",
        )

    def _prepare_orders_domain(self, partner):
        filterby, search, search_in = self._b2b_order_choices()
        domain = super()._prepare_orders_domain(partner) + list(self._b2b_order_filters()[filterby]["domain"])
        return domain + (list(self._b2b_order_search_domain(search, search_in)) if search else [])

    def _prepare_sale_portal_rendering_values(
        self, page=1, date_begin=None, date_end=None, sortby=None, quotation_page=False, **kwargs
    ):
        sortings = self._get_sale_searchbar_sortings()
        date_begin, date_end = day_text(date_begin), day_text(date_end)
        values = super()._prepare_sale_portal_rendering_values(
            page=page,
            date_begin=date_begin,
            date_end=date_end,
            sortby=sortby if sortby in sortings else "date",
            quotation_page=quotation_page,
            **kwargs,
        )
        if quotation_page:
            return values
        filterby, search, search_in = self._b2b_order_choices()
        orders = request.env["sale.order"]
        domain = self._prepare_orders_domain(request.env.user.partner_id)
        values.update(
            {
                "pager": portal_pager(
                    url="/my/orders",
                    total=orders.search_count(domain) if orders.has_access("read") else 0,
                    page=page,
                    step=self._items_per_page,
                    url_args={
                        "date_begin": date_begin,
                        "date_end": date_end,
                        "sortby": values["sortby"],
                        "filterby": filterby,
                        **({"search": search, "search_in": search_in} if search else {}),
                    },
                ),
                "searchbar_filters": OrderedDict(self._b2b_order_filters()),
                "filterby": filterby,
                "searchbar_inputs": self._b2b_order_search_inputs(),
                "search": search,
                "search_in": search_in,
            }
        )
        return values
