<<<<<<< HEAD
from . import b2b_contract_step
=======
from . import b2b_apply_payment
>>>>>>> 257c273 (wip cash application in Odoo)
