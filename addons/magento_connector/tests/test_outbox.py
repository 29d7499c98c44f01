"""The outbox: order, coalescing, what happens when the shop refuses, fails, or does not say what it did."""

from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..magento_wire.effects import DONE, Outcome, Submitted
from ..magento_wire.errors import CONFIGURATION, INDEFINITE, RECORD, TRANSIENT, ShopError
from ..magento_wire.protocols import PROTOCOLS
from .pushing import PushCase, ToldShop

UNCLEAR = ShopError(INDEFINITE, "timeout", "no answer in time")
REFUSED = ShopError(RECORD, "refused", "The shop refuses this: no such order")
BUSY = ShopError(TRANSIENT, "busy", "being changed")
AWAY = ShopError(TRANSIENT, "unavailable", "in maintenance", retry_after=600)
LOCKED_OUT = ShopError(CONFIGURATION, "unauthorized", "the token was revoked")


@tagged("post_install", "-at_install")
class TestOutbox(PushCase):
    def tier(self, key="t", price="9.00"):
        values = {"price": price, "price_type": "fixed", "website_id": 0, "customer_group": "B", "quantity": "1"}
        return self.put(key, "tier_price", "PUMP", values)

    # -- order and coalescing --------------------------------------------------------------------------------------

    def test_of_one_key_the_latest_content_wins_whatever_its_kind(self):
        shop = self.connect()
        self.tier(price="9.00")
        self.tier(price="8.00")
        self.tier(price=None)
        self.push()
        self.assertEqual([effect.values["price"] for effect in shop.told], [None])

    def test_messages_of_a_subject_go_one_after_the_other(self):
        shop = self.connect(ToldShop(BUSY))
        self.put("first", subject="order:1")
        self.put("second", subject="order:1")
        self.put("other", subject="order:2")
        self.push()
        self.assertEqual([effect.key for effect in shop.told], ["other"], "the second waits for the first")
        self.messages().next_try = False
        self.push()
        self.assertEqual([effect.key for effect in shop.told], ["other", "first", "second"])

    def test_a_newer_message_waits_for_the_one_under_way(self):
        shop = self.connect(ToldShop(UNCLEAR))
        self.tier(price="9.00")
        self.push()
        self.tier(price="8.00")
        self.push()
        self.assertFalse(shop.told)
        self.messages().next_try = False
        self.push()
        self.assertEqual([effect.values["price"] for effect in shop.told], ["9.00", "8.00"])
        self.assertEqual(shop.unsure, ["t"])

    def test_one_that_was_not_sent_gives_way_to_a_newer_one(self):
        shop = self.connect()
        older = self.tier(price="9.00")
        older.state = "unclear"
        self.tier(price="8.00")
        older._note(self.backend, {older.id: BUSY})
        self.assertEqual(older.state, "canceled")
        self.push()
        self.assertEqual([effect.values["price"] for effect in shop.told], ["8.00"])

    def test_documents_go_before_prices_and_prices_in_one_call(self):
        shop = self.connect()
        for number in range(5):
            self.tier(f"t{number}")
        self.put("comment")
        self.push()
        self.assertEqual(shop.kinds(), ["order_comment", *["tier_price"] * 5])
        self.assertEqual(shop.calls, 2)

    # -- failures --------------------------------------------------------------------------------------------------

    def test_a_refused_message_is_set_aside_and_holds_up_no_other(self):
        shop = self.connect(ToldShop(REFUSED))
        bad, good = self.put("bad"), self.put("good")
        self.push()
        self.assertEqual((bad.state, good.state), ("failed", "sent"))
        self.assertIn("no such order", bad.reason)
        bad.action_retry()
        self.push()
        self.assertEqual((bad.state, bad.reason), ("sent", False))
        self.assertEqual(shop.unsure, [])

    def test_a_message_that_never_gets_clear_is_looked_up_even_when_a_person_sends_it_again(self):
        shop = self.connect(ToldShop(*[UNCLEAR] * 12))
        message = self.put()
        for _attempt in range(12):
            message.next_try, self.backend.breaker = False, False
            self.push()
        self.assertEqual((message.state, message.attempts), ("failed", 12))
        message.action_retry()
        self.backend.breaker = False
        self.push()
        self.assertEqual((message.state, shop.unsure[-1]), ("sent", "k"))

    def test_a_shop_that_is_away_is_left_alone_and_no_attempt_counts(self):
        shop = self.connect(ToldShop(AWAY))
        first, second = self.put("first"), self.put("second", target="2")
        self.push()
        self.push()
        self.assertEqual((first.state, second.state, first.attempts), ("waiting", "waiting", 0))
        self.assertEqual(shop.calls, 1)
        self.assertEqual(self.backend.push_state, "retrying")
        self.assertGreaterEqual(self.backend.push_next, fields.Datetime.now() + timedelta(seconds=590))
        self.backend.push_next = False
        self.push()
        self.assertEqual((first.state, second.state, self.backend.push_state), ("sent", "sent", "running"))

    def test_a_configuration_error_stops_the_shop_with_words_and_no_message_fails(self):
        shop = self.connect(ToldShop(LOCKED_OUT))
        first, second = self.put("first"), self.put("second", target="2")
        self.push()
        self.push()
        self.assertEqual((first.state, second.state, shop.calls), ("waiting", "waiting", 1))
        self.assertEqual((self.backend.push_state, self.backend.push_error), ("stopped", "the token was revoked"))
        self.assertEqual(self.backend.health, "attention")
        self.assertIn("the token was revoked", self.backend.health_text)
        self.backend.action_push_resume()
        self.push()
        self.assertEqual((first.state, second.state), ("sent", "sent"))

    def test_a_lookup_that_fails_leaves_the_outcome_unclear(self):
        shop = self.connect(ToldShop(UNCLEAR, AWAY))
        message = self.put()
        self.push()
        message.next_try = False
        self.push()
        self.assertEqual(message.state, "unclear")
        self.backend.push_next = False
        self.push()
        self.assertEqual((message.state, shop.unsure), ("sent", ["k", "k"]))

    def test_an_unexpected_error_leaves_a_batch_unclear(self):
        self.connect(ToldShop(ValueError("a NUL character")))
        self.tier("a")
        self.tier("b")
        with self.assertLogs("odoo.addons.magento_connector.models.magento_outbox_push", "ERROR"):
            self.push()
        self.assertEqual(set(self.messages().mapped("state")), {"unclear"})
        self.assertIn("a NUL character", self.messages()[0].reason)

    def test_what_was_claimed_before_a_crash_is_looked_up_first(self):
        shop = self.connect()
        message = self.put()
        self.env["magento.outbox"]._claim(self.backend)
        self.assertEqual(message.state, "unclear")
        self.push()
        self.assertEqual((message.state, shop.unsure), ("sent", ["k"]))

    def test_a_paused_shop_is_told_nothing(self):
        shop = self.connect()
        message = self.put()
        self.backend.action_push_pause()
        self.push()
        self.assertEqual((message.state, shop.calls), ("waiting", 0))

    # -- bulk ------------------------------------------------------------------------------------------------------

    def test_what_the_shop_works_off_later_is_followed_to_its_end(self):
        shop = self.connect()
        taken = []

        def submit(effects, unsure=()):
            taken.extend(effects)
            return [Submitted("uuid", number) for number, _effect in enumerate(effects)]

        shop.submit = submit
        shop.follow = lambda bulk: shop.ended if bulk == "uuid" else {}
        self.backend.push_async = True
        good, bad, slow = self.tier("a"), self.tier("b"), self.tier("c")
        self.push()
        self.assertEqual(set(self.messages().mapped("state")), {"accepted"})
        self.tier("a", "7.00")
        self.push()
        self.assertEqual(len(taken), 3, "the newer price waits for the one under way")
        shop.ended = {0: Outcome(DONE), 1: REFUSED, 2: None}
        (good + bad + slow).next_try = False
        self.push()
        self.assertEqual((good.state, bad.state, slow.state), ("sent", "failed", "accepted"))
        self.assertEqual(taken[-1].values["price"], "7.00")

    def test_a_bulk_that_the_shop_forgot_is_read_back(self):
        shop = self.connect()
        shop.submit = lambda effects, unsure=(): [Submitted("uuid", number) for number, _effect in enumerate(effects)]

        def follow(_bulk):
            raise ShopError(RECORD, "not_found", "no such bulk")

        shop.follow = follow
        self.backend.push_async = True
        message = self.tier()
        self.push()
        message.next_try = False
        self.push()
        self.assertEqual(message.state, "unclear")
        message.next_try, self.backend.breaker = False, False
        self.push()
        self.assertEqual((message.state, shop.unsure), ("sent", ["t"]))

    # -- what cannot be told ---------------------------------------------------------------------------------------

    def test_what_the_shop_lacks_cannot_be_switched_on(self):
        self.backend.features = ["core"]
        with self.assertRaisesRegex(ValidationError, "Adobe Commerce"):
            self.backend.push_credit = True

    def test_what_cannot_be_told_is_not_queued_but_said(self):
        self.backend.features = ["core"]
        values = {"limit": "1.00", "currency": "EUR"}
        for _time in range(2):
            message = self.put("limit", "credit_limit", "7", values)
        self.assertEqual((message.state, len(self.messages())), ("failed", 1))
        self.assertIn("Adobe Commerce", message.reason)
        with self.assertRaises(UserError):
            message.action_retry()

    def test_the_protocol_limits_what_is_possible(self):
        openmage = PROTOCOLS["xmlrpc"]
        self.patch(type(self.backend), "_protocol", lambda backend: openmage)
        self.assertIn(openmage.title, self.backend._why_not_told("shared_catalog_price"))
        self.assertNotIn(",shared_catalog_price,", self.backend.push_possible)

    # -- people ----------------------------------------------------------------------------------------------------

    def test_retrying_many_sends_each_key_once(self):
        self.connect(ToldShop(*[REFUSED] * 2))
        first = self.tier(price="9.00")
        self.push()
        second = self.tier(price="8.00")
        self.push()
        self.assertEqual((first.state, second.state), ("canceled", "failed"))
        (first + second).with_user(self.manager()).action_retry()
        self.assertEqual((first.state, second.state), ("canceled", "waiting"))

    def test_refused_messages_are_counted_in_the_overview(self):
        self.connect(ToldShop(REFUSED))
        self.put()
        self.push()
        entries = self.env["b2b.overview"]._waiting(self.company)
        counts = {entry["key"]: entry["count"] for entry in entries}
        self.assertEqual((counts["messages"], counts["sending"]), (1, 0))
        self.backend.push_state = "stopped"
        entries = self.env["b2b.overview"]._waiting(self.company)
        self.assertEqual({entry["key"]: entry["count"] for entry in entries}["sending"], 1)
        self.assertEqual(self.backend.push_failed_count, 1)

    def test_a_copy_of_the_database_tells_nothing(self):
        message = self.put()
        self.env.flush_all()
        self.env.cr.execute((Path(__file__).parents[1] / "data" / "neutralize.sql").read_text())
        self.env.invalidate_all()
        self.assertEqual((message.state, self.backend.paused), ("canceled", True))
        self.assertFalse(self.backend._may_push(fields.Datetime.now()))

    def test_old_messages_are_deleted_and_failed_ones_stay(self):
        self.connect(ToldShop(REFUSED))
        failed, _sent = self.put("failed"), self.put("sent", target="2")
        self.push()
        self.env.flush_all()
        self.env.cr.execute("UPDATE magento_outbox SET write_date = '2020-01-01'")
        self.env.invalidate_all()
        self.env["magento.outbox"]._gc_sent()
        self.assertEqual(self.messages(), failed)
        self.assertEqual(failed.state, "failed")

    def test_queries_do_not_grow_with_the_messages(self):
        self.connect()
        counts = []
        for size in (10, 100):
            rows = [
                {
                    "backend": self.backend,
                    "effect": "tier_price",
                    "key": f"{size}:{number}",
                    "target": "PUMP",
                    "values": {"price": "1.00", "quantity": str(number)},
                }
                for number in range(size)
            ]
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["magento.outbox"]._put(rows)
            self.push()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2, counts)
