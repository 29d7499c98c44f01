"""A Magento 2 shop over its SOAP interface.

The shop's SOAP and REST are made of the same services, so this is :class:`~.rest.RestShop` with another way to call:
the same streams, paging, checks, effects and payloads. Each service has a WSDL of its own, fetched when it is first
called. SOAP takes a token as Bearer only: an integration's access token, whatever the shop allows for REST, or an
administrator's.
"""

from __future__ import annotations

import re

from .auth import BearerToken
from .errors import ShopError, is_read
from .faults import ShopFault, as_read, magento_2_error
from .rest import OVERLAP, RestShop
from .soap_client import SoapEndpoint
from .soap_routes import in_rest_names, soap_call
from .transport import HttpRequest, HttpResponse


class SoapToken(BearerToken):
    """An integration's access token, as SOAP takes it."""

    name = "soap_token"


class SoapShop(RestShop):
    """One Magento 2 shop, spoken to by SOAP over an injected transport.

    :param Transport transport: sends requests
    :param str base_url: of the shop, such as ``https://shop.example.com``
    :param Authenticator auth: gives a Bearer token; of an integration's four OAuth values the access token is taken
    :param str store_code: scope of the calls
    :param int overlap: seconds before the watermark that a new scan reads again
    """

    name = "soap"

    def __init__(self, transport, base_url, auth=None, store_code="all", *, overlap=OVERLAP):
        if auth is not None and auth.name == "oauth1":
            auth = SoapToken(auth.secrets()[2])
        address = re.sub(r"/soap(/.*)?$", "", base_url.strip().rstrip("/"))
        super().__init__(transport, address, auth, store_code, overlap=overlap)
        self._endpoints = {}

    def call(self, method, path, pairs=(), body=None, store_code=None):
        route, arguments = soap_call(method, path, pairs, body)
        endpoint = self._endpoint(route.service, store_code or self.store_code)
        for attempt in (1, 2):
            try:
                answer = endpoint.call(route.service + route.operation, arguments, reading=is_read(method))
                return in_rest_names(answer if answer is not None else [])
            except ShopFault as fault:
                error = magento_2_error(fault, method)
            except ShopError as refused:
                error = refused
            if attempt == 2 or error.status != 401 or not self.auth.renew(HttpResponse(401)):
                raise error
        raise AssertionError("unreachable")

    def _endpoint(self, service, store_code):
        address = f"{self.base_url}/soap/{store_code}?services={service}"
        if address not in self._endpoints:
            wsdl = f"{self.base_url}/soap/{store_code}?wsdl&services={service}"
            self._endpoints[address] = SoapEndpoint(wsdl, address, self._carry)
        return self._endpoints[address]

    def _carry(self, method, url, headers, body, reading, *, credentials=True):
        proof = self.auth.headers(method, url, self.transport) if credentials else {}
        self.requests += 1
        try:
            response = self.transport.send(HttpRequest(method, url, {**headers, **proof}, body))
        except ShopError as error:
            raise as_read(error) if reading else error from None
        self._learn_time(response)
        return response
