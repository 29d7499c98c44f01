from . import magento_record_ignore
