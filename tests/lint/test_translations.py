"""Translations: the templates hold the addons' texts, and what customers read is there in each language."""

import io
import re
from pathlib import Path

import polib
import pytest
from translations.customer_texts import LANGUAGES, is_read_by_customers
from translations.merge import references

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

ADDONS = Path(__file__).resolve().parents[2] / "addons"
OURS = ["b2b_invoice_automation", "magento_connector"]
MARKS = re.compile(r"%\(\w+\)[sd]|%[sd%]|</?\w+|\bt-[\w-]+=|\{\{.*?\}\}")


def template(addon):
    return polib.pofile(str(ADDONS / addon / "i18n" / f"{addon}.pot"))


@tagged("post_install", "-at_install")
class TestTemplates(TransactionCase):
    def test_templates_are_current(self):
        for addon in OURS:
            if self.env["ir.module.module"]._get(addon).state != "installed":
                continue
            with self.subTest(addon):
                exported = io.BytesIO()
                trans_export(None, [addon], exported, "po", self.env)
                texts = {entry.msgid for entry in polib.pofile(exported.getvalue().decode())}
                known = {entry.msgid for entry in template(addon)}
                self.assertEqual(
                    (sorted(texts - known), sorted(known - texts)),
                    ([], []),
                    f"new and gone texts of {addon}; run scripts/i18n",
                )


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_customers_read_is_translated(language):
    translated = {
        entry.msgid: entry.msgstr
        for entry in polib.pofile(str(ADDONS / "b2b_invoice_automation" / "i18n" / f"{language}.po"))
    }
    missing = [
        entry.msgid
        for entry in template("b2b_invoice_automation")
        if is_read_by_customers(references(entry)) and not translated.get(entry.msgid)
    ]
    assert not missing, f"not in {language}.po; run scripts/i18n and translate them"


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_placeholders_and_tags(language):
    for path in ADDONS.glob(f"*/i18n/{language}.po"):
        for entry in polib.pofile(str(path)):
            if entry.msgstr:
                assert sorted(MARKS.findall(entry.msgid)) == sorted(MARKS.findall(entry.msgstr)), entry.msgid
