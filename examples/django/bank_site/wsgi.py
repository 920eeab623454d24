"""WSGI entry point: `gunicorn bank_site.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from bank_site.key_file import require_key_file

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bank_site.settings")
require_key_file()

application = get_wsgi_application()
