"""A webhook wakes a stream, and nothing else: unsigned, stale, repeated or foreign calls get 403."""

import hashlib
import hmac
import os
import time
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from .common import KEY


@tagged("post_install", "-at_install")
class TestWebhook(HttpCase):
    def setUp(self):
        super().setUp()
        keys = patch.dict(os.environ, {"ORDER_TO_CASH_KEY": KEY})
        keys.start()
        self.addCleanup(keys.stop)
        self.backend = self.env["magento.backend"].create({"name": "Shop", "url": "https://shop.example.com"})
        self.secret = self.backend.action_new_webhook_secret()["params"]["message"].rpartition(" ")[2]
        self.backend.stream_ids.next_fetch = "2099-01-01 00:00:00"

    def call(self, secret=None, stamp=None, path=None, body=b"{}", **headers):
        stamp = str(stamp or int(time.time()))
        signature = hmac.new((secret or self.secret).encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return self.url_open(
            f"/magento/webhook/{path or self.backend.webhook_path}",
            data=body,
            headers={"X-Order-To-Cash-Timestamp": stamp, "X-Order-To-Cash-Signature": signature, **headers},
        )

    def woken(self):
        self.backend.invalidate_recordset()
        self.backend.stream_ids.invalidate_recordset()
        return all(stream.next_fetch.year < 2099 for stream in self.backend.stream_ids)

    def test_a_signed_call_wakes_the_streams_once(self):
        stamp = int(time.time())
        self.assertEqual(self.call(stamp=stamp).status_code, 204)
        self.assertTrue(self.woken())
        self.assertEqual(self.call(stamp=stamp).status_code, 403, "the same call again")

    def test_other_calls_start_no_work(self):
        other = self.env["magento.backend"].create({"name": "Other", "url": "https://other.example.com"})
        other.action_new_webhook_secret()
        cases = {
            "a signature with other letters": {"X-Order-To-Cash-Signature": "é".encode("latin-1")},
            "unsigned": {"X-Order-To-Cash-Signature": ""},
            "wrong secret": {"secret": "x" * 40},
            "stale": {"stamp": int(time.time()) - 3600},
            "from the future": {"stamp": int(time.time()) + 3600},
            "no time": {"X-Order-To-Cash-Timestamp": "soon"},
            "another backend": {"path": other.webhook_path},
            "unknown backend": {"path": "nobody"},
            "too large": {"body": b"x" * 100_000},
        }
        for name, changes in cases.items():
            with self.subTest(case=name):
                self.assertEqual(self.call(**changes).status_code, 403)
        self.assertFalse(self.woken())
