"""The WSGI door: gunicorn loads `pharmacy.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pharmacy.settings")

application = get_wsgi_application()
