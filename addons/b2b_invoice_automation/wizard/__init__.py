from . import b2b_contract_step
from . import b2b_apply_payment
from . import b2b_contract_what_if
from . import b2b_price_change
from . import sale_advance_payment_inv
