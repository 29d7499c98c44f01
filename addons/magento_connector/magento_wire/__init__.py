"""How the connector speaks with a Magento shop, and how it reads what the shop says.

Pure Python without Odoo: the only input and output is an injected transport, so everything here is tested
without a database. Reading goes ``RestShop.fetch`` -> payload -> ``streams.STREAMS[name].map`` -> intent.
"""
