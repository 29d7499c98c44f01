from . import test_backend
from . import test_orders
from . import test_orders_follow
from . import test_orders_live
from . import test_partners
from . import test_queue
from . import test_shop_credit_memos
from . import test_shop_invoices
from . import test_shop_live
from . import test_shop_notes
from . import test_shop_payments
from . import test_shop_shipments
from . import test_speed
from . import test_webhook
from . import test_outbox, test_push_documents, test_push_prices, test_push_stock
from . import test_history
from . import test_running
