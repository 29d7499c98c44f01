"""Who may do what: every model and every method that RPC can call is classified; a new one fails here until it is.

Runs under pytest-odoo. People agree on the tables in `access_table.py`; `access_survey.py` reads the registry.
"""

import sys
from pathlib import Path

from psycopg2 import errors

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

sys.path.insert(0, str(Path(__file__).parent))

import access_survey
from access_table import METHODS, RIGHTS

# Fields of ours that customers read in the portal, and by RPC; all others are for our own people.
PORTAL_FIELDS = {
    "sale.order": "",
    "sale.order.line": "",
    "account.move": "purchase_order_reference",
    "account.move.line": "b2b_po_number",
    "res.partner": "",
}


@tagged("post_install", "-at_install")
class TestAccess(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            persona: new_test_user(cls.env, f"matrix_{persona}", groups=group)
            for persona, group in access_survey.PERSONAS.items()
        }

    def test_rights_are_those_of_the_table(self):
        found = {
            name: " ".join(f"{persona}:{letters or '-'}" for persona, letters in by_persona.items())
            for name, by_persona in access_survey.rights(self.env, self.users).items()
        }
        self.assertEqual(found, RIGHTS)

    def test_methods_open_to_rpc_are_those_of_the_table(self):
        self.assertEqual(
            {name: " ".join(found) for name, found in access_survey.callable_by_rpc(self.env).items()}, METHODS
        )

    def test_the_auditor_changes_nothing_and_outsiders_see_nothing(self):
        for name, by_persona in access_survey.rights(self.env, self.users).items():
            self.assertFalse(set(by_persona["auditor"]) - {"r"}, name)
            for outsider in ("public", "portal"):
                self.assertFalse(set(by_persona[outsider]) - {"r"}, f"{name}: {outsider}")

    def test_outsiders_read_no_field_of_ours_that_is_not_theirs(self):
        for outsider in ("public", "portal"):
            env = self.env(user=self.users[outsider])
            for name, allowed in PORTAL_FIELDS.items():
                with self.subTest(name, outsider=outsider):
                    self.assertEqual(" ".join(access_survey.fields_of_ours(env, name)), allowed)

    def test_a_customer_reads_the_own_order_without_our_cost_and_markup(self):
        customer = self.users["portal"]
        order = self.env["sale.order"].create({"partner_id": customer.partner_id.id, "state": "sent"})
        line = self.env["sale.order.line"].create({"order_id": order.id, "name": "Bolt", "display_type": "line_note"})
        theirs = line.with_user(customer)
        self.assertEqual(theirs.read(["name"])[0]["name"], "Bolt")
        for field in ("b2b_price_explanation", "b2b_price_explanation_text", "b2b_contract_rule_id"):
            with self.subTest(field), self.assertRaises(AccessError):
                theirs.read([field])
            with self.subTest(field), self.assertRaises(AccessError):
                theirs.search([(field, "!=", False)])

    def test_each_model_with_a_company_is_limited_to_the_users_companies(self):
        self.assertEqual(access_survey.models_with_company_but_no_rule(self.env), [])

    def test_a_user_of_another_company_sees_none_of_our_documents(self):
        ours = self.env["b2b.discrepancy"]._flag(
            [{"key": "x", "type": "data", "name": "ours", "company_id": self.env.company.id}]
        )
        decision = self.env["b2b.decision"]._log([{"kind": "order", "record": ours, "decision": "seen by us only"}])
        other = self.env["res.company"].create({"name": "Other company"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups=access_survey.PERSONAS["manager"],
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        for record in (ours, decision):
            self.assertFalse(self.env[record._name].with_user(stranger).search([("id", "=", record.id)]))
            with self.assertRaises(AccessError):
                record.with_user(stranger).read(["display_name"])


@tagged("post_install", "-at_install")
class TestDecisionLog(TransactionCase):
    def setUp(self):
        super().setUp()
        self.company = self.env["res.company"].create({"name": "Audited company"})
        record = self.env["b2b.discrepancy"]._flag(
            [{"key": "log", "type": "data", "name": "something", "company_id": self.company.id}]
        )
        self.entries = self.env["b2b.decision"]._log(
            [
                {"kind": "order", "record": record, "decision": f"decision {number}", "evidence": {"number": number}}
                for number in range(3)
            ]
        )

    def test_the_chain_is_whole_and_its_order_is_that_of_the_decisions(self):
        self.env["b2b.decision"]._seal()
        self.assertEqual(self.entries.mapped("chain_position"), [1, 2, 3])
        self.assertEqual(self.env["b2b.decision"]._verify_chain(self.company), (3, None))

    def test_a_changed_entry_breaks_the_chain(self):
        self.env["b2b.decision"]._seal()
        self.env.cr.execute("ALTER TABLE b2b_decision DISABLE TRIGGER b2b_decision_append_only")
        self.env.cr.execute("UPDATE b2b_decision SET decision = 'forged' WHERE id = %s", [self.entries[1].id])
        self.env.cr.execute("ALTER TABLE b2b_decision ENABLE TRIGGER b2b_decision_append_only")
        self.assertEqual(self.env["b2b.decision"]._verify_chain(self.company), (2, self.entries[1].id))

    def test_nobody_changes_or_deletes_an_entry_on_any_way(self):
        for attempt in (
            lambda: self.entries.sudo().write({"decision": "forged"}),
            lambda: self.entries.sudo().unlink(),
        ):
            with self.assertRaises(UserError):
                attempt()
        for statement in (
            "UPDATE b2b_decision SET decision = 'forged'",
            "DELETE FROM b2b_decision",
            "TRUNCATE b2b_decision",
        ):
            with mute_logger("odoo.sql_db"), self.assertRaises(errors.RestrictViolation), self.env.cr.savepoint():
                self.env.cr.execute(statement)
        self.assertEqual(self.entries.mapped("decision"), ["decision 0", "decision 1", "decision 2"])

    def test_sealing_again_changes_nothing(self):
        self.env["b2b.decision"]._seal()
        before = self.entries.mapped("chain_hash")
        self.env["b2b.decision"]._seal()
        self.env.invalidate_all()
        self.assertEqual(self.entries.mapped("chain_hash"), before)


@tagged("post_install", "-at_install")
class TestDiscrepancies(TransactionCase):
    def flag(self, **values):
        return self.env["b2b.discrepancy"]._flag(
            [{"key": "k", "type": "data", "name": "n", "company_id": self.env.company.id, **values}]
        )

    def test_one_open_case_for_each_key(self):
        case = self.flag(reason="first")
        self.assertEqual(self.flag(reason="second"), case)
        self.assertEqual(case.reason, "second")

    def test_a_settled_case_opens_anew(self):
        case = self.flag()
        self.env["b2b.discrepancy"]._settle(["k"], "gone", self.env.company)
        self.assertEqual((case.state, case.outcome), ("solved", "gone"))
        self.assertNotEqual(self.flag(), case)

    def test_a_blocking_case_holds_its_order_until_it_is_accepted(self):
        order = self.env["sale.order"].create({"partner_id": self.env["res.partner"].create({"name": "Buyer"}).id})
        case = self.flag(order_id=order.id, blocking=True)
        self.assertTrue(order.b2b_on_hold)
        case.action_accept()
        self.assertFalse(order.b2b_on_hold)

    def test_a_case_is_settled_with_words_only(self):
        case = self.flag()
        with self.assertRaises(UserError):
            case.action_solve()
        case.outcome = "The customer paid the rest."
        case.action_solve()
        self.assertEqual(case.state, "solved")

    def clerk(self, *groups):
        return new_test_user(
            self.env, f"clerk{len(groups)}", groups=",".join((access_survey.PERSONAS["clerk"], *groups))
        )

    def test_findings_are_not_a_persons_to_change(self):
        case, clerk = self.flag(amount_found=5.0, blocking=True), self.clerk()
        for values in ({"amount_found": 0.0}, {"blocking": False}, {"state": "accepted"}, {"key": "x"}):
            with self.assertRaises(UserError):
                case.with_user(clerk).write(values)
        case.with_user(clerk).write({"outcome": "asked the customer", "user_id": clerk.id})
        self.assertEqual((case.amount_found, case.blocking, case.state), (5.0, True, "open"))

    def test_a_price_case_is_released_by_those_who_approve_contracts(self):
        case = self.flag(type="price", blocking=True)
        with self.assertRaises(AccessError):
            case.with_user(self.clerk()).action_accept()
        self.assertEqual(case.state, "open")
        case.with_user(self.clerk("b2b_invoice_automation.group_contract_approver")).action_accept()
        self.assertEqual(case.state, "accepted")

    def test_a_credit_case_is_released_by_credit_controllers(self):
        case = self.flag(type="credit", blocking=True)
        with self.assertRaises(AccessError):
            case.with_user(self.clerk()).action_accept()
        case.with_user(self.clerk("b2b_invoice_automation.group_credit_controller")).action_accept()
        self.assertEqual(case.state, "accepted")

    def test_each_release_is_in_the_decision_log(self):
        case, clerk = self.flag(type="data", blocking=True), self.clerk()
        case.with_user(clerk).action_accept()
        entry = self.env["b2b.decision"].search([("subject_model", "=", case._name), ("subject_id", "=", case.id)])
        self.assertEqual((entry.kind, entry.user_id, entry.subject_name), ("hold", clerk, "n"))

    def test_reading_the_log_is_needed_to_verify_it(self):
        outsider = new_test_user(self.env, "outsider", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self.env["b2b.decision"].with_user(outsider).action_verify_chain()
