"""What the host sells."""

from django.conf import settings
from django.db import models


class Order(models.Model):
    """One order."""

    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    total = models.DecimalField(max_digits=9, decimal_places=2)

    class Meta:
        db_table = "host_orders"

    def __str__(self) -> str:
        return f"order {self.pk}"
