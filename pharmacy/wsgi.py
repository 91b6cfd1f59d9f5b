"""The WSGI door: gunicorn loads `pharmacy.wsgi:application`."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pharmacy.settings")

django = get_wsgi_application()

from pharmacy.web.bodies import whole_bodies  # noqa: E402  # its package is Django's to load

application = whole_bodies(django)

# The server loads this once and then forks (`--preload`): what is here now stays for good, so no collection looks at
# it again, and the workers go on sharing its memory.
gc.collect()
gc.freeze()
