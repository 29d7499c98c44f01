"""Dependencies point one way: connector → automation → Odoo; models → pure packages, never back."""

import ast
from pathlib import Path

import pytest

ADDONS = Path(__file__).resolve().parents[2] / "addons"
PURE_PACKAGES = ["b2b_invoice_automation/order_to_cash", "magento_connector/magento_wire"]


def imported_modules(path):
    """Dotted names that a file imports; relative ones begin with a dot for each level."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield base
            yield from (f"{base}.{alias.name}".replace("..", ".") if node.level == 0 else base for alias in node.names)


def sources(folder):
    files = sorted((ADDONS / folder).rglob("*.py"))
    assert files, f"nothing to check in {folder}"
    return files


@pytest.mark.parametrize("package", PURE_PACKAGES)
def test_pure_packages_import_neither_odoo_nor_what_lies_outside_them(package):
    root = ADDONS / package
    for path in sources(package):
        depth = len(path.relative_to(root).parts)
        for module in imported_modules(path):
            level = len(module) - len(module.lstrip("."))
            assert module.split(".")[0] not in ("odoo", "b2b_invoice_automation", "magento_connector"), (
                f"{path}: {module}"
            )
            assert level <= depth, f"{path} reaches out of {package} by “{module}”"


def test_the_automation_knows_no_shop():
    for path in sources("b2b_invoice_automation"):
        for module in imported_modules(path):
            assert "magento" not in module, f"{path}: {module}"
        if "tests" not in path.relative_to(ADDONS).parts:
            assert "magento" not in path.read_text().lower(), f"{path} names a shop"


def test_the_automation_needs_neither_stock_nor_the_connector():
    manifest = ast.literal_eval((ADDONS / "b2b_invoice_automation/__manifest__.py").read_text())
    assert not {"stock", "sale_stock", "magento_connector"} & set(manifest["depends"])


def calls_of(package):
    for path in sources(package):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield f"{path}:{node.lineno}", getattr(node.func, "id", ""), getattr(node.func, "attr", "")


@pytest.mark.parametrize("package", PURE_PACKAGES)
def test_pure_packages_do_not_print(package):
    for place, name, _attribute in calls_of(package):
        assert name != "print", f"{place} prints"


def test_engines_are_given_dates_and_do_not_read_the_clock():
    for place, _name, attribute in calls_of("b2b_invoice_automation/order_to_cash"):
        assert attribute not in ("today", "now", "utcnow"), f"{place} reads the clock"
