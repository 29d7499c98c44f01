"""The customer's contracts in the portal: prices and terms as agreed, nothing that is not for the customer."""

import io
from datetime import timedelta

from pypdf import PdfReader

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .builders import approve, contract, price_rule, product
from .portal_common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalContracts(PortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bolt = product(cls.env, "Hex bolt M8", 12.0, default_code="SCR-8")
        cls.drill = product(cls.env, "Impact drill", 200.0, standard_price=100.0)
        cls.disc = product(cls.env, "Cutting disc", 2.0, standard_price=1.0)
        cls.agreed = contract(
            cls.env,
            cls.hansen,
            [
                price_rule(cls.bolt, {1: 10.0, 100: 9.0, 500: 0.0333}, mode="graduated"),
                price_rule(cls.drill, {1: 10.0}, computation="discount"),
                price_rule(cls.disc, {1: 37.5}, computation="cost_plus"),
                price_rule(None, {1: 3.0}, computation="discount"),
            ],
            title="Screws 2026",
            note="<p>our secret margin</p>",
            price_tolerance_percent=4.75,
            date_start=cls.today - timedelta(days=30),
        )
        cls.foreign = contract(cls.env, cls.brandt, [price_rule(cls.bolt, {1: 7.77})], title="Neighbour's prices")

    def test_the_list_and_the_count(self):
        text = self.get("/my/contracts").text
        self.assertIn(self.agreed.name, text)
        self.assertIn("In force", text)
        self.assertNotIn("Neighbour", text)
        counters = self.make_jsonrpc_request("/my/counters", {"counters": ["b2b_contract_count"]})
        self.assertEqual(counters, {"b2b_contract_count": 1})

    def test_a_customer_without_contracts_reads_what_counts(self):
        self.foreign._terminate(self.today, "test")
        self.foreign.sudo()._set({"state": "draft"})
        self.assertIn("There is no contract with you yet", self.get("/my/contracts", "buyer-b").text)

    def test_the_price_list(self):
        entries = {entry.title: entry for entry in self.agreed._b2b_price_list()}
        self.assertEqual(
            [tuple(row) for row in entries["Hex bolt M8"].rows],
            [
                ("1–99", "", "$ 10.00"),
                ("100–499", "", "$ 9.00"),
                ("from 500", "", "$ 0.0333"),
            ],
        )
        self.assertEqual(entries["Hex bolt M8"].code, "SCR-8")
        self.assertEqual(entries["Impact drill"].rows[0], ("any quantity", "−10 %", "$ 180.00"))
        self.assertEqual(entries["Cutting disc"].rows[0], ("any quantity", "", "$ 1.375"))
        self.assertEqual(entries["All products"].rows[0], ("any quantity", "−3 %", ""))
        self.assertIn("Each price applies only to the units of its own step.", entries["Hex bolt M8"].notes)

    def test_the_page_has_prices_and_terms_and_nothing_of_ours(self):
        answer = self.get(f"/my/contracts/{self.agreed.id}")
        for expected in ("Screws 2026", "Hex bolt M8", "SCR-8", "9.00", "0.0333", "180.00", "Invoiced when shipped"):
            self.assertIn(expected, answer.text)
        for secret in ("secret", "37.5", "4.75", "Cost plus", "tolerance"):
            self.assertNotIn(secret, answer.text.split("<main")[1].split("</main")[0])

    def test_versions(self):
        draft = self.env["b2b.contract"].browse(self.agreed.action_amend()["res_id"])
        self.assertNotIn("Version 2", self.get(f"/my/contracts/{self.agreed.id}").text)
        self.assertTrue(self.get(f"/my/contracts/{draft.id}").url.endswith("/my/contracts"))
        draft.date_start = self.today
        draft.action_submit()
        approve(draft)
        text = self.get(f"/my/contracts/{self.agreed.id}").text
        self.assertIn("There is a newer version", text)
        self.assertIn(f"/my/contracts/{draft.id}", text)
        listed = self.get("/my/contracts").text
        self.assertIn(f"/my/contracts/{draft.id}", listed)
        self.assertNotIn(f'/my/contracts/{self.agreed.id}"', listed)

    def test_a_neighbours_contract_is_out_of_reach(self):
        for address in (
            f"/my/contracts/{self.foreign.id}",
            f"/my/contracts/{self.foreign.id}?report_type=pdf",
            f"/my/contracts/{self.foreign.id}?access_token=x",
            "/my/contracts/999999",
        ):
            with self.subTest(address):
                answer = self.get(address)
                self.assertTrue(answer.url.endswith("/my/contracts"), answer.url)
                self.assertNotIn("7.77", answer.text)
        for kind in ("html", "pdf"):
            answer = self.get(f"/report/{kind}/b2b_invoice_automation.contract/{self.foreign.id}")
            self.assertIn(answer.status_code, (403, 404))
            self.assertNotIn("7.77", answer.text)

    def test_the_models_themselves_are_closed_to_portal_users(self):
        user = self.env["res.users"].search([("login", "=", "buyer-a")])
        for model in ("b2b.contract", "b2b.contract.price.rule", "b2b.contract.price.tier", "b2b.billing.policy"):
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[model].with_user(user).search([])

    def test_a_contract_of_another_company_of_ours_stays_there(self):
        other = self.setup_other_company(name="Other company of ours")["company"]
        self.env.user.company_ids += other
        elsewhere = contract(
            self.env(context={**self.env.context, "allowed_company_ids": (self.company + other).ids}),
            self.hansen,
            state="draft",
            company_id=other.id,
            currency_id=other.currency_id.id,
            title="Elsewhere",
        )
        elsewhere._set({"state": "active"})
        self.assertNotIn("Elsewhere", self.get("/my/contracts").text)
        self.assertTrue(self.get(f"/my/contracts/{elsewhere.id}").url.endswith("/my/contracts"))

    def test_the_pdf(self):
        self.real_documents()
        answer = self.get(f"/my/contracts/{self.agreed.id}?report_type=pdf&download=1")
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
        for expected in ("Screws 2026", self.agreed.name, "Hex bolt M8", "from 500", "0.0333", "Invoiced when shipped"):
            self.assertIn(expected, text)
        self.assertNotIn("secret", text)
