"""What can go wrong between us and the shop, as a table.

Each answer that is no success, and each way a connection fails, is of one kind, and the kind says what to do:

============== ====================================================================
transient      try again later, no person needed (429, 503, a reset while reading)
configuration  stop this stream and tell a person (credentials, rights, address)
record         set this one record aside (the shop refuses just this one)
indefinite     a write that may have happened: read back before trying again
============== ====================================================================

The same fault is transient while reading and indefinite while writing: a POST whose answer is lost may have
been carried out, and the shop's POSTs are not idempotent.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

TRANSIENT = "transient"
CONFIGURATION = "configuration"
RECORD = "record"
INDEFINITE = "indefinite"

READ_METHODS = ("GET", "HEAD", "OPTIONS")
LONGEST_WAIT = 6 * 3600
"""Seconds: a Retry-After beyond this is not believed."""


class ShopError(Exception):
    """A failed exchange with the shop.

    :ivar str kind: transient, configuration, record or indefinite
    :ivar str code: a key of :data:`RULES` or of :data:`FAILURES`
    :ivar int status: HTTP status, None where there was no answer
    :ivar float retry_after: seconds the shop asks to wait, None where it does not
    :ivar str detail: what the shop said, shortened and without secrets
    """

    def __init__(self, kind, code, message, *, status=None, retry_after=None, detail=""):
        self.kind, self.code, self.status = kind, code, status
        self.retry_after, self.detail = retry_after, detail
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    :ivar statuses: (first, last) HTTP status
    :ivar pattern: regular expression the body must hold, empty for any body
    :ivar kind: for reads; ``write_kind`` for writes where it differs
    :ivar message: what happened and what to do; ``{detail}`` is what the shop said
    """

    code: str
    statuses: tuple[int, int]
    kind: str
    message: str
    pattern: str = ""
    write_kind: str = ""


# First match wins.
RULES = (
    Rule("redirected", (300, 399), CONFIGURATION,
         "The shop answers at another address ({detail}). Enter the address it answers at itself."),
    Rule("two_factor", (400, 401), CONFIGURATION,
         "The shop asks this administrator for a second factor, which a program cannot give. Use an integration "
         "(OAuth 1.0a) instead of an administrator's name and password. The shop said: {detail}",
         r"(?i)2fa|two.factor|configure 2 factor"),
    Rule("clock", (400, 401), CONFIGURATION,
         "The shop refuses our time stamp. Set the clocks of both machines by a time server. The shop said: {detail}",
         r"timestamp_refused|(?i:nonce.{0,40}(timestamp|past|old))"),
    Rule("signature_method", (400, 401), CONFIGURATION,
         "The shop refuses the signature method; it must be HMAC-SHA256. The shop said: {detail}",
         r"signature_method_rejected|(?i:signature method)"),
    Rule("search_criteria", (400, 400), CONFIGURATION,
         "The shop misses searchCriteria, which every list needs: {detail}",
         r"(?i)\"?searchCriteria\"? is required"),
    Rule("page_size_capped", (400, 400), CONFIGURATION,
         "The shop allows smaller pages only. Set the stream's page size to what it allows: {detail}",
         r"(?i)maximum.{0,20}page ?size|page ?size.{0,30}maximum"),
    Rule("input_list_capped", (400, 400), CONFIGURATION,
         "The shop allows fewer items in one call. Set the batch size to what it allows: {detail}",
         r"(?i)maximum items of type"),
    Rule("not_authorized", (401, 401), CONFIGURATION,
         "The shop does not let us do this: {detail}. Either the credentials have expired or were revoked, or the "
         "integration lacks this right (System > Integrations > API in the shop; reauthorise it afterwards).",
         r"(?i)(isn.t|is not) authorized to access|%resources"),
    Rule("missing_right", (403, 403), CONFIGURATION,
         "The shop's integration lacks a right: {detail}. Tick it in the shop (System > Integrations > API) and "
         "reauthorise the integration.",
         r"(?i)(isn.t|is not) authorized to access|permission_denied|%resources"),
    Rule("unauthorized", (401, 401), CONFIGURATION,
         "The shop does not accept the credentials: they are wrong, expired or revoked. Enter them anew. The shop "
         "said: {detail}"),
    Rule("forbidden", (403, 403), CONFIGURATION,
         "The shop, or a firewall before it, forbids this. Allow this server's address and the integration's "
         "rights. It said: {detail}"),
    Rule("no_such_route", (404, 404), CONFIGURATION,
         "The shop does not know this address: its version or edition has no such service, or the shop's address or "
         "store code is wrong. It said: {detail}",
         r"(?i)request does not match any route|specified store code|<html|<!doctype"),
    Rule("not_found", (404, 404), RECORD, "The shop does not have this record (any more): {detail}"),
    Rule("method_not_allowed", (405, 405), CONFIGURATION, "The shop does not offer this service: {detail}"),
    Rule("request_timeout", (408, 408), TRANSIENT,
         "The shop gave up waiting; it is tried again. {detail}", write_kind=INDEFINITE),
    Rule("busy", (409, 409), TRANSIENT, "The shop is changing this record; it is tried again. {detail}"),
    Rule("too_large", (413, 414), CONFIGURATION,
         "The shop refuses a call of this size. Use smaller batches. {detail}"),
    Rule("too_many_requests", (429, 429), TRANSIENT, "The shop asks to slow down; it is tried again later. {detail}"),
    Rule("refused", (400, 499), RECORD, "The shop refuses this: {detail}"),
    Rule("failed_inside", (500, 500), TRANSIENT,
         "The shop failed inside, often for want of memory or time; it is tried again with a smaller page. It said: "
         "{detail}",
         r"(?i)allowed memory size|maximum execution time|internal error", INDEFINITE),
    Rule("unavailable", (503, 503), TRANSIENT,
         "The shop is in maintenance or overloaded; it is tried again. {detail}", write_kind=INDEFINITE),
    Rule("gateway", (502, 504), TRANSIENT,
         "A gateway before the shop got no answer from it; it is tried again. {detail}", write_kind=INDEFINITE),
    Rule("shop_failed", (500, 599), TRANSIENT,
         "The shop failed ({detail}); it is tried again.", write_kind=INDEFINITE),
)  # fmt: skip

