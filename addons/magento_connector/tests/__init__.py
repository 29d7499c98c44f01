from . import test_orders_live
