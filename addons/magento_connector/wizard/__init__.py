from . import base_partner_merge
from . import magento_dry_run
from . import magento_record_ignore
from . import magento_read_again
from . import magento_tell_before
from . import magento_tell_shop
