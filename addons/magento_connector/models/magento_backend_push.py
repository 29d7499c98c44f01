"""What a shop is told: the settings, and how telling it is doing."""

from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..magento_wire.errors import CONFIGURATION, INDEFINITE, TRANSIENT, ShopError
from ..magento_wire.retry import RetryPolicy
from ..magento_wire.streams import ASYNC_BULK, B2B, MULTI_SOURCE
from .loading import in_words
from .magento_outbox import KINDS, OPEN_STATES
from .magento_outbox_push import OF_ONE_ROW

POLICY = RetryPolicy(first=30.0, longest=3600.0, attempts=10**6)
SETTINGS = {  # setting → kinds of effects it needs
    "tell_invoices": ("order_comment",),
    "push_stock": ("stock",),
    "push_base_prices": ("base_price",),
    "push_special_prices": ("special_price",),
    "push_tier_prices": ("tier_price",),
    "push_contract_prices": ("tier_price",),
    "push_shared_catalog": ("shared_catalog_price",),
    "push_credit": ("credit_limit", "credit_balance"),
    "push_shipments": ("shipment", "tracking"),
    "push_invoices": ("invoice",),
    "push_credit_memos": ("credit_memo",),
    "push_order_numbers": ("order_number",),
    "push_cancellations": ("order_cancel",),
    "push_holds": ("order_hold", "order_unhold"),
}
PRICE_SETTINGS = {
    "base_price": ("push_base_prices",),
    "special_price": ("push_special_prices",),
    "tier_price": ("push_tier_prices", "push_contract_prices"),
    "shared_catalog_price": ("push_shared_catalog",),
}
SHOWN_ROWS = 50


