"""Bank journals: which one a bank file belongs to, and the upload on the journal's own card; sales journals: references
that banks carry through."""

from odoo import api, fields, models

from ..order_to_cash.statements import AccountId, StatementError

SHORTEST_NUMBER = 6
GIVES_ACCOUNT = {"bank_account_id", "bank_acc_number", "type", "currency_id", "active"}


class UnknownAccountError(StatementError):
    """A file is about an account that no journal has; it waits until one does."""

    def __init__(self, message, number="", currency=""):
        super().__init__(message)
        self.number = number
        self.currency = currency


class AccountJournal(models.Model):
    _inherit = "account.journal"

    invoice_reference_model = fields.Selection(default=lambda self: self._b2b_default_reference_model())

    @api.model
    def _b2b_default_reference_model(self):
        """A creditor reference (ISO 11649) where customers pay in euros and the country has no standard of its own."""
        model = self._default_invoice_reference_model()
        return "euro" if model == "odoo" and self.env.company.currency_id.name == "EUR" else model

    @api.model
    def _b2b_use_creditor_references(self):
        """Give the sales journals that were there before this module the same, where nobody chose another."""
        self.sudo().search(
            [
                ("type", "=", "sale"),
                ("invoice_reference_model", "=", "odoo"),
                ("company_id.currency_id.name", "=", "EUR"),
            ]
        ).invoice_reference_model = "euro"

    def create_document_from_attachment(self, attachment_ids):
        journal = self or self.browse(self.env.context.get("default_journal_id"))
        if journal.type not in ("bank", "credit"):
            return super().create_document_from_attachment(attachment_ids)
        imports = self.env["b2b.statement.import"]
        imports._check_may_import()
        return imports._import_attachments(self.env["ir.attachment"].browse(attachment_ids), journal)._action_show()

    @api.model_create_multi
    def create(self, vals_list):
        journals = super().create(vals_list)
        if any(journal.type in ("bank", "credit") for journal in journals):
            self.env["b2b.statement.import"]._take_up_soon()
        return journals

    def write(self, vals):
        result = super().write(vals)
        if GIVES_ACCOUNT & vals.keys():
            self.env["b2b.statement.import"]._take_up_soon()
        return result

    @api.model
    def _b2b_for_account(self, account, currency, company, upload_journal):
        """The bank journal of an account in a file.

        :param account: AccountId of the file
        :param str currency: the statement's currency code, empty where the file does not say
        :param company: whose journals
        :param upload_journal: where the file was handed in; it decides where the file names no account, and it
            learns the number where it has none yet
        :returns: one journal
        :raises StatementError: saying what to do
        """
        journals = self.search([("type", "in", ("bank", "credit")), ("company_id", "=", company.id)])
        if not account.number:
            return self._b2b_without_number(journals, upload_journal)
        fitting = journals.filtered(lambda journal: journal._b2b_bears(account))
        in_currency = fitting.filtered(lambda journal: journal._b2b_currency_fits(currency))
        if upload_journal in in_currency:
            return upload_journal
        if len(in_currency) == 1:
            return in_currency
        if len(in_currency) > 1:
            raise StatementError(
                self.env._(
                    "Several journals have the account %(account)s: %(journals)s. Upload the file on the card of the "
                    "journal that it belongs to.",
                    account=account.number,
                    journals=", ".join(in_currency.mapped("display_name")),
                )
            )
        if fitting:
            raise StatementError(
                self.env._(
                    "The statement of account %(account)s is in %(currency)s, but the journal %(journal)s is in "
                    "%(expected)s. Give the account a journal in %(currency)s, then import the file again.",
                    account=account.number,
                    currency=currency,
                    journal=fitting[0].display_name,
                    expected=(fitting[0].currency_id or company.currency_id).name,
                )
            )
        if upload_journal and not upload_journal.bank_acc_number and upload_journal._b2b_currency_fits(currency):
            upload_journal.set_bank_account(account.number)
            return upload_journal
        raise UnknownAccountError(
            self.env._(
                "No bank journal of %(company)s has the account %(account)s%(currency)s. Set this number on the bank "
                "journal (Accounting → Configuration → Journals) or make a journal for it: the file is then taken up "
                "by itself.",
                company=company.display_name,
                account=account.number,
                currency=f" ({currency})" if currency else "",
            ),
            account.number,
            currency,
        )

    @api.model
    def _b2b_with_number(self, company, number):
        """The bank journals of an account number as a file writes it."""
        journals = self.search([("type", "in", ("bank", "credit")), ("company_id", "=", company.id)])
        return journals.filtered(lambda journal: journal._b2b_bears(AccountId(other=number or "")))

    def _b2b_without_number(self, journals, upload_journal):
        if upload_journal or len(journals) == 1:
            return upload_journal or journals
        raise StatementError(
            self.env._("The file does not name its account. Upload it on the card of the bank journal it belongs to.")
        )

    def _b2b_bears(self, account):
        """Whether this journal's account is meant: the whole number, or a national number within its IBAN."""
        own = (self.bank_account_id.sanitized_acc_number or "").upper()
        if not own:
            return False
        national = "".join(filter(str.isalnum, account.number)).lstrip("0")
        if "".join(filter(str.isalnum, account.number)) == own:
            return True
        bank = account.bic if account.bic.isdigit() else ""
        return (
            len(national) >= SHORTEST_NUMBER
            and own[:2].isalpha()
            and own.endswith(national)
            and (not bank or bank in own)
        )

    def _b2b_currency_fits(self, currency):
        return not currency or (self.currency_id or self.company_id.currency_id).name == currency
