"""What a fault of SOAP or XML-RPC means, in the same kinds as an HTTP answer's.

Faults come with any status, often 200, so the status tells nothing: Magento 1's have a number, Magento 2's only words.
Apart from :mod:`errors`, whose table they end in.
"""

from __future__ import annotations

import json
import re

from .errors import (
    CONFIGURATION,
    FAILURES,
    INDEFINITE,
    RECORD,
    TRANSIENT,
    ShopError,
    error_for,
    failure,
    is_read,
    mask,
    shop_message,
)

SESSION_EXPIRED = "5"
ACCESS_DENIED = "2"

# Magento 2's words -> the status REST gives with them. First match wins.
_STATUSES = (
    (401, r"(?i)(isn.t|is not|not) authorized|access token|token .{0,20}(expired|revoked)"),
    (405, r"(?i)allowed only in https"),
    (404, r"(?i)no such entity|doesn.t exist|does not exist|could(n.t| not) be found|not found$"),
    (503, r"(?i)maintenance"),
    (500, r"(?i)internal error|fatal error|allowed memory size|maximum execution time|deadlock|try restarting"),
)
_NO_SERVICE = (
    r"(?i)requested service|services? .{0,30}(not available|missing)|operation .* not found|is not a valid method|"
    r"function .* doesn.t exist|store code"
)

# Magento 1's numbers below 100 -> (kind for reads, kind for writes, code, words).
_OPENMAGE = {
    "0": (TRANSIENT, INDEFINITE, "failed_inside", "The shop failed inside ({detail}); it is tried again."),
    "1": (TRANSIENT, INDEFINITE, "failed_inside",
          "The shop failed inside ({detail}); it is tried again. Its log under var/log/exception.log tells why."),
    "2": (CONFIGURATION, CONFIGURATION, "missing_right",
          "The shop's API user lacks a right: {detail} Give its role this resource under System > Web Services > "
          "SOAP/XML-RPC - Roles."),
    "3": (CONFIGURATION, CONFIGURATION, "no_such_route",
          "The shop does not know this method: its version does not offer it. It said: {detail}"),
    "4": (CONFIGURATION, CONFIGURATION, "no_such_route",
          "The shop cannot carry out this method: its version does not offer it. It said: {detail}"),
    "5": (TRANSIENT, TRANSIENT, "session_expired",
          "The shop ended our session at once ({detail}); it is tried again. If it stays so, look whether the shop can "
          "store sessions."),
    "6": (CONFIGURATION, CONFIGURATION, "unexpected", "The shop misses a parameter: {detail}"),
}  # fmt: skip


class ShopFault(Exception):
    """A fault the shop answered with, of whatever protocol.

    :ivar str code: Magento 1's number, or ``Sender`` and the like
    :ivar str message: its words, with Magento 2's placeholders
    :ivar dict parameters: what the placeholders stand for
    """

    def __init__(self, code, message, parameters=None):
        self.code, self.message, self.parameters = str(code), str(message), parameters or {}
        super().__init__(self.message)


def magento_2_error(fault, method):
    """Return the error of a fault of Magento 2.

    :param ShopFault fault: what the shop answered
    :param str method: of HTTP, as REST would have it: ``GET`` for what changes nothing
    :rtype: ShopError
    """
    body = json.dumps({"message": fault.message, "parameters": fault.parameters})
    said = shop_message(body)
    if re.search(_NO_SERVICE, said):
        return ShopError(
            CONFIGURATION,
            "no_such_route",
            "The shop's SOAP interface does not offer this: its version or edition has no such service, or the store "
            f"code is wrong. It said: {said}",
            status=404,
            detail=said,
        )
    receiver = fault.code.lower() in ("receiver", "server")
    status = next((status for status, pattern in _STATUSES if re.search(pattern, said)), 500 if receiver else 400)
    return error_for(status, body, {}, method)


def openmage_error(fault, method, *, login=False):
    """Return the error of a fault of Magento 1.

    :param ShopFault fault: what the shop answered
    :param str method: of HTTP, as REST would have it
    :param bool login: whether it was the login that was refused
    :rtype: ShopError
    """
    said = mask(" ".join(fault.message.split()))[:300]
    if login and fault.code in (ACCESS_DENIED, "6"):
        return ShopError(
            CONFIGURATION,
            "unauthorized",
            "The shop does not accept the API user: its name or key is wrong, or it is not active (System > Web "
            f"Services > SOAP/XML-RPC - Users). The shop said: {said}",
            status=401,
            detail=said,
        )
    if fault.code in _OPENMAGE:
        read_kind, write_kind, code, words = _OPENMAGE[fault.code]
        kind = read_kind if is_read(method) else write_kind
        return ShopError(kind, code, words.format(detail=said), detail=said)
    if not fault.code.isdigit():
        return _php_error(said, method)
    if re.search(r"(?i)not exist|does not exist", said):
        return ShopError(RECORD, "not_found", f"The shop does not have this record (any more): {said}", detail=said)
    if re.search(r"(?i)invalid filter", said):
        return ShopError(CONFIGURATION, "unexpected", f"The shop does not take our filter: {said}", detail=said)
    return ShopError(RECORD, "refused", f"The shop refuses this: {said}", detail=said)


def _php_error(said, method):
    """Faults of PHP's own SOAP server have words for codes."""
    if re.search(r"(?i)procedure .* not present|not a valid method|function .* doesn.t exist", said):
        words = f"The shop does not know this method: its version does not offer it. It said: {said}"
        return ShopError(CONFIGURATION, "no_such_route", words, detail=said)
    return error_for(500, json.dumps({"message": said}), {}, method)


def as_read(error):
    """Return an error of a call that only reads: what may have happened, had it been a write, simply did not.

    :param ShopError error: of an exchange that went by POST, as all of SOAP and XML-RPC do
    """
    if error.kind != INDEFINITE:
        return error
    if error.code in FAILURES:
        return failure(error.code, "GET", error.detail)
    return ShopError(
        TRANSIENT, error.code, str(error), status=error.status, retry_after=error.retry_after, detail=error.detail
    )
