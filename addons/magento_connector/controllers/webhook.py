"""The address a shop calls when something changed. The call only wakes fetching; its body is never taken as data.

The shop signs ``timestamp + "." + body`` with HMAC-SHA256 and the backend's secret, and sends ``X-Order-To-Cash-
Timestamp`` (Unix seconds) and ``X-Order-To-Cash-Signature`` (hex). What is unsigned, stale, repeated, or signed for
another backend gets 403 and starts no work.
"""

import hashlib
import hmac
import logging
import time

from odoo import http
from odoo.http import request
from odoo.tools import consteq

from .. import secret_box

_logger = logging.getLogger(__name__)

WINDOW = 300
MOST_BYTES = 64 * 1024


class MagentoWebhook(http.Controller):
    @http.route(
        "/magento/webhook/<string:path>", type="http", auth="public", methods=["POST"], csrf=False, save_session=False
    )
    def wake(self, path, **_parameters):
        """Wake the streams of the backend with this address."""
        backend = request.env["magento.backend"].sudo().search([("webhook_path", "=", path)], limit=1)
        stamp = request.httprequest.headers.get("X-Order-To-Cash-Timestamp", "")
        signature = request.httprequest.headers.get("X-Order-To-Cash-Signature", "")
        body = (
            request.httprequest.get_data(cache=False)
            if (request.httprequest.content_length or 0) <= MOST_BYTES
            else None
        )
        if (
            body is None
            or not self._signed(backend, stamp, signature, body)
            or not self._first_time(backend, signature, stamp)
        ):
            _logger.info("Webhook refused for path %.20s", path)
            return request.make_response("", status=403)
        backend.stream_ids.filtered(lambda stream: stream.state == "running")._wake()
        return request.make_response("", status=204)

    @staticmethod
    def _signed(backend, stamp, signature, body):
        if not backend or not backend.webhook_secret or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
            return False
        if abs(time.time() - int(stamp)) > WINDOW:
            return False
        secret = secret_box.open_sealed(request.env, backend.webhook_secret)["webhook"]
        expected = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return consteq(expected.encode(), signature.lower().encode())

    @staticmethod
    def _first_time(backend, signature, stamp):
        return request.env["magento.webhook.call"].sudo()._note(backend, signature.lower(), int(stamp))