# Failures without an answer, or with one that is none: code -> (kind for reads, kind for writes, words).
FAILURES = {
    "unreachable": (TRANSIENT, TRANSIENT, "The shop cannot be reached ({detail}); it is tried again."),
    "unknown_host": (TRANSIENT, TRANSIENT,
                     "The shop's name cannot be resolved ({detail}). Check the address, or the name service here."),
    "tls": (CONFIGURATION, CONFIGURATION,
            "The shop's certificate is not accepted ({detail}). Have it mended, or add its authority's certificate."),
    "timeout": (TRANSIENT, INDEFINITE, "The shop took too long to answer ({detail})."),
    "connection_lost": (TRANSIENT, INDEFINITE, "The connection broke before the answer was whole ({detail})."),
    "not_json": (TRANSIENT, INDEFINITE,
                 "The answer is not from the shop's interface but a page or a cut-off text ({detail}). If it stays "
                 "so, a proxy, firewall or maintenance page stands between: let this server through."),
    "too_big": (CONFIGURATION, INDEFINITE,
                "The answer is larger than allowed ({detail}). Set a smaller page size or a higher limit."),
    "unexpected": (CONFIGURATION, INDEFINITE,
                   "The shop answered something else than its interface describes ({detail}). Its version may not "
                   "be supported."),
    "no_progress": (TRANSIENT, TRANSIENT,
                    "The shop sends the same page again although it says there are more ({detail})."),
    "unsorted": (TRANSIENT, TRANSIENT, "The shop does not sort its list as asked ({detail})."),
    "forbidden_address": (CONFIGURATION, CONFIGURATION, "{detail}"),
}  # fmt: skip


def is_read(method):
    """Return whether a method changes nothing in the shop."""
    return method.upper() in READ_METHODS


def failure(code, method, detail=""):
    """Return the error of a failed exchange that brought no usable answer.

    :param str code: a key of :data:`FAILURES`
    :param str method: HTTP method, which decides between transient and indefinite
    """
    read_kind, write_kind, message = FAILURES[code]
    detail = mask(str(detail))[:300]
    return ShopError(read_kind if is_read(method) else write_kind, code, message.format(detail=detail), detail=detail)


