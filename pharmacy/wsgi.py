"""The WSGI door: gunicorn loads `pharmacy.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pharmacy.settings")

django = get_wsgi_application()

from pharmacy.web.bodies import whole_bodies  # noqa: E402  # its package is Django's to load

application = whole_bodies(django)
