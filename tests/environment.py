"""Loaded by pytest before Django's settings (`-p tests.environment`): starts the servers, sets the environment."""

import base64
import os

from pharmacy.run.place import state_folder
from pharmacy.run.services import test_services

# With `-n`, each worker has a database, a cache and a place for its rehearsals of its own on the same servers.
if worker := os.environ.get("PYTEST_XDIST_WORKER", ""):
    os.environ["TEST_DB"] = f"{os.environ.get('TEST_DB', 'main')}_{worker}"

services = test_services()
os.environ |= services.as_env() | {
    "DJANGO_SETTINGS_MODULE": "pharmacy.settings",
    "TESTING": "1",
    "DEMO": "0",
    "SECRET_KEY": "only-for-tests-" * 5,
    "ENCRYPTION_KEYS": "t1:" + base64.b64encode(b"0123456789abcdef" * 2).decode(),
    "BLIND_INDEX_KEY": "only-for-tests",
    "PUBLIC_URL": "http://testserver",
    "STRIPE_SECRET_KEY": os.environ.get("STRIPE_SECRET_KEY", "sk_test_standin"),
    "STRIPE_WEBHOOK_SECRET": os.environ.get("STRIPE_WEBHOOK_SECRET", "whsec_tests"),
    "VAR_DIR": os.environ.get("TEST_VAR_DIR") or str(state_folder() / "test" / "var"),
    "CACHE_PREFIX": "tests-" + os.environ.get("TEST_DB", "main"),
    "LOG_LEVEL": os.environ.get("LOG_LEVEL", "ERROR"),
}
if worker:
    address, _, options = os.environ["REDIS_URL"].partition("?")
    number = int(worker.removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = (
        f"{address}?db={number}" if options or address.startswith("unix") else (f"{address.rsplit('/', 1)[0]}/{number}")
    )
os.environ.pop("EMAIL_URL", None)
# Tests break rules on purpose with triggers off, which takes a superuser; what the app's own role may do is tried by
# SET ROLE.
os.environ["DATABASE_OWNER_URL"] = os.environ["DATABASE_OWNER_URL"].replace("pharmacy_owner@", "postgres@")