def error_for(status, body, headers=None, method="GET", now=None):
    """Return the error of an answer that is no success.

    :param int status: HTTP status
    :param body: bytes or text of the answer
    :param headers: mapping of the answer's headers
    :param str method: of the request
    :param datetime now: aware time, for a Retry-After given as a date; defaults to the present
    :rtype: ShopError
    """
    headers = {str(key).lower(): value for key, value in (headers or {}).items()}
    content = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")
    said = shop_message(content) or headers.get("location", "") or f"status {status}"
    for rule in RULES:
        first, last = rule.statuses
        if first <= status <= last and (not rule.pattern or re.search(rule.pattern, said + "\n" + content[:2000])):
            kind = rule.kind if is_read(method) or not rule.write_kind else rule.write_kind
            wait = retry_after(headers.get("retry-after"), now) if kind in (TRANSIENT, INDEFINITE) else None
            message = rule.message.format(detail=said).strip()
            return ShopError(kind, rule.code, message, status=status, retry_after=wait, detail=said)
    return failure("unexpected", method, f"status {status}")


def shop_message(content):
    """Return what an error body of the shop says, in one line, shortened and without secrets.

    Reads ``{"message": "… %1", "parameters": […]}``, its ``errors`` list, Magento 1's ``messages``, OAuth's
    ``oauth_problem=…``, and the title of an HTML page.
    """
    try:
        data = json.loads(content)
    except ValueError:
        data = None
    if isinstance(data, dict) and isinstance(data.get("messages"), dict):
        data = {"errors": data["messages"].get("error") or []}
    if isinstance(data, dict):
        rows = [data, *[row for row in data.get("errors") or [] if isinstance(row, dict)]]
        said = "; ".join(text for text in (_filled(row) for row in rows) if text)
    elif isinstance(data, str):
        said = data
    else:
        title = re.search(r"(?is)<title[^>]*>(.*?)</title>", content)
        said = title.group(1) if title else re.sub(r"<[^>]*>", " ", content)
    return mask(" ".join(said.split()))[:300]


def _filled(row):
    message = str(row.get("message") or "")
    parameters = row.get("parameters") or {}
    if isinstance(parameters, list):
        parameters = {str(position): value for position, value in enumerate(parameters, 1)}
    if isinstance(parameters, dict):
        for name in sorted(parameters, key=len, reverse=True):
            message = message.replace(f"%{name}", str(parameters[name]))
    return message


def retry_after(value, now=None):
    """Return the seconds a ``Retry-After`` header asks for, in both its forms (RFC 9110, 10.2.3).

    :param str value: delta seconds or an HTTP date
    :param datetime now: aware time a date is measured from
    :returns: float between 0 and six hours, or None where absent or unreadable
    """
    if value is None:
        return None
    value = str(value).strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value):
        seconds = float(value)
    else:
        try:
            moment = parsedate_to_datetime(value)
        except (TypeError, ValueError, IndexError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        seconds = (moment - (now or datetime.now(timezone.utc))).total_seconds()
    return min(max(seconds, 0.0), float(LONGEST_WAIT))


_AUTHORIZATION = r"(?i)(authorization[\\\"']*\s*[:=]\s*)[^\r\n]{4,}"
_OAUTH = r"(?i)(oauth_(?:token|consumer_key|signature|nonce|token_secret|verifier)[\"']?\s*[=:]\s*[\"']?)[^\"',&\s]+"
_NAMED = (
    r"(?i)((?:access_token|refresh_token|client_secret|consumer_secret|token_secret|password|api_?key)"
    r"[\"']?\s*[=:]\s*[\"']?)[^\"',&\s}]+"
)
SECRET_PATTERNS = (
    (re.compile(_AUTHORIZATION), r"\1***"),
    (re.compile(r"(?i)\b(bearer)\s+[A-Za-z0-9._~+/=-]{6,}"), r"\1 ***"),
    (re.compile(_OAUTH), r"\1***"),
    (re.compile(_NAMED), r"\1***"),
    (re.compile(r"(?i)(https?://)[^/@\s:]+:[^/@\s]+@"), r"\1***@"),
)


def mask(text, secrets=()):
    """Return a text with credentials replaced by ``***``.

    :param secrets: further literal values that must not appear
    """
    for secret in sorted((value for value in secrets if value and len(value) > 3), key=len, reverse=True):
        text = text.replace(secret, "***")
    for pattern, replacement in SECRET_PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class MaskingFilter(logging.Filter):
    """A log filter that masks credentials in whatever is logged."""

    def __init__(self, secrets=()):
        super().__init__()
        self.secrets = tuple(secrets)

    def filter(self, record):
        record.msg, record.args = mask(record.getMessage(), self.secrets), ()
        return True
