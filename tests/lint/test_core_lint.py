"""Odoo's own lint tests, on our addons only. Runs under pytest-odoo: some of them look at the registry."""

from pathlib import Path
from unittest.mock import patch

import odoo
from odoo.modules import Manifest

from odoo.addons.test_lint.tests.test_dunderinit import TestDunderinit
from odoo.addons.test_lint.tests.test_index import TestIndex
from odoo.addons.test_lint.tests.test_jstranslate import TestJsTranslations
from odoo.addons.test_lint.tests.test_manifests import ManifestLinter
from odoo.addons.test_lint.tests.test_markers import TestConflictMarkers
from odoo.addons.test_lint.tests.test_naming import TestNaming
from odoo.addons.test_lint.tests.test_onchange_domains import TestOnchangeDomains
from odoo.addons.test_lint.tests.test_orm_import import TestDunderinit as TestOrmImport
from odoo.addons.test_lint.tests.test_override_signatures import TestLintOverrideSignatures
from odoo.addons.test_lint.tests.test_routes import RoutesLinter
from odoo.addons.test_lint.tests.test_test_holes import TestTestHoles

OURS = ["b2b_invoice_automation", "magento_connector"]


def only_our_manifests():
    return [Manifest.for_addon(name) for name in OURS]


def limited_to_our_addons(case):
    """A subclass of one of core's lint cases that sees our addons only."""

    class Limited(case):
        def setUp(self):
            super().setUp()
            ours = patch.object(Manifest, "all_addon_manifests", staticmethod(only_our_manifests))
            ours.start()
            self.addCleanup(ours.stop)

    Limited.__name__ = Limited.__qualname__ = f"Our{case.__name__}"
    return Limited


def limited_to_our_folder(case):
    """The same for a case that walks through all folders of addons, Odoo's own as well."""

    class Limited(case):
        def setUp(self):
            super().setUp()
            ours = Path(Manifest.for_addon(OURS[0]).path).parent
            for package, folders in ((odoo, []), (odoo.addons, [str(ours)])):
                limited = patch.object(package, "__path__", folders)
                limited.start()
                self.addCleanup(limited.stop)

    Limited.__name__ = Limited.__qualname__ = f"Our{case.__name__}"
    return Limited


OurDunderinit = limited_to_our_addons(TestDunderinit)
OurIndex = limited_to_our_addons(TestIndex)
OurJsTranslations = limited_to_our_addons(TestJsTranslations)
OurManifests = limited_to_our_addons(ManifestLinter)
OurMarkers = limited_to_our_folder(TestConflictMarkers)
OurNaming = limited_to_our_addons(TestNaming)
OurOnchangeDomains = limited_to_our_addons(TestOnchangeDomains)
OurOrmImport = limited_to_our_addons(TestOrmImport)
OurOverrideSignatures = limited_to_our_addons(TestLintOverrideSignatures)
OurRoutes = limited_to_our_addons(RoutesLinter)
OurTestHoles = limited_to_our_addons(TestTestHoles)

del (
    TestDunderinit,
    TestIndex,
    TestJsTranslations,
    ManifestLinter,
    TestConflictMarkers,
    TestNaming,
    TestOnchangeDomains,
    TestOrmImport,
    TestLintOverrideSignatures,
    RoutesLinter,
    TestTestHoles,
)
