from . import b2b_decision
from . import b2b_discrepancy
from . import sale_order_channel
