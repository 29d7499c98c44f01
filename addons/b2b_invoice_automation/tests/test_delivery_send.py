"""What a person sends with a button: contracts and statements, by the customer's or the contract's route."""

from contextlib import contextmanager
from io import BytesIO

from pypdf import PdfReader

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from . import builders
from .delivery_common import DeliveryCommon


@tagged("post_install", "-at_install")
class TestDeliverySend(DeliveryCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._init_mail_gateway()
        cls.contract = builders.contract(
            cls.env, cls.customer, [builders.price_rule(cls.goods, {1: 8})], title="Screws"
        )

    @contextmanager
    def mail_server(self):
        with self.mock_mail_gateway():
            yield
            self.env["account.move"]._b2b_follow_deliveries()

    def rows(self, record):
        return self.env["b2b.delivery"].search([("res_model", "=", record._name), ("res_id", "in", record.ids)])

    def lines(self, *lines):
        names = ("document", "role", "contact_id", "is_copy")
        return [Command.create(dict(zip(names, line, strict=False))) for line in lines]

    def text_of(self, row):
        return "".join(page.extract_text() for page in PdfReader(BytesIO(row.attachment_id.raw)).pages)

    # -- contracts ---------------------------------------------------------------------------------------------------

    def test_a_contract_goes_to_those_who_get_contracts_in_their_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.customer.lang = "de_DE"
        template = self.env.ref("b2b_invoice_automation.mail_template_contract")
        template.with_context(lang="de_DE").subject = "Vertrag {{ object.name }}"
        legal = self.contact("legal", "other")
        self.customer.b2b_delivery_recipient_ids = self.lines(("contract", "contact", legal.id))
        with self.mail_server():
            action = self.contract.action_send()
        self.assertIn("legal@quark.example", action["params"]["message"])
        self.assertEqual(self.recipients(), ['"legal" <legal@quark.example>'])
        [mail] = self._mails
        self.assertEqual(mail["subject"], f"Vertrag {self.contract.name}")
        [(name, *_rest)] = mail["attachments"]
        self.assertEqual(name, f"{self.contract.name.replace('/', '-')} v1.pdf")
        row = self.rows(self.contract)
        self.assertEqual((row.state, row.document, row.by_hand), ("delivered", "contract", True))
        self.assertEqual((self.contract.delivery_count, self.contract.delivery_missed_count), (1, 0))
        self.assertEqual(self.contract.action_view_deliveries()["domain"][1], ("res_id", "=", self.contract.id))

    def test_a_contract_that_cannot_be_sent_is_looked_after_and_goes_when_the_address_is_there(self):
        self.customer.email = False
        action = self.contract.action_send()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertIn("no email address", action["params"]["message"])
        self.assertEqual((self.rows(self.contract).state, self.contract.delivery_missed_count), ("failed", 1))
        self.customer.email = "late@quark.example"
        self.deliver()
        self.assertEqual(self.recipients(), ['"Quark Trading" <late@quark.example>'])
        self.assertEqual(self.rows(self.contract).mapped("state"), ["delivered", "again"])
        self.assertTrue(all(self.rows(self.contract).mapped("by_hand")), "the lane sent what a person asked for")

    def test_what_is_not_agreed_does_not_go_out(self):
        draft = builders.contract(self.env, self.customer, state="draft")
        with self.assertRaisesRegex(UserError, "not approved yet"):
            draft.action_send()
        self.assertFalse(self.rows(draft))

    def test_only_who_may_change_contracts_sends_them(self):
        salesman = new_test_user(self.env, "send_sales", "base.group_user,sales_team.group_sale_salesman")
        salesman.write({"company_ids": [Command.link(self.company.id)], "company_id": self.company.id})
        with self.assertRaises(AccessError):
            self.contract.with_user(salesman).action_send()
        salesman.group_ids += self.env.ref("sales_team.group_sale_manager")
        with self.mail_server():
            self.contract.with_user(salesman).action_send()
        self.assertEqual(self.rows(self.contract).state, "delivered")

    # -- the routes of a contract ------------------------------------------------------------------------------------

    def billed(self, contract):
        order = self.order(confirm=False)
        order.b2b_contract_id = contract
        order.action_confirm()
        return self.bill(order).line_ids.move_id

    def test_an_invoice_under_a_contract_goes_as_the_contract_says(self):
        project = self.contact("project", "other")
        self.customer.b2b_delivery_recipient_ids = self.lines(("invoice", "contact", self.contact("desk", "other").id))
        self.contract.delivery_recipient_ids = self.lines(("invoice", "contact", project.id))
        other = builders.contract(self.env, self.customer, [builders.price_rule(self.goods, {1: 7})])
        other.delivery_channel = "b2b_print"
        by_email, by_post = self.billed(self.contract), self.billed(other)
        self.deliver()
        self.assertEqual(self.recipients(), ['"project" <project@quark.example>'])
        self.assertEqual((by_email.b2b_delivery_state, by_post.b2b_delivery_state), ("delivered", "to_print"))
        self.assertIn(self.contract.name, self.customer.b2b_delivery_text)

    def test_an_invoice_of_several_contracts_goes_as_the_customer_says(self):
        self.contract.delivery_channel = "b2b_print"
        other = builders.contract(self.env, self.customer, [builders.price_rule(self.goods, {1: 7})])
        orders = self.order(confirm=False) + self.order(confirm=False)
        for order, contract in zip(orders, self.contract + other, strict=True):
            order.b2b_contract_id = contract
        orders.action_confirm()
        invoice = orders._create_invoices()
        self.assertEqual(len(invoice), 1)
        self.assertEqual(invoice._b2b_channel(invoice), "email")

    def test_a_new_version_takes_the_route_over_and_counts_when_it_does(self):
        self.contract.write(
            {"delivery_channel": "b2b_print", "delivery_recipient_ids": self.lines(("invoice", "invoice"))}
        )
        new = self.contract._new_version()
        self.assertEqual((new.delivery_channel, new.delivery_recipient_ids.document), ("b2b_print", "invoice"))
        self.assertEqual(self.contract.delivery_recipient_ids.role, "invoice", "the lines were copied, not moved")
        new.delivery_channel = "b2b_portal"
        channel = self.customer._b2b_channel_of
        self.assertEqual(channel(self.company, self.contract), "b2b_print")
        new.action_submit()
        builders.approve(new)
        self.assertEqual(channel(self.company, self.contract), "b2b_portal")

    def test_a_line_of_a_contract_is_about_its_documents_and_people(self):
        with self.assertRaisesRegex(ValidationError, "not made for one contract"):
            self.contract.delivery_recipient_ids = self.lines(("reminder", "invoice"))
        stranger = self.env["res.partner"].create({"name": "Stranger", "email": "x@y.example"})
        with self.assertRaisesRegex(ValidationError, "another customer"):
            self.contract.delivery_recipient_ids = self.lines(("invoice", "contact", stranger.id))
        self.contract.delivery_recipient_ids = self.lines(("invoice", "invoice"))
        self.assertFalse(self.customer.b2b_delivery_recipient_ids, "they are the contract's alone")

    # -- copies ------------------------------------------------------------------------------------------------------

    def test_who_gets_a_copy_stands_under_cc_of_everybodys_email(self):
        desk, archive = self.contact("desk"), self.contact("archive", "other")
        self.customer.b2b_delivery_recipient_ids = self.lines((False, "contact", archive.id, True))
        invoice = self.invoice()
        self.deliver()
        sent = {mail["smtp_to_list"][0]: mail for mail in self.emails}
        self.assertEqual(set(sent), {desk.email, archive.email})
        for address, mail in sent.items():
            self.assertEqual(mail["msg_to"], "desk <desk@quark.example>", address)
            self.assertEqual(mail["msg_cc"], "archive <archive@quark.example>", address)
        rows = invoice.b2b_delivery_ids
        self.assertEqual({row.address: row.is_copy for row in rows}, {desk.email: False, archive.email: True})
        self.assertIn("Cc", self.customer.b2b_delivery_text)
        self.assertEqual(self.customer._b2b_recipients_of("statement"), desk + archive)

    def test_a_copy_does_not_take_the_place_of_a_recipient(self):
        self.customer.b2b_delivery_recipient_ids = self.lines(("invoice", "invoice", False, True))
        main, copies = self.customer._b2b_addressees("invoice")
        self.assertEqual((main, copies), (self.customer, self.env["res.partner"]))

    # -- statements --------------------------------------------------------------------------------------------------

    def test_a_statement_goes_to_each_customer_once(self):
        self.invoice()
        clerk = new_test_user(self.env, "statement_clerk", "base.group_user,account.group_account_invoice")
        clerk.write({"company_ids": [Command.link(self.company.id)], "company_id": self.company.id})
        desk = self.contact("desk")
        other = self.env["res.partner"].create({"name": "Other", "email": "other@example.com"})
        by_hand = self.env["res.partner"].create({"name": "Shy", "invoice_sending_method": "manual"})
        partners = (self.customer + desk + other + by_hand).with_user(clerk).with_context(force_report_rendering=True)
        with self.mail_server():
            action = partners.action_b2b_send_statement()
        self.assertEqual(self.recipients(), ['"Other" <other@example.com>', '"desk" <desk@quark.example>'])
        self.assertIn("“Manual”: Shy", action["params"]["message"])
        row = self.rows(self.customer)
        self.assertEqual((row.state, row.document, row.company_id), ("delivered", "statement", self.company))
        self.assertIn("119.00", self.text_of(row))
        self.assertIn(self.company.name, self._mails[0]["subject"])
        with self.assertRaisesRegex(UserError, "“Manual”"):
            by_hand.with_user(clerk).action_b2b_send_statement()
        with self.assertRaises(UserError):
            plain = new_test_user(self.env, "statement_nobody", "base.group_user")
            self.customer.with_user(plain).action_b2b_send_statement()

    def test_many_statements_are_sent_by_the_lanes_each_in_its_company(self):
        names = [f"Customer {number}" for number in range(7)]
        many = self.env["res.partner"].create([{"name": name, "email": f"{name[-1]}@many.example"} for name in names])
        action = many.action_b2b_send_statement()
        self.assertIn("7", action["params"]["message"])
        waiting = self.env["b2b.delivery"].search([("customer_id", "in", many.ids)])
        self.assertEqual(set(waiting.mapped("state")), {"to_send"})
        with self.mail_server():
            lane = self.env["account.move"].with_company(self.env.ref("base.main_company"))
            lane = lane.with_context(force_report_rendering=True)
            self.assertEqual(lane._b2b_deliver_batch()[0], 7)
        rows = self.env["b2b.delivery"].search([("customer_id", "in", many.ids)])
        self.assertEqual((len(rows), set(rows.mapped("state"))), (7, {"delivered"}))
        self.assertEqual(rows.company_id, self.company)
        self.assertIn(self.company.name, self.text_of(rows[0]))
        self.assertEqual(set(rows.mapped("turn")), {1})
        self.assertEqual(lane._b2b_deliver_batch()[0], 0, "nothing goes out twice")

    def test_a_statement_that_waits_stays_to_be_seen_when_its_customer_turns_manual(self):
        names = [f"Customer {number}" for number in range(7)]
        many = self.env["res.partner"].create([{"name": name, "email": f"{name[-1]}@many.example"} for name in names])
        many.action_b2b_send_statement()
        many[3].invoice_sending_method = "manual"
        with self.mail_server():
            lane = self.env["account.move"].with_context(force_report_rendering=True)
            self.assertEqual(lane._b2b_deliver_batch()[0], 7)
        self.assertEqual(set(self.rows(many - many[3]).mapped("state")), {"delivered"})
        row = self.rows(many[3])
        self.assertEqual((row.state, row.reason_kind, row.next_at), ("failed", "by_hand", False))
        self.assertIn("Customer 3", row.reason)
        self.assertEqual(len(self._mails), 6)
        many[3].invoice_sending_method = "email"
        with self.mail_server():
            row.with_context(force_report_rendering=True).action_send_again()
        self.assertEqual(sorted(self.rows(many[3]).mapped("state")), ["again", "delivered"])

    def test_a_statement_of_one_company_does_not_settle_that_of_another(self):
        other = self.setup_other_company(name="Second house")["company"]
        self.env.user.company_ids += other
        self.customer.email = False
        self.customer.action_b2b_send_statement()
        self.customer.with_company(other).action_b2b_send_statement()
        self.assertEqual(self.rows(self.customer).mapped("state"), ["failed", "failed"])
        self.assertEqual(self.rows(self.customer).company_id, self.company + other)
