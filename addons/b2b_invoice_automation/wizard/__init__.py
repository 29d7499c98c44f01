from . import b2b_contract_step
