"""A connected shop: where it is, how we may speak with it, and how it is doing."""

import secrets
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .. import secret_box

SECRET_FIELDS = (
    "consumer_key",
    "consumer_secret",
    "access_token",
    "access_token_secret",
    "username",
    "password",
    "client_id",
    "client_secret",
    "api_user",
    "api_key",
)
NEEDED_SECRETS = {
    "oauth1": ("consumer_key", "consumer_secret", "access_token", "access_token_secret"),
    "bearer": ("access_token",),
    "admin": ("username", "password"),
    "server_to_server": ("client_id", "client_secret"),
    "api_user": ("api_user", "api_key"),
}
COUNTED_MODELS = {
    "order_count": ("sale.order",),
    "customer_count": ("res.partner",),
    "product_count": ("product.product", "product.template"),
}


class MagentoBackend(models.Model):
    _name = "magento.backend"
    _description = "Magento Shop"
    _inherit = [
        "mail.thread",
        "magento.backend.catalog",
        "magento.backend.protocol",
        "magento.backend.connection",
        "magento.backend.start",
        "magento.backend.health",
        "magento.backend.setup",
        "magento.backend.proposals",
        "magento.backend.compare",
        "magento.backend.documents",
        "magento.backend.push",
    ]
    _order = "sequence, id"

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        help="Store views belong to this company unless they say otherwise.",
    )
    url = fields.Char("Address", required=True, tracking=True, help="For example https://shop.example.com")
    auth = fields.Selection(
        [
            ("oauth1", "Integration (OAuth 1.0a)"),
            ("bearer", "Access token"),
            ("admin", "Administrator's login"),
            ("server_to_server", "Adobe server-to-server"),
            ("api_user", "API user and key (Magento 1)"),
        ],
        "Access",
        default="oauth1",
        required=True,
        tracking=True,
        help="An integration, made in the shop under System › Extensions › Integrations, is the safest: it does not "
        "expire and can be revoked there.",
    )
    credentials = fields.Text(
        copy=False, prefetch=False, groups=fields.NO_ACCESS, help="Encrypted; the key is not in the database."
    )
    consumer_key = fields.Char(compute="_compute_secret_inputs", readonly=False, exportable=False)
    consumer_secret = fields.Char(compute="_compute_secret_inputs", readonly=False, exportable=False)
    access_token = fields.Char(compute="_compute_secret_inputs", readonly=False, exportable=False)
    access_token_secret = fields.Char(compute="_compute_secret_inputs", readonly=False, exportable=False)
    username = fields.Char(compute="_compute_secret_inputs", readonly=False, exportable=False)
    password = fields.Char(compute="_compute_secret_inputs", readonly=False, exportable=False)
    client_id = fields.Char(compute="_compute_secret_inputs", readonly=False, exportable=False)
    client_secret = fields.Char(compute="_compute_secret_inputs", readonly=False, exportable=False)
    api_user = fields.Char("API User", compute="_compute_secret_inputs", readonly=False, exportable=False)
    api_key = fields.Char("API Key", compute="_compute_secret_inputs", readonly=False, exportable=False)
    scopes = fields.Char(help="Comma-separated, as Adobe's developer console shows them.")
    has_credentials = fields.Boolean(compute="_compute_has_credentials")
    secret_hint = fields.Char(compute="_compute_has_credentials")
    allowed_host = fields.Char(
        groups="base.group_system",
        copy=False,
        help="Only administrators: a host, such as 127.0.0.1 or shop.local, that may be reached without https or in a "
        "private network.",
    )
    webhook_path = fields.Char(copy=False, readonly=True, default=lambda self: secrets.token_urlsafe(12))
    webhook_url = fields.Char("Webhook Address", compute="_compute_webhook_url")
    webhook_secret = fields.Text(copy=False, prefetch=False, groups=fields.NO_ACCESS)
    has_webhook_secret = fields.Boolean("Secret Is Set", compute="_compute_has_credentials")
    orders_since = fields.Datetime(help="Older orders are not fetched. Empty: all of them.")
    page_size = fields.Integer(default=100, help="Records per request. Some shops cap it at 300.")
    confirm_orders = fields.Boolean(
        default=True,
        help="Confirm an order when the shop is working on it. Otherwise it stays a quotation for a person to confirm.",
    )
    breaker = fields.Json(copy=False, help="How often in a row the shop failed, and until when it is left alone.")
    tell_invoices = fields.Boolean(
        help="Write the number of each posted invoice as a comment to the order in the shop."
    )
    keep_payload_days = fields.Integer(
        "Keep Payloads (Days)",
        default=180,
        help="What the shop sent holds personal data. After these days it is emptied from records that are done; "
        "0 keeps it for good.",
    )
    shop_version = fields.Char("Version", readonly=True, copy=False)

    stream_ids = fields.One2many("magento.stream", "backend_id", "Streams")
    store_ids = fields.One2many("magento.store", "backend_id", "Store Views")
    tax_ids = fields.One2many("magento.tax", "backend_id", "Taxes")
    payment_method_ids = fields.One2many("magento.payment.method", "backend_id", "Payment Methods")
    shipping_method_ids = fields.One2many("magento.shipping.method", "backend_id", "Shipping Methods")
    group_ids = fields.One2many("magento.customer.group", "backend_id", "Customer Groups")

    last_success = fields.Datetime("Last Contact", compute="_compute_last_success")
    waiting_count = fields.Integer("Waiting", compute="_compute_record_counts")
    set_aside_count = fields.Integer("Set Aside", compute="_compute_record_counts")
    record_count = fields.Integer("Records", compute="_compute_record_counts")
    order_count = fields.Integer("Orders", compute="_compute_document_counts")
    customer_count = fields.Integer("Customers", compute="_compute_document_counts")
    product_count = fields.Integer("Products", compute="_compute_document_counts")
    discrepancy_count = fields.Integer("Discrepancies", compute="_compute_discrepancy_count")
    unmapped_tax_count = fields.Integer(compute="_compute_unmapped_tax_count")

    _webhook_path_unique = models.UniqueIndex("(webhook_path)")

    @api.constrains("url")
    def _check_url(self):
        for backend in self:
            try:
                parts = urlsplit(backend.url or "")
            except ValueError:
                parts = urlsplit("")
            if (
                parts.scheme not in ("http", "https")
                or not parts.hostname
                or parts.username
                or parts.query
                or parts.fragment
            ):
                raise ValidationError(
                    self.env._(
                        "“%(url)s” is not a shop's address. Write it like https://shop.example.com, without a "
                        "name, password "
                        "or question mark.",
                        url=backend.url,
                    )
                )

    @api.constrains("page_size")
    def _check_page_size(self):
        if any(not 1 <= backend.page_size <= 300 for backend in self):
            raise ValidationError(self.env._("The page size is between 1 and 300."))

    def _compute_secret_inputs(self):
        for backend in self:
            backend.update(dict.fromkeys(SECRET_FIELDS, False))

    @api.depends("credentials", "webhook_secret")
    def _compute_has_credentials(self):
        for backend in self:
            backend.has_credentials = bool(backend.sudo().credentials)
            backend.secret_hint = self.env._("stored; enter to replace") if backend.has_credentials else False
            backend.has_webhook_secret = bool(backend.sudo().webhook_secret)

    @api.depends("webhook_path")
    def _compute_webhook_url(self):
        for backend in self:
            backend.webhook_url = f"{backend.get_base_url()}/magento/webhook/{backend.webhook_path}"

    @api.depends("stream_ids.last_success")
    def _compute_last_success(self):
        for backend in self:
            backend.last_success = max(
                backend.stream_ids.filtered("last_success").mapped("last_success"), default=False
            )

    def _compute_record_counts(self):
        counts = {
            (backend, state): count
            for backend, state, count in self.env["magento.record"]
            .sudo()
            ._read_group([("backend_id", "in", self.ids)], ["backend_id", "state"], ["__count"])
        }
        for backend in self:
            backend.waiting_count = counts.get((backend, "staged"), 0)
            backend.set_aside_count = counts.get((backend, "set_aside"), 0)
            backend.record_count = sum(count for (owner, _state), count in counts.items() if owner == backend)

    def _compute_document_counts(self):
        counts = {
            (backend, model): count
            for backend, model, count in self.env["magento.binding"]
            .sudo()
            ._read_group([("backend_id", "in", self.ids)], ["backend_id", "model"], ["__count"])
        }
        for backend in self:
            for name, models_ in COUNTED_MODELS.items():
                backend[name] = sum(counts.get((backend, model), 0) for model in models_)

    def _compute_discrepancy_count(self):
        for backend in self:
            backend.discrepancy_count = self.env["b2b.discrepancy"].search_count(backend._discrepancy_domain())

    def _compute_unmapped_tax_count(self):
        counts = dict(
            self.env["magento.tax"]._read_group(
                [("backend_id", "in", self.ids), *self.env["magento.tax"]._missing_domain()],
                ["backend_id"],
                ["__count"],
            )
        )
        for backend in self:
            backend.unmapped_tax_count = counts.get(backend, 0)

    # -- credentials -----------------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._with_fitting_access(vals) for vals in vals_list]
        secrets_list = [self._take_secrets(vals) for vals in vals_list]
        self._check_allowed_host(vals_list)
        backends = super().create(vals_list)
        for backend, given in zip(backends, secrets_list, strict=True):
            backend._store_secrets(given)
        backends._ensure_streams()
        return backends

    def write(self, vals):
        vals = self._with_fitting_access(dict(vals), self[:1].auth)
        given = self._take_secrets(vals)
        self._check_allowed_host([vals])
        former = {backend: backend._whom_secrets_are_for() for backend in self}
        result = super().write(vals)
        moved = self.filtered(lambda backend: backend._whom_secrets_are_for() != former[backend])
        if moved:
            moved.sudo().write({"credentials": False, "features": False})
            moved._ensure_streams()
        for backend in self:
            backend._store_secrets(given)
        return result

    @api.model
    def _take_secrets(self, vals):
        """Take the secrets out of values, so that no field, cache, log or tracking ever holds them."""
        return {name: value.strip() for name in SECRET_FIELDS if (value := vals.pop(name, None))}

    def _whom_secrets_are_for(self):
        """Scheme, host, protocol and kind of access: when one changes, what is stored must not be sent there."""
        return (*urlsplit(self.url or "")[:2], self.protocol, self.auth)

    def _store_secrets(self, given):
        if given:
            stored = self.sudo()
            stored.credentials = secret_box.seal(
                self.env, {**secret_box.open_sealed(self.env, stored.credentials), **given}
            )

    def _secrets(self):
        """The credentials in clear, for the transport only.

        :raises UserError: when some are missing, or the key is
        """
        self.ensure_one()
        given = secret_box.open_sealed(self.env, self.sudo().credentials)
        missing = self._names_missing(given)
        if missing:
            raise UserError(self.env._("%(shop)s: enter %(names)s first.", shop=self.name, names=", ".join(missing)))
        return given

    def _names_missing(self, given):
        return [
            self._fields[name]._description_string(self.env)
            for name in NEEDED_SECRETS[self.auth]
            if not given.get(name)
        ]

    def _missing_secrets(self):
        """Names of the credentials that are still to be entered; all of them where the stored ones cannot be read."""
        self.ensure_one()
        try:
            given = secret_box.open_sealed(self.env, self.sudo().credentials)
        except UserError:
            given = {}
        return self._names_missing(given)

    def _check_allowed_host(self, vals_list):
        if (
            any(vals.get("allowed_host") for vals in vals_list)
            and not self.env.su
            and not self.env.user.has_group("base.group_system")
        ):
            raise AccessError(self.env._("Only an administrator allows a host without https or in a private network."))

    def action_forget_credentials(self):
        """Delete the stored credentials; enter new ones afterwards."""
        self.check_access("write")
        self.sudo().credentials = False
        return True

    def action_new_webhook_secret(self):
        """Make a new secret for signed webhooks and show it this once."""
        self.ensure_one()
        self.check_access("write")
        secret = secrets.token_urlsafe(32)
        self.sudo().webhook_secret = secret_box.seal(self.env, {"webhook": secret})
        return self._notification(
            self.env._("New webhook secret, shown only now"),
            self.env._("Enter it in the shop: %(secret)s", secret=secret),
            "warning",
        )

    # -- documents -------------------------------------------------------------------------------------------------

    def _discrepancy_domain(self):
        return [("state", "=", "open"), ("order_id.magento_backend_id", "in", self.ids)]

    def action_view_orders(self):
        return {
            **self._action("sale.action_orders"),
            "domain": [("magento_backend_id", "in", self.ids)],
            "context": {"create": False},
        }

    def action_view_customers(self):
        return self._open_bound("base.action_partner_form")

    def action_view_products(self):
        return self._open_bound("product.product_normal_action_sell")

    def action_view_discrepancies(self):
        return {
            **self._action("b2b_invoice_automation.b2b_discrepancy_action"),
            "domain": self._discrepancy_domain(),
            "context": {},
        }

    def action_view_records(self):
        return {
            **self._action("magento_connector.magento_record_action"),
            "domain": [("backend_id", "in", self.ids)],
            "context": {},
        }

    def action_view_set_aside(self):
        return {**self.action_view_records(), "context": {"search_default_set_aside": 1}}

    def action_view_taxes(self):
        return {**self._action("magento_connector.magento_tax_action"), "domain": [("backend_id", "in", self.ids)]}

    def _open_bound(self, action):
        return {
            **self._action(action),
            "domain": [("magento_binding_ids.backend_id", "in", self.ids)],
            "context": {"create": False},
        }

    def _action(self, xml_id):
        return self.env["ir.actions.actions"]._for_xml_id(xml_id)

    @api.model
    def _notification(self, title, message, kind="info", **more):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"title": title, "message": message, "type": kind, "sticky": kind != "info", **more},
        }
