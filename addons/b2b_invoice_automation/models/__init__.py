from . import b2b_decision
from . import b2b_discrepancy
from . import sale_order_channel
from . import account_move_document
from . import ir_actions_report
from . import res_company
from . import res_config_settings
