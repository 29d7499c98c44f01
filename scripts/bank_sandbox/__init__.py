"""A bank that exists for demos and tests only: it writes statement files of made-up payments."""
