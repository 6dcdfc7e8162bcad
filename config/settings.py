"""Settings, top to bottom: what differs between installations comes from `config.env`, the rest is decided here."""

from typing import Any

import django_stubs_ext
from corsheaders.defaults import default_headers
from csp.constants import NONCE, NONE, SELF
from django.templatetags.static import static
from django.urls import reverse_lazy

from config import celery, env, logs, navigation, places, roles, sentry

django_stubs_ext.monkeypatch()

ENV = env.read()

# The site ------------------------------------------------------------------------------------------------------
DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key
SECRET_KEY_FALLBACKS: list[str] = list(ENV.secret_key_fallbacks)
SITE_URL = ENV.site_url
ALLOWED_HOSTS = list(ENV.allowed_hosts)
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "config.base.console.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "auditlog",
    "corsheaders",
    "csp",
    "djstripe",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "rest_framework",
    "config.base",
    "payments",
    "billing",
    "reconciliation",
]

MIDDLEWARE = [
    "config.base.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [env.ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

# Database, cache, queue ----------------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **ENV.database,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        # A server that is there and silent must not keep Stripe waiting longer than it waits for an answer.
        "OPTIONS": {"connect_timeout": 3, **ENV.database.get("OPTIONS", {})},
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": ENV.redis_url,
        "OPTIONS": {"socket_connect_timeout": 0.25, "socket_timeout": 0.5},
        "KEY_PREFIX": "counterfoil",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# People --------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "base.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")

# Language and time ---------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
# Only what our own words are translated to, so that a page never claims a language that it does not speak.
LANGUAGES = [("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files ---------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.ROOT / ".local" / "static"
STATICFILES_DIRS = [env.ROOT / "templates" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a draft of a thousand lines
FILE_UPLOAD_HANDLERS = ["config.base.uploads.NoFiles"]

# Browsers ------------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = ENV.is_https
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if ENV.is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ENV.is_https
SECURE_HSTS_PRELOAD = ENV.is_https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.trusted_proxies else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.is_https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
X_FRAME_OPTIONS = "DENY"
CORS_ALLOWED_ORIGINS = list(ENV.cors_allowed_origins)
CORS_URLS_REGEX = r"^/api/v1/"
CORS_ALLOW_HEADERS = [*default_headers, "idempotency-key"]
CORS_EXPOSE_HEADERS = ["Idempotent-Replayed", "Request-Id", "Retry-After"]

# Stripe's own pages run its script from STRIPE_JS_URL; the payment page adds its origins to this policy.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# Stripe --------------------------------------------------------------------------------------------------------
STRIPE_SECRET_KEY = ENV.stripe_secret_key
STRIPE_PUBLISHABLE_KEY = ENV.stripe_publishable_key
STRIPE_LIVE_MODE = STRIPE_SECRET_KEY.startswith(env.LIVE)
STRIPE_API_BASE = ENV.stripe_api_base
STRIPE_API_VERSION = "2026-08-26.dahlia"
STRIPE_JS_URL = ENV.stripe_js_url
TAX_CALCULATION_SERVICE = ENV.tax_calculation_service
BOOKS_START = ENV.books_start
STRIPE_WEBHOOK_SECRETS = list(ENV.stripe_webhook_secrets)
STRIPE_WEBHOOK_TOLERANCE_SECONDS = 300
STRIPE_WEBHOOK_ADDRESSES = list(ENV.stripe_webhook_addresses)
STRIPE_WEBHOOK_MAX_BYTES = 256 * 1024
STRIPE_EVENTS = "config.stripe_events"
# More in a day than any subscription needs; its customer is then parked. Stripe's own limit is 20 invoices.
SUBSCRIPTION_LINES_A_DAY = 250
TRUSTED_PROXIES = list(ENV.trusted_proxies)
METRICS_TOKEN = ENV.metrics_token

DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
STRIPE_TEST_SECRET_KEY = "" if STRIPE_LIVE_MODE else STRIPE_SECRET_KEY
STRIPE_LIVE_SECRET_KEY = STRIPE_SECRET_KEY if STRIPE_LIVE_MODE else ""
if STRIPE_API_BASE:
    STRIPE_API_HOST = STRIPE_API_BASE
# Our own key guard and inbox stand where these would warn: of a local Stripe, of webhooks that dj-stripe cannot verify.
SILENCED_SYSTEM_CHECKS = ["djstripe.W002", "djstripe.W005", "djstripe.I006"]

# API -----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["config.base.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["config.base.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.base.api.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
}
# Requests and seconds; see config.base.throttle for who gets less.
API_RATES = {"address": (6000, 60), "key": (3000, 60), "failed_authentication": (30, 60)}
RATELIMIT_FAIL_OPEN = True
SPECTACULAR_SETTINGS = {
    "TITLE": "Counterfoil API",
    "VERSION": "v1",
    "DESCRIPTION": "Payments for storefronts. Amounts are integers of the minor unit beside a lower-case currency.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "FutureUsage": ["off_session", "on_session"],
        "PaymentStatus": "payments.models.Payment.Status",
        "RefundStatus": "payments.models.Refund.Status",
        "SetupIntentStatus": "payments.models.SetupIntent.Status",
        "CustomerStatus": "payments.models.Customer.Status",
        "InvoiceStatus": "billing.models.Invoice.Status",
        "CreditNoteStatus": "billing.models.CreditNote.Status",
        "SubscriptionStatus": "billing.models.Subscription.Status",
        "PaymentMethodStatus": "payments.models.PaymentMethod.Status",
    },
}

# Queue ---------------------------------------------------------------------------------------------------------
QUEUE = celery.app  # named here so that every process knows it: the web nudges the workers
CELERY_BROKER_URL = ENV.redis_url
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": 5,
    "visibility_timeout": 900,
}

# Audit, mail, logs, errors ------------------------------------------------------------------------------------
AUDITLOG_DISABLE_REMOTE_ADDR = True
# The few rows that forms may change; everything else moves by services, which write their own lines.
AUDITLOG_INCLUDE_TRACKING_MODELS = (
    "base.LegalEntity",
    {
        "model": "base.User",
        "exclude_fields": ["last_login"],
        "mask_fields": ["password"],
        "mask_callable": "config.base.audit.hidden",
        "m2m_fields": {"groups", "user_permissions"},
    },
    {"model": "auth.Group", "m2m_fields": {"permissions"}},
)
globals().update(ENV.email)
LOGGING = logs.configure(debug=DEBUG)
sentry.start(ENV.sentry_dsn)

# Console -------------------------------------------------------------------------------------------------------
CONSOLE_PANELS = ["reconciliation.admin.home.panels", "payments.admin.home.panels"]
CONSOLE_ADDITIONS = {
    "credit_note": ["reconciliation.admin.explain.button"],
    "customer": ["billing.admin.customer_page.additions"],
    "discrepancy": ["reconciliation.admin.explain.button"],
    "dispute": ["reconciliation.admin.explain.button"],
    "entry": ["reconciliation.admin.explain.button"],
    "invoice": ["reconciliation.admin.explain.button"],
    "payment": [
        "billing.admin.payment_page.additions",
        "reconciliation.admin.payment_page.additions",
        "reconciliation.admin.explain.button",
    ],
    "payout": ["reconciliation.admin.explain.button"],
    "refund": ["reconciliation.admin.explain.button"],
    "statement_line": ["reconciliation.admin.explain.button"],
}
CONSOLE_ROLES = roles.ROLES
CONSOLE_PLACES = places.PLACES
UNFOLD = {
    "SITE_TITLE": "Counterfoil",
    "SITE_HEADER": "Counterfoil",
    "SITE_SYMBOL": "receipt_long",
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("base/favicon.svg")},
    ],
    "COLORS": "config.base.console.theme.no_inline_colors",
    "STYLES": [lambda _: static("admin/console.css")],
    "SCRIPTS": [lambda _: static("admin/console.js")],
    "DASHBOARD_CALLBACK": "config.base.console.home.with_panels",
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": navigation.MENU},
}
