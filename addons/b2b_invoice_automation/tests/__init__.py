from . import test_invoice_document
from . import test_billing_run
