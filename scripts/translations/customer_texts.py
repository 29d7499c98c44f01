"""Which texts a customer reads: those of the portal, the documents and the emails. They must be translated."""

LANGUAGES = ("de", "fr", "hi")
VIEWS = ("portal_", "document_", "report_invoice", "account_statement", "contract_document")
CODE = (
    "controllers/portal_",
    "models/account_edi_xml_ubl.py",
    "models/account_move_document.py",
    "models/account_move_document_lines.py",
    "models/b2b_dunning_level.py",
    "models/res_partner_account.py",
    "models/b2b_contract_price_list.py",
    "models/b2b_billing_policy_words.py",
)
RECORDS = (
    "model:mail.template,subject:",
    "model:mail.template,body_html:",
    "model:ir.model.fields.selection,name:b2b_invoice_automation.selection__b2b_billing_policy__weekday__",
)
VIEW = "model_terms:ir.ui.view,arch_db:"


def is_read_by_customers(references):
    """Whether one of a text's references is in what customers read.

    :param references: as polib gives them, without the line numbers: ``code:addons/…``, ``model_terms:ir.ui.view,…``
    """
    return any(map(_is_customers, references))


def _is_customers(reference):
    if reference.startswith(VIEW):
        return reference.removeprefix(VIEW).partition(".")[2].startswith(VIEWS)
    if reference.startswith("code:addons/"):
        return reference.split("/", 2)[2].startswith(CODE)
    return reference.startswith(RECORDS)