class MagentoBackendPush(models.AbstractModel):
    _name = "magento.backend.push"
    _description = "What a Shop Is Told"

    push_stock = fields.Boolean("Stock", help="What is on hand, per source of the shop, in step with the shipments.")
    push_base_prices = fields.Boolean(
        "Base Prices", help="Sales prices of products. Odoo decides; changes made in the shop are overwritten."
    )
    push_special_prices = fields.Boolean(
        "Special Prices", help="Dated rules of a store view's pricelist become the shop's special prices."
    )
    push_tier_prices = fields.Boolean(
        "Pricelists", help="Pricelists of customer groups and store views become tier prices."
    )
    push_contract_prices = fields.Boolean(
        "Contract Prices",
        help="Prices of contracts in force become tier prices of the customer's own group in the shop.",
    )
    push_shared_catalog = fields.Boolean(
        "Shared Catalogs", help="Adobe Commerce: prices of a group that has a shared catalog are written into it."
    )
    push_credit = fields.Boolean(
        "Company Credit", help="Adobe Commerce: a company's credit limit, and its balance in step with what it owes."
    )
    push_shipments = fields.Boolean("Shipments", help="Deliveries, with their tracking numbers and source.")
    push_invoices = fields.Boolean("Invoices", help="Posted invoices become invoices of the order in the shop.")
    push_credit_memos = fields.Boolean("Credit Memos", help="Posted credit notes become credit memos in the shop.")
    push_order_numbers = fields.Boolean("Order Numbers", help="The order's number here, kept with it in the shop.")
    push_cancellations = fields.Boolean(
        "Cancellations", help="An order that is cancelled here is cancelled in the shop."
    )
    push_holds = fields.Boolean("Holds", help="An order that a case stops here is put on hold in the shop until then.")
    push_invoice_link = fields.Boolean(
        "Link to the Invoice", help="Comments on invoices carry a link with which the customer opens the PDF."
    )
    push_notify = fields.Boolean("The Shop Sends E-mails", help="The shop writes to the customer about new documents.")
    push_async = fields.Boolean(
        "In Bulk", help="Stock and prices go in bulk: the shop takes them at once and works them off by itself."
    )
    push_keep_days = fields.Integer(
        "Keep Messages (Days)", default=90, help="Messages that were sent are deleted after these days; 0 keeps them."
    )
    push_state = fields.Selection(
        [("running", "Running"), ("retrying", "Trying again"), ("stopped", "Stopped"), ("paused", "Paused")],
        "Sending",
        default="running",
        required=True,
        copy=False,
        readonly=True,
    )
    push_error = fields.Text("Why Nothing Is Sent", copy=False, readonly=True)
    push_next = fields.Datetime("Next Attempt to Send", copy=False, readonly=True)
    push_failures = fields.Integer(copy=False, readonly=True)
    push_waiting_count = fields.Integer("Messages Waiting", compute="_compute_push_counts")
    push_failed_count = fields.Integer("Messages Refused", compute="_compute_push_counts")
    source_ids = fields.One2many("magento.source", "backend_id", "Sources")
    stock_compare_date = fields.Datetime("Stock Compared", copy=False, readonly=True)
    stock_compare_text = fields.Char("Last Comparison of Stock", copy=False, readonly=True)
    stock_drift = fields.Json(copy=False, readonly=True)
    stock_drift_html = fields.Html("Differences Found", compute="_compute_push_html")
    price_problems = fields.Json(copy=False, readonly=True, help="Agreed prices that the shop cannot express.")
    price_problems_html = fields.Html("What the Shop Cannot Express", compute="_compute_push_html")
    has_sources = fields.Boolean(compute="_compute_push_kinds")
    has_b2b = fields.Boolean(compute="_compute_push_kinds")
    has_bulk = fields.Boolean(compute="_compute_push_kinds")
    push_possible = fields.Char(
        compute="_compute_push_kinds", help="Kinds of messages that can be sent to this shop, comma-separated."
    )

    def _compute_push_counts(self):
        counts = {
            (backend, state): count
            for backend, state, count in self.env["magento.outbox"]
            .sudo()
            ._read_group([("backend_id", "in", self.ids)], ["backend_id", "state"], ["__count"])
        }
        for backend in self:
            backend.push_waiting_count = sum(counts.get((backend, state), 0) for state in OPEN_STATES)
            backend.push_failed_count = counts.get((backend, "failed"), 0)

    @api.depends("features", "protocol")
    def _compute_push_kinds(self):
        for backend in self:
            features = backend.features or ()
            backend.has_sources = MULTI_SOURCE in features
            backend.has_b2b = B2B in features
            backend.has_bulk = ASYNC_BULK in features
            backend.push_possible = f",{','.join(kind for kind in KINDS if not backend._why_not_told(kind))},"

    @api.depends("price_problems", "stock_drift")
    def _compute_push_html(self):
        row = Markup("<tr><td>%s</td><td>%s</td><td class='text-end'>%s</td><td class='text-end'>%s</td></tr>")
        for backend in self:
            listed = list(backend.price_problems or ())
            more = [self.env._("… and %s more", len(listed) - SHOWN_ROWS)] if len(listed) > SHOWN_ROWS else []
            problems = Markup().join(Markup("<li>%s</li>") % words for words in listed[:SHOWN_ROWS] + more)
            backend.price_problems_html = Markup("<ul class='mb-0'>%s</ul>") % problems if problems else False
            rows = Markup().join(row % tuple(one) for one in (backend.stock_drift or ())[:SHOWN_ROWS])
            head = Markup("<tr><th>%s</th><th>%s</th><th class='text-end'>%s</th><th class='text-end'>%s</th></tr>") % (
                self.env._("Product"),
                self.env._("Source"),
                self.env._("In the shop"),
                self.env._("Should be"),
            )
            backend.stock_drift_html = (
                Markup("<table class='table table-sm'>%s%s</table>") % (head, rows) if rows else False
            )

    @api.constrains(*SETTINGS)
    def _check_push_settings(self):
        for backend in self:
            for setting, kinds in SETTINGS.items():
                words = next(filter(None, map(backend._why_not_told, kinds)), "") if backend[setting] else ""
                if words:
                    raise ValidationError(words)

    @api.constrains("push_keep_days")
    def _check_push_keep_days(self):
        if any(backend.push_keep_days < 0 for backend in self):
            raise ValidationError(self.env._("Messages are kept for 0 days (for good) or more."))

    # -- what can be told ------------------------------------------------------------------------------------------

    def _why_not_told(self, kind):
        """Why a kind of message cannot be sent to this shop, in words; empty where it can."""
        self.ensure_one()
        protocol = self._protocol()
        labels = self.env["magento.outbox"]._selection_effect
        if kind not in protocol.effects:
            return self.env._(
                "“%(kind)s” cannot be sent to %(shop)s: %(protocol)s does not offer it. %(reason)s",
                kind=dict(labels()).get(kind, kind),
                shop=self.name,
                protocol=protocol.title,
                reason=protocol.lacks_effects.get(kind, ""),
            ).strip()
        if not protocol.can(kind, self.features or ()):
            return self.env._(
                "“%(kind)s” cannot be sent to %(shop)s: the shop has no company features (Adobe Commerce B2B), or the "
                "connection was not checked since it has.",
                kind=dict(labels()).get(kind, kind),
                shop=self.name,
            )
        return ""

    def _sends_in_bulk(self):
        return self.push_async and self.has_bulk

    def _price_kinds(self):
        """Kinds of prices that this shop is told."""
        self.ensure_one()
        return [
            kind
            for kind, settings in PRICE_SETTINGS.items()
            if any(self[setting] for setting in settings) and not self._why_not_told(kind)
        ]

    def _note_price_problems(self, problems):
        if (self.price_problems or []) != problems:
            self.sudo().price_problems = problems or False

    # -- how it is doing -------------------------------------------------------------------------------------------

    def _may_push(self, now):
        """Whether anything may be sent to the shop now."""
        self.ensure_one()
        return (
            self._is_running()
            and self.push_state in ("running", "retrying")
            and (not self.push_next or self.push_next <= now)
            and not self._is_left_alone()
        )

    def _note_push_results(self, errors, some_done):
        """Draw the conclusions for the shop's lane from the errors of a batch."""
        stopping = next((error for error in errors if error.kind == CONFIGURATION), None)
        waiting = next((error for error in errors if error.kind == TRANSIENT and error.code not in OF_ONE_ROW), None)
        unclear = next((error for error in errors if error.kind == INDEFINITE and error.status != 200), None)
        if stopping:
            self._note_push_trouble(stopping)
        elif waiting:
            self._note_push_trouble(waiting)
        elif unclear and not some_done:
            self._note_breaker(unclear)
        elif some_done and (self.push_failures or self.breaker or self.push_state == "retrying"):
            self.sudo().write(
                {"push_state": "running", "push_error": False, "push_next": False, "push_failures": 0, "breaker": False}
            )

    def _note_push_trouble(self, problem):
        """Nothing can be sent: stop and tell a person, or wait and try again."""
        passing = isinstance(problem, ShopError) and problem.kind != CONFIGURATION
        failures = self.push_failures + 1
        wait = POLICY.delay(failures, problem.retry_after if passing else None)
        self.sudo().write(
            {
                "push_state": "retrying" if passing else "stopped",
                "push_error": str(problem) if isinstance(problem, ShopError) else in_words(self.env, problem),
                "push_next": fields.Datetime.now() + timedelta(seconds=wait) if passing else False,
                "push_failures": failures,
            }
        )
        if passing:
            self._note_breaker(problem)
