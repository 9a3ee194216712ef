"""The web application for a WSGI server: `gunicorn wsgi:app`."""

from certflow.app import create_app

app = create_app()
