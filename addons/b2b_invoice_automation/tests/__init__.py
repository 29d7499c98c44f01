from . import test_invoice_document
