"""The repository tests itself: contracts, verbs, writers, names, migrations, settings."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

ROOT = Path(settings.BASE_DIR)
APPS = ("pharmacy", "catalog", "prescriptions", "orders")
BANNED_NAMES = ("utils", "helpers", "common")


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """Every module of ours but migrations, parsed."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT), ast.parse(path.read_text())


def verbs() -> Iterator[tuple[str, object]]:
    """Every public function defined in an `actions` module."""
    for app in ("catalog", "prescriptions", "orders", "pharmacy.accounts", "pharmacy.journal"):
        package = importlib.import_module(f"{app}.actions")
        modules = [package]
        if hasattr(package, "__path__"):
            names = [found.name for found in pkgutil.iter_modules(package.__path__)]
            modules += [importlib.import_module(f"{app}.actions.{name}") for name in names]
        for module in modules:
            for name, member in vars(module).items():
                plain = inspect.unwrap(member) if callable(member) else None
                if inspect.isfunction(plain) and not name.startswith("_") and plain.__module__ == module.__name__:
                    yield f"{module.__name__}.{name}", member


def test_imports_keep_to_the_contracts() -> None:
    result = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )  # fmt: skip

    assert result.returncode == 0, result.stdout[-3000:]


# Questions, and work that calls one short transaction after another.
PURE = {"pharmacy.journal.actions.actor", "catalog.actions.search.refresh_due", "catalog.actions.stock.named"}
# What search reads, and which label stands with what, is derived from rows that others wrote: nobody does it.
DERIVED = ("catalog.actions.search.", "catalog.actions.labels.")


@pytest.mark.parametrize(("name", "verb"), list(verbs()), ids=[name for name, _ in verbs()])
def test_every_verb_declares_its_transaction(name: str, verb: object) -> None:
    if name in PURE:
        return
    assert getattr(verb, "transaction", None) in ("own", "joins"), f"{name} says nothing of its transaction"


@pytest.mark.parametrize(
    "name", [n for n, v in verbs() if getattr(v, "transaction", "") == "own" and not n.startswith(DERIVED)]
)
def test_every_verb_says_who(name: str) -> None:
    module, _, function = name.rpartition(".")
    parameters = inspect.signature(inspect.unwrap(getattr(importlib.import_module(module), function))).parameters

    assert "by" in parameters or "snapshot" in parameters or "news" in parameters, f"{name} does not say who does it"


def test_no_module_is_called_by_a_name_that_says_nothing() -> None:
    named = [str(path) for path, _ in sources() if path.stem in BANNED_NAMES or set(path.parts) & set(BANNED_NAMES)]

    assert named == []


def test_models_are_not_loaded_by_name() -> None:
    """get_model leaves no import edge, so the contracts could not see it."""
    found = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "get_model"
    ]

    assert found == []


def test_nothing_switches_a_gate_off() -> None:
    """No argument called force, skip_…, auto_approve…: an emergency is another verb with a name of its own."""
    found = [
        f"{path}:{node.lineno} {argument.arg}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for argument in [*node.args.args, *node.args.kwonlyargs]
        if argument.arg == "force" or argument.arg.startswith(("skip", "auto_approve", "override", "bypass"))
    ]

    assert found == []


# The verb modules that may change a guarded field by `.update(field=…)`.
WRITERS = {
    "used_at": ("prescriptions/actions/clinical_check.py",),
    "captured_minor": ("orders/actions/payment",),
    "authorized_minor": ("orders/actions/payment",),
    "refunded_minor": ("orders/actions/payment",),
    "on_hand": ("catalog/actions/stock", "catalog/demo/", "catalog/imports/"),
    "reserved": ("catalog/actions/stock",),
}


def test_each_guarded_field_has_one_writer() -> None:
    found = []
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update":
                for keyword in node.keywords:
                    if keyword.arg in WRITERS and not str(path).startswith(WRITERS[keyword.arg]):
                        found.append(f"{path}:{node.lineno} {keyword.arg}")

    assert found == []


GUARDED = (
    "Order", "OrderLine", "Payment", "PaymentEntry", "DispensedItem", "Parcel", "ParcelEvent", "SupplyRequest",
    "Clearance", "Decision", "Case", "Prescription", "PrescriptionItem", "Document", "Patient", "StockLevel", "Lot",
    "StockMove", "Reservation", "Event", "OutboxEntry", "InboxEntry",
)  # fmt: skip


def test_guarded_nouns_are_read_only_in_the_admin() -> None:
    from pharmacy.web.admin import site

    for model, model_admin in site._registry.items():
        if model.__name__ in GUARDED:
            request = type("Request", (), {"user": None})()
            assert model_admin.has_add_permission(request) is False, model
            assert model_admin.has_change_permission(request) is False, model
            assert model_admin.has_delete_permission(request) is False, model


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


PRODUCTION = {
    "DEMO": "0", "TESTING": "0", "DEBUG": "0", "PUBLIC_URL": "https://pharmacy.example",
    "SECRET_KEY": "p" * 32 + "Qr7-_" * 6,
    "ALLOWED_HOSTS": "pharmacy.example", "STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRET": "whsec_x",
    "STRIPE_API_BASE": "", "STRIPE_PAGE_ORIGIN": "", "EMAIL_URL": "smtp+tls://user:password@mail.example:587",
    "DATABASE_URL": "postgresql://app@/pharmacy?host=/nowhere", "DATABASE_OWNER_URL": "postgresql://owner@/pharmacy?host=/nowhere",
}  # fmt: skip


def deploy_check(**changed: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check --deploy` as a production machine would run it."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AS_OWNER")} | PRODUCTION | changed
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_safe_production_settings_pass_the_deployment_check() -> None:
    result = deploy_check()

    assert result.returncode == 0, result.stderr[-2000:]


@pytest.mark.parametrize(("setting", "value", "sentence"), [
    ("SECRET_KEY", "short", "Set SECRET_KEY"),
    ("ENCRYPTION_KEYS", "", "Set ENCRYPTION_KEYS"),
    ("DEBUG", "1", "Unset DEBUG"),
    ("PUBLIC_URL", "http://pharmacy.example", "Set PUBLIC_URL"),
    ("STRIPE_API_BASE", "http://localhost:8001", "Unset STRIPE_API_BASE"),
    ("EMAIL_URL", "", "Set EMAIL_URL"),
    ("DATABASE_OWNER_URL", PRODUCTION["DATABASE_URL"], "Set DATABASE_OWNER_URL"),
    ("STRIPE_SECRET_KEY", "sk_live_x", "Set POM_CHECKOUT_APPROVED"),
])  # fmt: skip
def test_an_unsafe_setting_is_refused_with_what_to_set(setting: str, value: str, sentence: str) -> None:
    result = deploy_check(**{setting: value})

    assert result.returncode != 0
    assert sentence in result.stderr


def test_every_setting_from_the_environment_is_in_the_example() -> None:
    tree = ast.parse((ROOT / "pharmacy" / "settings.py").read_text())
    asked = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name) and node.func.value.id == "env"
        and node.args and isinstance(node.args[0], ast.Constant)
    }  # fmt: skip
    example = (ROOT / ".env.example").read_text()

    assert [
        name for name in sorted(str(a) for a in asked) if name not in example and name not in ("TESTING", "TEST_DB")
    ] == []


def test_the_page_of_invariants_is_as_the_code_has_them() -> None:
    from pharmacy.management.commands.verify import as_markdown

    assert (ROOT / "docs" / "invariants.md").read_text().strip() == as_markdown().strip(), (
        "run: manage.py verify --list > docs/invariants.md"
    )
