"""Who may ask: OAuth 1.0a of an integration (HMAC-SHA256, really verified), plain Bearer where allowed, admin tokens.

Apart because it is the one place with secrets. They are made from the seed, so that a demo's second run finds the
same ones; they open nothing but this sandbox.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from urllib.parse import parse_qsl, unquote, urlsplit

from oauthlib.oauth1.rfc5849 import signature

from .errors import ApiError, missing_field, not_allowed

ALLOWED_DEVIATION = 600
ADMIN_TOKEN_SECONDS = 4 * 3600
_REQUIRED = (
    "oauth_consumer_key", "oauth_signature", "oauth_signature_method", "oauth_nonce", "oauth_timestamp", "oauth_token",
)  # fmt: skip
_PAIR = re.compile(r'\s*([\w.~-]+)="([^"]*)"\s*(?:,|$)')


def _derived(seed, name, length=32):
    return hashlib.sha256(f"magento-sandbox/{seed}/{name}".encode()).hexdigest()[:length]


class Access:
    """The shop's integration, its administrator and the tokens given out.

    :param seed: the world's seed, from which the credentials are made
    :param settings: the :class:`.shop.Settings`
    :param clock: the :class:`.shop.Clock`, by which admin tokens expire
    """

    def __init__(self, seed, settings, clock):
        self.consumer_key = _derived(seed, "consumer key")
        self.consumer_secret = _derived(seed, "consumer secret")
        self.access_token = _derived(seed, "access token")
        self.access_token_secret = _derived(seed, "access token secret")
        self.admin_username = "admin"
        self.admin_password = _derived(seed, "admin password", 16)
        self.api_user = "erp"
        self.api_key = _derived(seed, "api key", 24)
        self.control_secret = _derived(seed, "control secret")
        self.revoked = False
        self._settings = settings
        self._clock = clock
        self._nonces = set()
        self._admin_tokens = {}

    def credentials(self):
        """Return what a client needs, as the start line prints it."""
        return {
            "consumer_key": self.consumer_key,
            "consumer_secret": self.consumer_secret,
            "access_token": self.access_token,
            "access_token_secret": self.access_token_secret,
            "admin_username": self.admin_username,
            "admin_password": self.admin_password,
            "api_user": self.api_user,
            "api_key": self.api_key,
            "control_secret": self.control_secret,
        }

    def check(self, method, url, authorization, resource):
        """Let a request pass or raise.

        :param url: the full URL as the client signed it, with query
        :param authorization: the header's text, or None
        :param resource: the name of the right that the route asks for
        :raises ApiError: 401 without valid credentials, 400 where OAuth parameters are missing or unsupported
        """
        kind, _space, rest = (authorization or "").partition(" ")
        if kind.lower() == "oauth":
            self._check_oauth(method, url, rest)
        elif kind.lower() == "bearer":
            self._check_bearer(rest.strip(), resource)
        else:
            raise not_allowed(resource)

    def check_soap(self, authorization, resource):
        """Let a SOAP request pass or raise: SOAP takes an integration's token as Bearer, whatever REST is set to."""
        kind, _space, token = (authorization or "").partition(" ")
        if resource == "anonymous":
            return
        if kind.lower() != "bearer" or (token.strip() != self.access_token and not self._is_admin(token.strip())):
            raise not_allowed(resource)
        if self.revoked:
            raise not_allowed(resource)

    def check_control(self, authorization):
        """Let a caller of the control API pass or raise 401."""
        expected = f"Bearer {self.control_secret}"
        if not hmac.compare_digest((authorization or "").encode(), expected.encode()):
            raise ApiError(401, "The control API needs the control secret of the start line as Bearer.")

    def admin_token(self, username, password):
        """Return a new administrator's token, valid for four hours of the shop's clock.

        :raises ApiError: 401 for a wrong password, 400 where two-factor authentication stands in the way
        """
        right = hmac.compare_digest(str(password).encode(), self.admin_password.encode())
        if username != self.admin_username or not right:
            raise ApiError(
                401,
                "The account sign-in was incorrect or your account is disabled temporarily. "
                "Please wait and try again later.",
            )
        if self._settings.two_factor:
            raise ApiError(
                400,
                "Please use the 2fa provider-specific endpoints to obtain a token.",
                {"active_providers": ["google"]},
            )
        token = secrets.token_hex(16)
        self._admin_tokens[token] = self._clock.now()
        return token

    def forget_admin_tokens(self):
        """Make every administrator's token invalid, as an expiry does."""
        self._admin_tokens.clear()

    def _check_bearer(self, token, resource):
        if self._is_admin(token):
            return
        if token == self.access_token and self._settings.allow_bearer and not self.revoked:
            return
        raise not_allowed(resource)

    def _is_admin(self, token):
        issued = self._admin_tokens.get(token)
        return bool(issued) and (self._clock.now() - issued).total_seconds() < ADMIN_TOKEN_SECONDS

    def _check_oauth(self, method, url, header):
        given = {unquote(key): unquote(value) for key, value in _PAIR.findall(header)}
        for name in _REQUIRED:
            if name not in given:
                raise missing_field(name)
        if given.get("oauth_version", "1.0") != "1.0":
            raise ApiError(400, 'The "%1" Oauth version isn\'t supported.', [given["oauth_version"]])
        if given["oauth_signature_method"] != "HMAC-SHA256":
            raise ApiError(400, "Signature method %1 is not supported", [given["oauth_signature_method"]])
        if given["oauth_consumer_key"] != self.consumer_key:
            raise ApiError(401, "A consumer having the specified key does not exist")
        self._check_once(given["oauth_nonce"], given["oauth_timestamp"])
        if given["oauth_token"] != self.access_token:
            raise ApiError(401, "Specified token does not exist")
        if self.revoked:
            raise ApiError(401, "Access token has been revoked")
        if not self._signed_rightly(method, url, given):
            raise ApiError(401, "The signature is invalid. Verify and try again.")

    def _check_once(self, nonce, timestamp):
        present = time.time() + self._clock.ahead.total_seconds()
        if not timestamp.isdigit() or abs(int(timestamp) - present) > ALLOWED_DEVIATION:
            raise ApiError(401, "The timestamp value in the oauth_timestamp parameter is incorrect or expired.")
        if nonce in self._nonces:
            raise ApiError(401, "The nonce is already being used by the consumer with ID %1.", ["1"])
        self._nonces.add(nonce)

    def _signed_rightly(self, method, url, given):
        parts = urlsplit(url)
        parameters = [(key, value) for key, value in given.items() if key not in ("oauth_signature", "realm")]
        parameters += parse_qsl(parts.query, keep_blank_values=True)
        base = signature.signature_base_string(
            method,
            signature.base_string_uri(f"{parts.scheme}://{parts.netloc}{parts.path}"),
            signature.normalize_parameters(parameters),
        )
        key = f"{self.consumer_secret}&{self.access_token_secret}".encode()
        digest = hmac.new(key, base.encode(), hashlib.sha256).digest()
        try:
            given_digest = base64.b64decode(given["oauth_signature"], validate=True)
        except ValueError:
            return False
        return hmac.compare_digest(digest, given_digest)
