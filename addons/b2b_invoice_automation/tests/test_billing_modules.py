"""Other modules beside billing: which of them turn the fast way of making invoices off, for whom, and who is told."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import tagged

from ..models.account_move_complete import EXTENSION_POINTS, _logger
from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingModules(BillingCommon):
    @contextmanager
    def extended(self, module, model, name):
        """As if a module extended one of core's methods."""
        definition = next(
            one
            for one in type(self.env[model]).mro()
            if getattr(one, "_module", None) == "b2b_invoice_automation"
            and not set(EXTENSION_POINTS[model]) & set(vars(one))
        )

        def extension(records, *args, **kwargs):
            return getattr(super(definition, records), name)(*args, **kwargs)

        with (
            patch.object(definition, "_module", module),
            patch.object(definition, name, extension, create=True),
        ):
            self.registry.clear_cache()
            yield
        self.registry.clear_cache()

    def is_fast(self, order):
        made = []
        moves = type(self.env["account.move"])
        original = moves._b2b_create_known

        def counted(records, values_list, items):
            made.append(len(values_list))
            return original(records, values_list, items)

        with patch.object(moves, "_b2b_create_known", counted):
            run = self.bill(order)
        self.assertEqual(run.billed_count, 1, run.line_ids.mapped("reason"))
        return bool(sum(made))

    def test_what_concerns_no_invoice_of_billing_does_not_slow_it_down(self):
        for module, model, name in (
            ("purchase", "account.move.line", "_related_analytic_distribution"),
            ("hr_expense", "account.move", "_compute_needed_terms"),
            ("l10n_mx", "account.move.line", "_compute_account_id"),
            ("l10n_in", "account.move", "_get_sync_stack"),
        ):
            with self.subTest(module), self.extended(module, model, name):
                self.assertTrue(self.is_fast(self.order()))

    def test_an_unknown_extension_makes_billing_go_cores_way_and_is_told(self):
        with self.extended("stranger", "account.move", "_sync_invoice"), patch.object(_logger, "info") as told:
            self.assertFalse(self.is_fast(self.order()))
            self.assertFalse(self.is_fast(self.order()))
        told.assert_called_once()
        self.assertIn("the module stranger extends _sync_invoice", told.call_args[0][0] % told.call_args[0][1:])

    def test_another_method_of_a_known_module_is_unknown(self):
        with self.extended("purchase", "account.move", "_sync_invoice"):
            self.assertFalse(self.is_fast(self.order()))

    def test_indian_companies_go_cores_way_where_their_localisation_is(self):
        with self.extended("l10n_in", "account.move", "_get_sync_stack"):
            self.company.account_fiscal_country_id = self.env.ref("base.in")
            values = {"invoice_line_ids": []}
            self.assertTrue(self.env["account.move"]._b2b_core_is_extended(values, self.company))
            self.company.account_fiscal_country_id = self.env.ref("base.de")
            self.assertFalse(self.env["account.move"]._b2b_core_is_extended(values, self.company))

    def test_lines_of_projects_go_cores_way(self):
        lines = type(self.env["sale.order.line"])
        with self.extended("sale_project", "account.move.line", "_compute_analytic_distribution"):
            for project in (self.env["res.partner"], self.customer):
                with patch.object(lines, "project_id", property(lambda _line, one=project: one), create=True):
                    self.assertEqual(self.is_fast(self.order()), not project)
