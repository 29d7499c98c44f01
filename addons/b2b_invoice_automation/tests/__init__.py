from . import test_invoice_document
from . import test_billing_run
from . import test_contract_pricing
from . import test_contract_workflow
from . import test_contract_channel
from . import test_cash_table
from . import test_statement_import
from . import test_receivables
