"""Two sessions act on one bank line, or on one invoice, at the same moment: with real transactions."""

import threading
from functools import partial
from uuid import uuid4

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

CLERK = "b2b_invoice_automation.group_billing_clerk"
LINES = "account.bank.statement.line"
TABLES = ("b2b_discrepancy", "b2b_payer_alias", "account_partial_reconcile", "account_move")


@tagged("post_install", "-at_install")
class TestTwoSessions(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry, cls.uids = Registry(get_db_name()), []
        with cls.registry.cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            company = env["res.company"].create({"name": f"Two sessions {uuid4()}"})
            cls.company_id = company.id
            cls.addClassCleanup(cls.take_away)
            env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
            own = {"company_id": company.id, "company_ids": [Command.set(company.ids)]}
            cls.uids = [new_test_user(env, f"session-{uuid4()}", groups=CLERK, **own).id for _number in range(2)]
            cls.partner_id = env["res.partner"].create({"name": "Quark Two", "is_company": True}).id
            env["account.reconcile.model"]._b2b_rules(company).trigger = "auto_reconcile"

    @classmethod
    def take_away(cls):
        with cls.registry.cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            for table in TABLES:
                cursor.execute(f"DELETE FROM {table} WHERE company_id = %s", [cls.company_id])
            env["res.users"].browse(cls.uids).active = False
            env["res.company"].browse(cls.company_id).active = False

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.sql_db", "odoo.service.model"))

    def environment(self, cursor, who):
        uid = self.uids[who] if who is not None else SUPERUSER_ID
        return api.Environment(cursor, uid, {"allowed_company_ids": [self.company_id]})

    def make(self, amount, *texts):
        """An open invoice, and bank lines of its amount.

        :returns: id of its open journal item, ids of the lines
        """
        with self.registry.cursor() as cursor:
            env = self.environment(cursor, None)
            company = env["res.company"].browse(self.company_id)
            invoice = env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.partner_id,
                    "invoice_date": "2026-02-01",
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [Command.create({"name": "x", "price_unit": amount, "tax_ids": False})],
                }
            )
            invoice.action_post()
            journal = env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
            lines = env[LINES].create(
                [
                    {
                        "journal_id": journal.id,
                        "date": "2026-03-01",
                        "amount": amount,
                        "payment_ref": text.format(invoice.name),
                        "partner_id": self.partner_id,
                    }
                    for text in texts
                ]
            )
            item = invoice.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
            return item.id, lines.ids

    # -- sessions ------------------------------------------------------------------------------------------------------

    def accept(self, env, line_id, item_id, version, amount):
        chosen = [{"item": item_id, "amount": f"{amount:.2f}"}]
        return env[LINES].browse(line_id).action_workbench_apply(version, chosen)

    def version(self, line_id):
        with self.registry.cursor() as cursor:
            return self.environment(cursor, 0)[LINES].browse(line_id)._workbench_version()

    def session(self, who, work, before=None):
        """Do what a request does, with the server's retries; returns what came of it, or the words of a refusal."""
        with self.registry.cursor() as cursor:
            env = self.environment(cursor, who)
            if before:
                cursor.execute("SELECT 1")  # the snapshot is taken now
                before()
            try:
                return retrying(partial(work, env), env)
            except UserError as error:
                return str(error)

    def at_once(self, *sessions):
        barrier, answers = threading.Barrier(len(sessions)), [None] * len(sessions)

        def run(at, who, work):
            answers[at] = self.session(who, work, barrier.wait)

        threads = [threading.Thread(target=run, args=(at, *one)) for at, one in enumerate(sessions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return answers

    def night(self, env):
        """The scheduler's job over all new lines."""
        return env[LINES]._b2b_process_batch(100, env.company)[0]

    # -- what came of it -----------------------------------------------------------------------------------------------

    def found(self, line_ids, item_id):
        with self.registry.cursor() as cursor:
            env = self.environment(cursor, None)
            lines, item = env[LINES].browse(line_ids), env["account.move.line"].browse(item_id)
            paid = sum(item.matched_credit_ids.mapped("amount"))
            return sum(lines.mapped("is_reconciled")), item.amount_residual, paid

    def test_a_line_that_another_session_is_applying_is_refused_at_once(self):
        item, (line,) = self.make(120.0, "{}")
        version = self.version(line)
        with self.registry.cursor() as cursor:
            self.assertTrue(self.accept(self.environment(cursor, 0), line, item, version, 120.0))
            cursor.flush()
            said = self.session(1, lambda env: self.accept(env, line, item, version, 120.0))
        self.assertIn("is being worked on by somebody else. Try again.", said)
        said = self.session(1, lambda env: self.accept(env, line, item, version, 120.0))
        self.assertIn("was changed meanwhile", said)
        self.assertEqual(self.found([line], item), (1, 0.0, 120.0))

    def test_two_clerks_accept_one_line_at_once(self):
        for amount in (130.0, 131.0, 132.0):
            item, (line,) = self.make(amount, "{}")
            work = partial(self.accept, line_id=line, item_id=item, version=self.version(line), amount=amount)
            answers = self.at_once((0, work), (1, work))
            self.assertEqual(answers.count(True), 1, answers)
            refused = next(answer for answer in answers if answer is not True)
            self.assertRegex(refused, "being worked on by somebody else|was changed meanwhile")
            self.assertEqual(self.found([line], item), (1, 0.0, amount))

    def test_a_clerk_accepts_a_line_while_the_night_applies_it(self):
        for amount in (140.0, 141.0, 142.0):
            item, (line,) = self.make(amount, "{}")
            work = partial(self.accept, line_id=line, item_id=item, version=self.version(line), amount=amount)
            answer, _handled = self.at_once((0, work), (None, self.night))
            if answer is not True:
                self.assertRegex(answer, "being worked on by somebody else|was changed meanwhile")
            self.assertEqual(self.found([line], item), (1, 0.0, amount))

    def test_two_lines_of_one_invoice_at_once_pay_it_once(self):
        item, lines = self.make(150.0, "{}", "{} again")
        works = [
            partial(self.accept, line_id=line, item_id=item, version=self.version(line), amount=150.0) for line in lines
        ]
        answers = self.at_once((0, works[0]), (1, works[1]))
        self.assertEqual(answers.count(True), 1, answers)
        self.assertEqual(self.found(lines, item), (1, 0.0, 150.0))

    def test_a_clerk_pays_an_invoice_while_the_night_pays_it_with_another_line(self):
        item, (first,) = self.make(160.0, "by hand")
        version = self.version(first)
        with self.registry.cursor() as cursor:
            line = self.environment(cursor, None)[LINES].browse(first)
            name = self.environment(cursor, None)["account.move.line"].browse(item).move_id.name
            second = line.copy({"payment_ref": name, "date": line.date, "amount": 160.0}).id
        work = partial(self.accept, line_id=first, item_id=item, version=version, amount=160.0)
        answer, _handled = self.at_once((0, work), (None, self.night))
        if answer is not True:
            self.assertRegex(answer, "being worked on|changed meanwhile|open")
        self.assertEqual(self.found([first, second], item), (1, 0.0, 160.0))
