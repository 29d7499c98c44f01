from . import portal_account
from . import portal_invoices
from . import portal_payment
from . import portal_orders
from . import portal_contracts
from . import product_configurator
