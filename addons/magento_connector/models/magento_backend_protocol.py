"""In which way a backend speaks with its shop, and what that way or the shop itself cannot do.

What cannot be read is said in words and not asked for: streams that a Magento 1 shop has no method for, and those that
need Adobe Commerce or several sources of stock.
"""

import re
from urllib.parse import urlsplit

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..magento_wire import auth
from ..magento_wire.protocols import PROTOCOLS
from ..magento_wire.streams import B2B, CORE, MULTI_SOURCE, STREAMS

SLOWEST = 0.1
"""Requests per second: a lane that waits longer between two is ended by the server's limit on time."""

HOST_PATTERN = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)


class MagentoBackendProtocol(models.AbstractModel):
    _name = "magento.backend.protocol"
    _description = "Protocol of a Shop"

    protocol = fields.Selection(
        [(name, protocol.title) for name, protocol in PROTOCOLS.items()],
        default="rest",
        required=True,
        tracking=True,
        help="How Odoo speaks with the shop. REST is the first choice for Magento 2 and Adobe Commerce, XML-RPC for "
        "Magento 1 and OpenMage.",
    )
    auth_choices = fields.Json(compute="_compute_auth_choices")
    features = fields.Json(readonly=True, copy=False, help="What the connection check found the shop to have.")
    features_text = fields.Char("The Shop Has", compute="_compute_features_text")
    lacks_html = fields.Html("Not Offered", compute="_compute_lacks_html")
    has_lacks = fields.Boolean(compute="_compute_lacks_html")
    requests_per_second = fields.Float(
        "Requests per Second",
        default=0.0,
        help="At most so many, of all of Odoo's processes together. 0: as many as the shop answers.",
    )

    @api.depends("protocol")
    def _compute_auth_choices(self):
        for backend in self:
            backend.auth_choices = list(PROTOCOLS[backend.protocol or "rest"].access)

    @api.depends("features", "protocol")
    def _compute_features_text(self):
        words = self._feature_words()
        for backend in self:
            found = [words.get(feature, feature) for feature in backend.features or () if feature != CORE]
            backend.features_text = ", ".join(found) or self.env._("the core of Magento")
            if not backend.features:
                backend.features_text = False

    @api.model
    def _feature_words(self):
        return {
            MULTI_SOURCE: self.env._("several sources of stock"),
            B2B: self.env._("company accounts (Adobe Commerce B2B)"),
            "async_bulk": self.env._("bulk requests in the background"),
        }

    @api.depends("features", "protocol", "stream_ids")
    def _compute_lacks_html(self):
        for backend in self:
            rows = Markup().join(
                Markup("<li><b>%s</b>: %s</li>") % (self.env._(kind.label), reason)  # pylint: disable=gettext-variable
                for entity, kind in self.env["magento.stream"]._kinds().items()
                if (reason := backend._lack(entity))
            )
            backend.lacks_html = Markup("<ul class='mb-0'>%s</ul>") % rows if rows else False
            backend.has_lacks = bool(rows)

    @api.constrains("url")
    def _check_host(self):
        """A host that no name server can have would fail only when it is opened, in no words of ours."""
        for backend in self:
            try:
                parts = urlsplit(backend.url or "")
                host, _port = parts.hostname or "", parts.port
            except ValueError:
                host = ""
            if ":" not in host and not all(
                HOST_PATTERN.fullmatch(label) for label in _in_ascii(host).removesuffix(".").split(".")
            ):
                raise ValidationError(
                    self.env._(
                        "“%(url)s” is not a shop's address: check the name between https:// and the next slash. "
                        "Write it like https://shop.example.com.",
                        url=backend.url,
                    )
                )

    @api.constrains("protocol", "auth")
    def _check_auth(self):
        titles = dict(self._fields["auth"]._description_selection(self.env))
        for backend in self:
            possible = PROTOCOLS[backend.protocol].access
            if backend.auth not in possible:
                raise ValidationError(
                    self.env._(
                        "%(protocol)s does not take “%(access)s”. Choose one of: %(possible)s.",
                        protocol=PROTOCOLS[backend.protocol].title,
                        access=titles[backend.auth],
                        possible=", ".join(titles[name] for name in possible),
                    )
                )

    @api.constrains("requests_per_second")
    def _check_requests_per_second(self):
        if any(backend.requests_per_second and backend.requests_per_second < SLOWEST for backend in self):
            raise ValidationError(
                self.env._("The number of requests per second is 0 (no limit), or %(least)s or more.", least=SLOWEST)
            )

    @api.onchange("protocol")
    def _onchange_protocol(self):
        if self.auth not in PROTOCOLS[self.protocol].access:
            self.auth = PROTOCOLS[self.protocol].access[0]

    @api.model
    def _with_fitting_access(self, vals, former=None):
        """Values in which a new protocol that does not take the kind of access comes with the one that is usual."""
        protocol = vals.get("protocol")
        if protocol in PROTOCOLS and "auth" not in vals and former not in PROTOCOLS[protocol].access:
            return {**vals, "auth": PROTOCOLS[protocol].access[0]}
        return vals

    # -- what cannot be read ---------------------------------------------------------------------------------------

    def _protocol(self):
        self.ensure_one()
        return PROTOCOLS[self.protocol]

    def _lack(self, entity):
        """Why a kind of record cannot be read from this shop, in words; empty where it can.

        :param str entity: name of a stream
        """
        self.ensure_one()
        protocol = self._protocol()
        if entity in protocol.lacks:
            return protocol.lacks[entity]
        features = self.features or (CORE,)
        if entity not in STREAMS or protocol.supports(entity, features):
            return ""
        if not self.features:
            return self.env._("Known after the connection check.")
        return {
            MULTI_SOURCE: self.env._("The shop has no sources of stock, or its integration may not see them."),
            B2B: self.env._("The shop has no company accounts: they come with Adobe Commerce."),
        }.get(STREAMS[entity].feature, self.env._("The shop does not have it."))

    # -- opening ---------------------------------------------------------------------------------------------------

    def _open(self, transport):
        """The shop over a transport, by the backend's protocol.

        :rtype: Shop
        :raises UserError: when credentials are missing
        """
        options = {"hosted": True} if self.auth == "server_to_server" else {}
        shop = self._protocol().open(transport, self.url, self._authenticator(self._secrets()), **options)
        if self.features:
            shop.features = tuple(self.features)
        return shop

    def _authenticator(self, given):
        if self.auth == "bearer":
            return auth.BearerToken(given["access_token"])
        if self.auth == "admin":
            return auth.AdminToken(self.url, given["username"], given["password"])
        if self.auth == "server_to_server":
            return auth.ServerToServer(given["client_id"], given["client_secret"], self.scopes or "")
        if self.auth == "api_user":
            return auth.ApiUser(given["api_user"], given["api_key"])
        return auth.OAuth1(
            given["consumer_key"], given["consumer_secret"], given["access_token"], given["access_token_secret"]
        )


def _in_ascii(host):
    """The host as name servers know it; one that cannot be written so is left as it is, and refused."""
    try:
        return host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        return ""
