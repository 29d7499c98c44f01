from . import b2b_contract_step
from . import b2b_apply_payment
from . import b2b_contract_what_if
from . import sale_advance_payment_inv
from . import b2b_contract_new
from . import b2b_contract_import
from . import b2b_contract_from_pricelist
from . import b2b_price_lookup
