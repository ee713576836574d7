"""Imported by a worker before it does anything: Django, on the database that its parent tests with."""

import django

django.setup()
