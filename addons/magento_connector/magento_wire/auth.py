"""How the connector proves who it is: five ways, one interface.

An authenticator gives the headers of a request, and may renew itself once after the shop refused it. Secrets are kept
out of ``repr``; :meth:`Authenticator.secrets` names them for masking.
"""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from oauthlib import oauth1

from .errors import CONFIGURATION, ShopError, error_for
from .transport import HttpRequest


class Authenticator:
    """The interface, and the way of a shop that asks for nothing."""

    name = "none"

    def headers(self, method, url, transport):
        """Return the headers that authorise one request.

        :param str method: HTTP method
        :param str url: with its query, as it will be sent
        :param transport: to fetch a token with, where one is needed first
        :rtype: dict
        """
        return {}

    def renew(self, response):
        """Look at a refusal (401, or 400 on a time stamp); return whether trying once more makes sense.

        :param HttpResponse response: the refusal
        """
        return False

    def secrets(self):
        """Return the literal values that must never appear in a log."""
        return ()

    def __repr__(self):
        return f"<{type(self).__name__}>"


class OAuth1(Authenticator):
    """An integration's OAuth 1.0a, signed with HMAC-SHA256 (RFC 5849; the shop takes no other method).

    A clock that is off is corrected by the shop's ``Date`` after its first refusal.
    """

    name = "oauth1"

    def __init__(self, consumer_key, consumer_secret, token, token_secret, clock=time.time):
        self._key, self._secret = consumer_key, consumer_secret
        self._token, self._token_secret = token, token_secret
        self._clock, self._offset = clock, 0.0

    def headers(self, method, url, transport):
        client = oauth1.Client(
            self._key,
            client_secret=self._secret,
            resource_owner_key=self._token,
            resource_owner_secret=self._token_secret,
            signature_method=oauth1.SIGNATURE_HMAC_SHA256,
            timestamp=str(int(self._clock() + self._offset)),
        )
        _url, headers, _body = client.sign(url, http_method=method)
        return {"Authorization": headers["Authorization"]}

    def renew(self, response):
        offset = clock_offset(response, self._clock())
        if offset is None or abs(offset - self._offset) < 30:
            return False
        self._offset = offset
        return True

    def secrets(self):
        return (self._key, self._secret, self._token, self._token_secret)


class BearerToken(Authenticator):
    """An integration's access token as it is; Magento 2.4.4 and later allow it only if set so."""

    name = "bearer"

    def __init__(self, token):
        self._token = token

    def headers(self, method, url, transport):
        return {"Authorization": f"Bearer {self._token}"}

    def secrets(self):
        return (self._token,)


class ApiUser(Authenticator):
    """Name and key of an API user of Magento 1 (System > Web Services > SOAP/XML-RPC - Users)."""

    name = "api_user"

    def __init__(self, username, key):
        self.username, self.key = username, key

    def secrets(self):
        return (self.key,)


class _FetchedToken(Authenticator):
    """A token that is fetched when needed and again when it ends or is refused."""

    margin = 60.0

    def __init__(self, clock=time.time):
        self._clock = clock
        self._token, self._ends = "", 0.0

    def headers(self, method, url, transport):
        if not self._token or self._clock() >= self._ends - self.margin:
            self._token, lifetime = self._fetch(transport)
            self._ends = self._clock() + lifetime
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self, response):
        had_token, self._token = bool(self._token), ""
        return had_token

    def _fetch(self, transport):
        """Return ``(token, seconds it lives)``."""
        raise NotImplementedError

    def _ask(self, transport, url, headers, body):
        response = transport.send(HttpRequest("POST", url, headers, body))
        if response.status != 200:
            # Asking for a token changes nothing in the shop: a lost answer may simply be asked for again.
            raise error_for(response.status, response.body, response.headers, "GET")
        try:
            return json.loads(response.body)
        except ValueError:
            raise error_for(503, response.body, response.headers, "GET")


class AdminToken(_FetchedToken):
    """An administrator's name and password, exchanged for a token that lives four hours.

    :param str base_url: of the shop
    :param float lifetime: seconds a token lives (the shop's setting; default four hours)
    """

    name = "admin"

    def __init__(self, base_url, username, password, *, lifetime=4 * 3600.0, clock=time.time):
        super().__init__(clock)
        self._url = base_url.rstrip("/") + "/rest/all/V1/integration/admin/token"
        self._username, self._password, self._lifetime = username, password, lifetime

    def _fetch(self, transport):
        body = json.dumps({"username": self._username, "password": self._password}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        return _token_text(self._ask(transport, self._url, headers, body)), self._lifetime

    def secrets(self):
        return (self._password, self._token)


class ServerToServer(_FetchedToken):
    """Adobe's OAuth server-to-server credentials, for Adobe Commerce as a Cloud Service (client credentials grant).

    :param str scopes: comma-separated, as shown in Adobe's developer console
    :param str token_url: of Adobe's identity service
    """

    name = "server_to_server"
    ADOBE = "https://ims-na1.adobelogin.com/ims/token/v3"

    def __init__(self, client_id, client_secret, scopes, *, token_url=ADOBE, organisation="", clock=time.time):
        super().__init__(clock)
        self._id, self._secret, self._scopes = client_id, client_secret, scopes
        self._url, self._organisation = token_url, organisation

    def headers(self, method, url, transport):
        headers = super().headers(method, url, transport)
        headers["x-api-key"] = self._id
        if self._organisation:
            headers["x-gw-ims-org-id"] = self._organisation
        return headers

    def _fetch(self, transport):
        form = {
            "grant_type": "client_credentials",
            "client_id": self._id,
            "client_secret": self._secret,
            "scope": self._scopes,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        answer = self._ask(transport, self._url, headers, urlencode(form).encode())
        if not isinstance(answer, dict):
            answer = {}
        return _token_text(answer.get("access_token")), float(answer.get("expires_in") or 3600)

    def secrets(self):
        return (self._secret, self._token)


def clock_offset(response, now):
    """Return the seconds the shop's clock is ahead of ours by its ``Date`` header, None where it sends none."""
    try:
        return parsedate_to_datetime(response.headers["date"]).timestamp() - now
    except (KeyError, TypeError, ValueError):
        return None


def _token_text(token):
    if not isinstance(token, str) or not token.strip():
        raise ShopError(
            CONFIGURATION,
            "no_token",
            "The shop answered without a token. Check the kind of access and the address; if an administrator's name "
            "is used, its account may be locked.",
        )
    return token.strip()
