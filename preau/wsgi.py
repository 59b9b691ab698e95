"""What the application server loads."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "preau.settings")
os.environ["PREAU_PROCESS"] = "pages"  # somebody waits for what it does: the database is told so
application = get_wsgi_application()
if os.environ.get("PREAU_INSTANCE"):
    from preau.web.instance import warm_up

    warm_up(application)  # before it listens: nobody waits for the first page of a process that restarts
# What was loaded stays for good: the collector need not walk through it again and again.
gc.collect()
gc.freeze()
