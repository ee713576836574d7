"""Requests that clients may repeat: the key, what was asked, and the answer."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class IdempotencyKey(models.Model):
    """One `Idempotency-Key` of one client. It never ends: a repeat gets the first answer for ever.

    `client` says whose it is without pointing at a user, so that deleting one frees no key. `status` is empty while
    the first request is under way; effect and answer are written in one transaction. The answer is kept as JSON text,
    so that a repeat gets the very same. A card's token that let points be spent is a key too, of the client
    `card-token`: it lets them be spent once.
    """

    client = models.CharField(_("client"), max_length=80)
    key = models.CharField(_("key"), max_length=255)
    request_hash = models.CharField(_("hash of the request"), max_length=64)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        ordering = ["-pk"]
        constraints = [
            # Two requests with one key must not both have an effect.
            models.UniqueConstraint(fields=["client", "key"], name="loyalty_idempotencykey_once"),
            models.CheckConstraint(condition=~Q(key=""), name="loyalty_idempotencykey_has_key"),
        ]

    def __str__(self) -> str:
        return self.key
