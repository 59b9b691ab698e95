"""The one settings file: every value comes from the environment, a file it names, or a safe local default.

`NAME_FILE=/run/secrets/name` is read for any NAME, so that secrets stay out of process listings.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.contrib.messages import constants as message_levels

env = environ.FileAwareEnv()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("PREAU_VAR", default=str(BASE_DIR / "var")))

DEBUG = env.bool("PREAU_DEBUG", default=False)
# A deployment says where it answers; without that word we only answer this machine.
SITE_URL = env.str("PREAU_URL", default=env.str("PREAU_LOCAL_URL", default="http://localhost:8000")).rstrip(
    "/"
)
LOCAL = "PREAU_URL" not in env
HTTPS = SITE_URL.startswith("https://")
SITE_HOST = SITE_URL.split("://", 1)[1]
ALLOWED_HOSTS = env.list("PREAU_HOSTS", default=["localhost", "127.0.0.1", "[::1]", SITE_HOST.split(":")[0]])
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# Who runs this server, as the register of a school names its processor: « Rectorat de …, DSI ».
OPERATOR = env.str("PREAU_OPERATOR", default="")


def _local_secret() -> str:
    """Make a key on the first local run and keep it beside the database, readable by its owner only."""
    path = VAR_DIR / "secret_key"
    # The database of pupils lies there too.
    VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=VAR_DIR, prefix="secret_key.") as made:
            made.write(secrets.token_urlsafe(64))
            made.flush()
            # Whole or not there: of two processes that start together, the second reads the key of the first.
            with contextlib.suppress(FileExistsError):
                os.link(made.name, path)
    return path.read_text(encoding="ascii").strip()


SECRET_KEY = env.str("PREAU_SECRET_KEY", default="") or _local_secret()
# Older keys, once it has been changed: sessions, links, second factors and cards made with them still open.
SECRET_KEY_FALLBACKS = env.list("PREAU_OLD_SECRET_KEYS", default=[])
# Card codes are digested with the first key; older ones are still recognised until their cards expire.
CARD_KEYS = env.list("PREAU_CARD_KEYS", default=[SECRET_KEY, *SECRET_KEY_FALLBACKS])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "preau.web",
    "preau.audit",
    "preau.accounts",
    "preau.establishments",
    "preau.rosters",
    "preau.attachments",
    "preau.parcours",
    "preau.handouts",
    "preau.campaigns",
    "preau.results",
    "preau.scenarios",
    "preau.classroom",
    "preau.privacy",
    "preau.rehearsal",
]

MIDDLEWARE = [
    # First: what they say to browsers is on every answer, files and probes included.
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "preau.web.probes.Probes",
    "preau.web.middleware.BoundedBodies",
    "preau.web.language.PupilLanguage",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "preau.accounts.middleware.IdleHour",
    "preau.accounts.second_factor.due.SecondFactorDue",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "preau.web.middleware.PrivatePages",
]

ROOT_URLCONF = "preau.urls"
WSGI_APPLICATION = "preau.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "preau.establishments.context.staff",
                "preau.attachments.context.pupil",
                "preau.scenarios.context.pupil",
                "preau.classroom.context.pupil",
            ],
            "builtins": ["preau.web.templatetags.preau_ui", "django.templatetags.i18n"],
        },
    }
]

# ── Database ──────────────────────────────────────────────────────────────
PGBOUNCER = env.bool("PREAU_PGBOUNCER", default=False)
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'preau.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Each thread keeps its connection: closing the last one copies the whole journal back into the file.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        # Take the write lock at BEGIN: two writers queue instead of one failing half-way.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
            "PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON;"
        ),
    }
    # The tests' database is a file, so that a real server can be put on it; one per run, so that runs do not meet.
    DATABASES["default"]["TEST"] = {"NAME": f"{tempfile.gettempdir()}/preau-test-{os.getpid()}.sqlite3"}
else:
    # A connection that died with the server in the pool is seen before a page is given it: nobody meets a restart.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # What PostgreSQL ends, in milliseconds (0: never): a statement, the wait for a lock, a transaction left idle.
    # Somebody waits for a page; nobody for a task; an operator decides for a command, but behind its lock all wait.
    PAGE_LIMIT = env.int("PREAU_STATEMENT_TIMEOUT_MS", default=15_000)
    STATEMENT, LOCK, IDLE = {
        "pages": (PAGE_LIMIT, min(PAGE_LIMIT, 10_000), 60_000),
        "tasks": (600_000, 60_000, 600_000),
    }.get(os.environ.get("PREAU_PROCESS", ""), (0, 30_000, 0))
    if PGBOUNCER:
        # It pools by itself, gives each transaction another connection, and takes no parameter: hebergement.md. What is
        # kept is only the line to it: proving the password again for each page would cost more than the page's queries.
        DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
        DATABASES["default"]["CONN_MAX_AGE"] = 60
        DATABASES["default"]["OPTIONS"] = {"pool": False}
    else:
        DATABASES["default"]["OPTIONS"] = {
            "pool": {"min_size": 1, "max_size": env.int("PREAU_DB_POOL", default=8), "timeout": 20}
            if env.bool("PREAU_DB_POOLED", default=True)
            else False,
            # Our statements are short: compiling one takes longer than running it (0.2 s of an import's 0.3).
            "options": f"-c jit=off -c statement_timeout={STATEMENT} -c lock_timeout={LOCK}"
            f" -c idle_in_transaction_session_timeout={IDLE}",
        }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Nothing in the cache is missed when lost; several hosts may still share one through Valkey or Redis.
CACHES = {"default": env.cache("CACHE_URL", default="locmemcache://")}
if "redis" in CACHES["default"]["BACKEND"].lower():
    CACHES["default"]["BACKEND"] = "preau.web.shared_cache.SharedCache"
    # Nobody waits for it for long: a page goes on without.
    CACHES["default"]["OPTIONS"] = {"socket_timeout": 1, "socket_connect_timeout": 1}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# ── People and sessions ───────────────────────────────────────────────────
AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "preau.accounts.hashers.Argon2id",  # the only one of its algorithm: the last one named would verify
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "preau.accounts.passwords.PasswordPolicy"}]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "attachments:arrive"
STAFF_HOME_URL = "establishments:mine"
CODE_URL = "campaigns:enter"  # where a code leads, for a tile that gives one
PUPIL_HOME_URL = "campaigns:mine"
IDENTITY_PENDING_URL = "attachments:identity"  # where an identity nobody has yet asks for one more proof
LOGOUT_REDIRECT_URL = "campaigns:home"
PASSWORD_RESET_TIMEOUT = 3600  # the mail says « dans l’heure »
SESSION_ENGINE = "preau.accounts.sessions"  # the framework's table, written once at sign-in
SESSION_COOKIE_AGE = 3600  # one idle hour: computers are shared (rentree.md §2)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_LONGEST_HOURS = env.int("PREAU_SESSION_HOURS", default=12)  # whatever happens, since the last proof

ACCOUNT_ADAPTER = "preau.accounts.adapter.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "preau.accounts.adapter.SocialAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_USERNAME_MIN_LENGTH = 1
ACCOUNT_PREVENT_ENUMERATION = True
# Our own throttle counts per account and per school (accounts/throttle.py): a class shares one address.
ACCOUNT_RATE_LIMITS = False
# A second factor for whoever runs a school or the server: off, asked, or required after some days of grace.
STAFF_MFA = env.str("PREAU_STAFF_MFA", default="asked")
STAFF_MFA_GRACE_DAYS = env.int("PREAU_STAFF_MFA_GRACE_DAYS", default=14)
MFA_ADAPTER = "preau.accounts.second_factor.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False

# Each ENT or GAR named in PREAU_PROVIDERS has settings of its own: PREAU_MEDIACENTRE_KIND=saml… (hebergement.md).
_PROVIDER_SETTINGS = [
    *("metadata", "idp_entity_id", "entity_id", "relay_state", "key", "certificate", "next_certificate"),
    *("encryption", "next_key", "old_key"),
    *("issuer", "scope", "resource", "server", "home"),
    *("uid_attribute", "uid_pattern", "uai_attribute", "profile_attribute"),
]


def _providers() -> dict[str, dict[str, list[dict[str, object]]]]:
    """What the environment says of identity providers, as allauth reads it."""
    kinds: dict[str, dict[str, list[dict[str, object]]]] = {}
    for slug in env.list("PREAU_PROVIDERS", default=[]):
        prefix = f"PREAU_{slug.upper().replace('-', '_')}_"
        app = {
            "provider_id": slug,
            "name": env.str(f"{prefix}NAME", default="Médiacentre"),
            "client_id": env.str(f"{prefix}CLIENT_ID", default=slug),
            "secret": env.str(f"{prefix}SECRET", default=""),
            "settings": {name: env.str(f"{prefix}{name.upper()}", default="") for name in _PROVIDER_SETTINGS},
        }
        kinds.setdefault(env.str(f"{prefix}KIND", default="saml"), {"APPS": []})["APPS"].append(app)
    return kinds


SOCIALACCOUNT_PROVIDERS = _providers()

# ── Words, time, files ────────────────────────────────────────────────────
LANGUAGE_CODE = "fr"
# Pupils' pages and leaflets only (web/language.py); each name as its readers write it.
LANGUAGES = [
    ("fr", "Français"),
    ("en", "English"),
    ("ar", "العربية"),
    ("uk", "Українська"),
    ("tr", "Türkçe"),
    ("pt", "Português"),
]
LOCALE_PATHS = [BASE_DIR / "preau" / "locale"]
LANGUAGE_COOKIE_NAME = "__Host-preau-langue" if HTTPS else "preau-langue"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "Europe/Paris"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static" / os.environ.get("PREAU_INSTANCE", "")  # `preau serve` names each instance
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# A roster file is at most 20 MB (roster-files.md §9); the form says so before the server has to.
FILE_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a whole school can be chosen in the Élèves tab
MESSAGE_STORAGE = (
    "django.contrib.messages.storage.session.SessionStorage"  # they name people: not in a cookie
)
MESSAGE_TAGS = {message_levels.ERROR: "bad", message_levels.WARNING: "warn", message_levels.SUCCESS: "ok"}

vars().update(env.email("EMAIL_URL", default="consolemail://"))
MAIL_CONFIGURED = "EMAIL_URL" in env
DEFAULT_FROM_EMAIL = env.str("PREAU_FROM", default=f"Préau <ne-pas-repondre@{SITE_HOST.split(':')[0]}>")

# ── Security ──────────────────────────────────────────────────────────────
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap draws its ticks and arrows with data: images
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-preau" if HTTPS else "preau"
CSRF_COOKIE_NAME = "__Host-preau-csrf" if HTTPS else "preau-csrf"
# Before the name of a cookie that one path only receives, which « __Host- » does not allow.
NARROW_COOKIE = "__Secure-" if HTTPS else ""
CSRF_FAILURE_VIEW = "preau.web.views.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS and env.bool("PREAU_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^(?:sante|pret|metriques)$"]  # a load balancer asks without HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
BEHIND_PROXY = env.bool("PREAU_BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Figures for Prometheus (preau/web/probes.py); without this word they are shut.
METRICS_TOKEN = env.str("PREAU_METRICS_TOKEN", default="")
LOG_FORMAT = env.str("PREAU_LOG_FORMAT", default="line")  # or json

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "preau.accounts.logs.Discreet",
            "format": "{asctime} {levelname} {name} [{request_id}] {message}",
            "style": "{",
        },
        "json": {
            "()": "preau.accounts.logs.DiscreetJson",
            "format": "{asctime}{levelname}{name}{request_id}{message}",
            "style": "{",
        },
    },
    "filters": {
        "links": {"()": "preau.accounts.logs.HideLinks"},
        "named": {"()": "preau.web.naming.Named"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json" if LOG_FORMAT == "json" else "line",
            "filters": ["links", "named"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("PREAU_LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.security.DisallowedHost": {"level": "ERROR"},
        "urllib3": {"level": "INFO"},  # it would say the tickets we ask an ENT about
    },
}
