"""Rows of requests."""

from factory import Sequence
from factory.django import DjangoModelFactory

from loyalty import models


class IdempotencyKeyFactory(DjangoModelFactory):
    """A key that is claimed."""

    class Meta:
        model = models.IdempotencyKey

    client = "user:1"
    key = Sequence(lambda n: f"key-{n}")
    request_hash = "0" * 64
