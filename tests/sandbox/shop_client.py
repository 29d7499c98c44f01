"""A client that signs as an integration does, and a short way to write searchCriteria."""

from datetime import date
from urllib.parse import urlencode

import requests
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, Client

TODAY = date(2026, 11, 23)


class ShopClient:
    """Talks to a sandbox over real HTTP with one kept-alive connection."""

    def __init__(self, server):
        self.server = server
        self.address = server.address
        self.session = requests.Session()
        self.session.trust_env = False

    def signed(self, method, url, signature_method=SIGNATURE_HMAC_SHA256, **changes):
        access = self.server.access
        keys = {
            "client_key": access.consumer_key,
            "client_secret": access.consumer_secret,
            "resource_owner_key": access.access_token,
            "resource_owner_secret": access.access_token_secret,
        }
        _url, headers, _body = Client(**(keys | changes), signature_method=signature_method).sign(url, method)
        return headers

    def call(self, method, path, query=None, body=None, headers=None, **options):
        url = f"{self.address}/rest/{path}"
        if query:
            url += "?" + (query if isinstance(query, str) else urlencode(query))
        prepared = requests.Request(method, url, json=body).prepare()
        prepared.headers.update(self.signed(method, prepared.url) if headers is None else headers)
        return self.session.send(prepared, timeout=20, allow_redirects=False, **options)

    def get(self, path, query=None, **options):
        return self.call("GET", path, query, **options)

    def post(self, path, body, **options):
        return self.call("POST", path, None, body, **options)

    def control(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.server.access.control_secret}"}
        answer = self.session.request(method, f"{self.address}/sandbox/{path}", json=body, headers=headers, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()


def criteria(*filters, sort=(), size=None, page=None):
    """Return searchCriteria parameters; each filter is (field, condition, value) in a group of its own, or a list."""
    query = {"searchCriteria": ""} if not (filters or sort or size or page) else {}
    for number, group in enumerate(filters):
        for inner, (name, condition, value) in enumerate([group] if isinstance(group, tuple) else group):
            stem = f"searchCriteria[filterGroups][{number}][filters][{inner}]"
            query |= {f"{stem}[field]": name, f"{stem}[conditionType]": condition, f"{stem}[value]": value}
    for number, (name, way) in enumerate(sort):
        stem = f"searchCriteria[sortOrders][{number}]"
        query |= {f"{stem}[field]": name, f"{stem}[direction]": way}
    if size:
        query["searchCriteria[pageSize]"] = size
    if page:
        query["searchCriteria[currentPage]"] = page
    return query
