"""All settings, from the environment (see .env.example). Unsafe production values are refused in pharmacy/checks.py."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _
from kombu.entity import Exchange, Queue

from pharmacy.storage import storage_of

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# --- what kind of installation -----------------------------------------------------------------------------------
DEMO = env.bool("DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
TESTING = env.bool("TESTING", default=False)
PORT = env.int("PORT", default=8000)
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{PORT}").rstrip("/")
SECURE = PUBLIC_URL.startswith("https://")
SECRET_KEY = env.str("SECRET_KEY", default="")
ENCRYPTION_KEYS = env.str("ENCRYPTION_KEYS", default="")
BLIND_INDEX_KEY = env.str("BLIND_INDEX_KEY", default=SECRET_KEY)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[urlsplit(PUBLIC_URL).hostname or "localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    # Before the apps whose templates they replace (admin, allauth).
    "pharmacy.accounts",
    "pharmacy.web",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "pharmacy.apps.PharmacyConfig",
    "pharmacy.journal",
    "pharmacy.messaging",
    "catalog",
    "prescriptions",
    "orders",
]

MIDDLEWARE = [
    "pharmacy.web.requests.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pages shrink tenfold; tokens are masked and lengths padded (BREACH)
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "pharmacy.web.headers.PageHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "pharmacy.web.addresses.LanguageInAddress",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "pharmacy.web.problems.RefusalPages",
    "catalog.storefront.site_time.SiteTime",
]

ROOT_URLCONF = "pharmacy.urls"
WSGI_APPLICATION = "pharmacy.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pharmacy.web.context.site",
            ]
        },
    }
]

# --- PostgreSQL: two roles (decision 19) --------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", default=DATABASE_URL)
# Commands that change the schema run as the owner: AS_OWNER=1 is set by the launcher for them, and by manage.py verify.
AS_OWNER = env.bool("AS_OWNER", default=False)
DB_POOL = env.bool("DB_POOL", default=False)
DB_POOL_SIZE = env.int("DB_POOL_SIZE", default=8)
# After how many calls a statement of pharmacy.statements is planned for good; -1: never, as some poolers want it.
DB_PREPARE_AFTER = env.int("DB_PREPARE_AFTER", default=1)
STATEMENT_TIMEOUT_MS = env.int("STATEMENT_TIMEOUT_MS", default=5_000)
LOCK_TIMEOUT_MS = env.int("LOCK_TIMEOUT_MS", default=2_000)


def _database(url: str) -> dict[str, object]:
    database: dict[str, object] = env.db_url_config(url or "postgresql:///pharmacy")
    database["ENGINE"] = "django.db.backends.postgresql"
    options = dict(database.get("OPTIONS") or {})  # type: ignore[call-overload]
    limits = "" if AS_OWNER else (
        f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS}"
        " -c idle_in_transaction_session_timeout=10000"
    )  # fmt: skip
    limits += " -c plan_cache_mode=force_generic_plan"  # for pharmacy.statements: planned once is what they ask for
    if TESTING:  # tests ask what holds, not what survives a power cut
        limits += " -c synchronous_commit=off -c statement_timeout=30000 -c lock_timeout=20000"
    options |= {"connect_timeout": 3, "options": limits, "application_name": "pharmacy"}
    options["prepare_threshold"] = DB_PREPARE_AFTER if DB_PREPARE_AFTER >= 0 else None
    if host := options.pop("host", None):  # postgresql://role@/name?host=/socket/folder
        database["HOST"] = host
    if port := options.pop("port", None):
        database["PORT"] = str(port)
    if DB_POOL:
        options["pool"] = {"min_size": 1, "max_size": DB_POOL_SIZE, "timeout": 4}
    database["OPTIONS"] = options
    database["CONN_MAX_AGE"] = 0 if DB_POOL else env.int("CONN_MAX_AGE", default=60)
    database["CONN_HEALTH_CHECKS"] = not DB_POOL
    database["TEST"] = {"NAME": f"test_pharmacy_{env.str('TEST_DB', default='main')}"}
    return database


DATABASES = {"default": _database(DATABASE_OWNER_URL if AS_OWNER or TESTING else DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis protocol: wake-up hints, cache, sessions in front of PostgreSQL -----------------------------------------
REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": env.str("CACHE_PREFIX", default="pharmacy"),
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}
SESSION_ENGINE = "pharmacy.web.sessions"  # PostgreSQL, with the cache in front where it answers
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

CELERY_BROKER_URL = env.str(
    "CELERY_BROKER_URL",
    default="redis+socket://" + REDIS_URL.removeprefix("unix://").split("?")[0]
    if REDIS_URL.startswith("unix://")
    else REDIS_URL,
)
# A worker takes from all of them unless it is told otherwise (`--queues`); the relay works through the same names.
CELERY_TASK_QUEUES = [
    Queue(name, Exchange(name), routing_key=name)  # type: ignore[no-untyped-call]
    for name in ("default", "payment", "mail", "partner", "documents")
]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 240
CELERY_TASK_SOFT_TIME_LIMIT = 180
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "retry_on_timeout": True,
}
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "sweep the journal": {"task": "journal.sweep", "schedule": 2.0},
    "seal the journal": {"task": "journal.seal", "schedule": 5.0},
    "note that a worker lives": {"task": "pharmacy.heartbeat", "schedule": 5.0},
    "send what mail is due": {"task": "messaging.sweep", "schedule": 10.0},
    "look after orders": {"task": "orders.housekeeping", "schedule": 30.0},
    "compare open payments": {"task": "orders.reconcile_open", "schedule": 120.0},
    "compare all payments": {"task": "orders.reconcile_all", "schedule": crontab(hour=3, minute=20)},
    "drop copies of data": {"task": "accounts.drop_copies", "schedule": 600.0},
    "drop answers kept for repeats": {"task": "accounts.drop_answers", "schedule": 600.0},
    "keep to retention": {"task": "prescriptions.retention", "schedule": crontab(hour=4, minute=40)},
    "sweep files without a row": {"task": "prescriptions.sweep_files", "schedule": crontab(hour=3, minute=50)},
    "remind of what runs out": {"task": "prescriptions.refills", "schedule": crontab(minute=10)},
    "look after prescriptions": {"task": "prescriptions.housekeeping", "schedule": 30.0},
    "look after the catalogue": {"task": "catalog.housekeeping", "schedule": 60.0},
    "mark guides that are due": {"task": "catalog.guides_due", "schedule": crontab(hour=4, minute=10)},
}

# --- people -------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/account/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
# Changing the address on the code page is offered to new addresses only, which tells who has an account: off.
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_FORMS = {
    "login": "pharmacy.accounts.storefront.forms.LoginForm",
    "signup": "pharmacy.accounts.storefront.forms.SignupForm",
    "add_email": "pharmacy.accounts.storefront.forms.AddEmailForm",
    "change_password": "pharmacy.accounts.storefront.forms.ChangePasswordForm",
    "set_password": "pharmacy.accounts.storefront.forms.SetPasswordForm",
    "reset_password": "pharmacy.accounts.storefront.forms.ResetPasswordForm",
    "reset_password_from_key": "pharmacy.accounts.storefront.forms.ResetPasswordKeyForm",
    "confirm_email_verification_code": "pharmacy.accounts.storefront.forms.ConfirmEmailCodeForm",
    "confirm_password_reset_code": "pharmacy.accounts.storefront.forms.ConfirmResetCodeForm",
    "reauthenticate": "pharmacy.accounts.storefront.forms.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "pharmacy.accounts.storefront.forms.SecondFactorForm",
    "reauthenticate": "pharmacy.accounts.storefront.forms.SecondFactorAgainForm",
    "activate_totp": "pharmacy.accounts.storefront.forms.ActivateAppForm",
    "deactivate_totp": "pharmacy.accounts.storefront.forms.DeactivateAppForm",
    "add_webauthn": "pharmacy.accounts.storefront.forms.AddPasskeyForm",
    "edit_webauthn": "pharmacy.accounts.storefront.forms.EditPasskeyForm",
}
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "pharmacy.accounts.adapter.Accounts"
MFA_ADAPTER = "pharmacy.accounts.adapter.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
MFA_TOTP_ISSUER = "Open Pharmacy"
USERSESSIONS_TRACK_ACTIVITY = False

# --- money --------------------------------------------------------------------------------------------------------
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
# Where the hosted payment page lives: named in form-action of the page with "Place order" (decision 9).
STRIPE_PAGE_ORIGIN = env.str("STRIPE_PAGE_ORIGIN", default=STRIPE_API_BASE or "https://checkout.stripe.com")
POM_CHECKOUT_APPROVED = env.bool("POM_CHECKOUT_APPROVED", default=False)  # the provider's written approval

# --- mail, files --------------------------------------------------------------------------------------------------
EMAIL_URL = env.str("EMAIL_URL", default="")


def _mailer(url: str) -> dict[str, object]:
    """Without EMAIL_URL letters are kept (and shown at /dev/mail/ in a demo) but leave for nowhere."""
    if not url:
        return {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    parts = env.email_url_config(url)
    options = {
        "host": parts["EMAIL_HOST"], "port": parts["EMAIL_PORT"], "username": parts["EMAIL_HOST_USER"],
        "password": parts["EMAIL_HOST_PASSWORD"], "timeout": 10,
        "use_tls": parts.get("EMAIL_USE_TLS", False), "use_ssl": parts.get("EMAIL_USE_SSL", False),
    }  # fmt: skip
    return {"BACKEND": parts["EMAIL_BACKEND"], "OPTIONS": options}


MAILERS = {"default": _mailer(EMAIL_URL)}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Open Pharmacy <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
STORAGE_URL = env.str("STORAGE_URL", default=f"file://{VAR_DIR}/files")
STORAGES = {
    "default": storage_of(STORAGE_URL),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(VAR_DIR / "static"))
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# On every page, whoever sends what: capped file by file, and no plain copy under a name on any disk.
FILE_UPLOAD_HANDLERS = ["prescriptions.gateways.receiving.Nameless"]
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400
CLAMAV_URL = env.str("CLAMAV_URL", default="")

# --- languages and time -------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True
SITE_NAME = env.str("SITE_NAME", default="Open Pharmacy")
# Where the source of this installation can be read (AGPL, section 13).
SOURCE_URL = env.str("SOURCE_URL", default="")
SITE_NAME_LAZY = _("Open Pharmacy")

# --- API ----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["pharmacy.accounts.api.BearerKey"],
    "DEFAULT_PERMISSION_CLASSES": ["pharmacy.accounts.api.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["pharmacy.web.parsers.StrictJSON"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "pharmacy.web.problems.answer",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_THROTTLE_CLASSES": ["pharmacy.accounts.api.PerKey"],
    "DEFAULT_THROTTLE_RATES": {"partner": env.str("PARTNER_RATE", default="600/min")},
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Open Pharmacy partner API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
}

# --- the browser --------------------------------------------------------------------------------------------------
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"  # "no-referrer" makes browsers send "Origin: null" with our own forms
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "pharmacy.web.errors.csrf_failed"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
if SECURE:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = "__Host-session", "__Host-csrf", "__Host-language"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if env.bool("BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- logs: JSON lines, only fields on the allow-list (pharmacy/logs.py) -------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING_CONFIG = "pharmacy.logs.configure"
LOGGING = {"level": LOG_LEVEL, "json": env.bool("LOG_JSON", default=True)}
FORM_RENDERER = "pharmacy.web.widgets.QuickForms"
