"""What the shop sells, and what was ordered."""

from __future__ import annotations

import secrets
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

_ALPHABET = "23456789CFGHJKMNPRTVWX"


def new_number() -> str:
    """An order number that cannot be guessed: it opens the order of a guest."""
    return "".join(secrets.choice(_ALPHABET) for _place in range(10))


class Product(models.Model):
    """Something on the shelf. `art` names its drawing, `tone` the drawing's colours."""

    class Category(models.TextChoices):
        """The shelves."""

        COFFEE = "coffee", _("Coffee")
        TEA = "tea", _("Tea")
        THINGS = "things", _("Things for the table")
        SWEETS = "sweets", _("Something sweet")

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=80)
    name_ru = models.CharField(_("name in Russian"), max_length=80, blank=True)
    text = models.CharField(_("description"), max_length=200, blank=True)
    text_ru = models.CharField(_("description in Russian"), max_length=200, blank=True)
    price = models.DecimalField(_("price"), max_digits=8, decimal_places=2)
    category = models.CharField(_("category"), max_length=16, choices=Category.choices)
    art = models.SlugField(_("drawing"))
    tone = models.SlugField(_("colours"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["position", "pk"]
        constraints = [
            # What costs nothing would be a purchase of nothing.
            models.CheckConstraint(condition=Q(price__gt=0), name="shop_product_price_positive"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name in the active language."""
        return (self.name_ru if get_language() == "ru" else "") or self.name

    @property
    def description(self) -> str:
        """The description in the active language."""
        return (self.text_ru if get_language() == "ru" else "") or self.text


class Order(models.Model):
    """What somebody ordered and paid. A guest's order has no user; `key` is the checkout that it came from."""

    class Status(models.TextChoices):
        """What became of it."""

        PLACED = "placed", _("placed")
        CANCELLED = "cancelled", pgettext_lazy("of an order", "cancelled")

    number = models.CharField(_("number"), max_length=16, unique=True, default=new_number)
    key = models.CharField(_("key of the checkout"), max_length=64, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("customer"),
    )
    name = models.CharField(_("name"), max_length=100)
    email = models.EmailField(_("e-mail"), blank=True)
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.PLACED)
    placed_at = models.DateTimeField(_("placed at"))
    points_used = models.PositiveIntegerField(_("points used"), default=0)
    discount = models.DecimalField(_("paid with points"), max_digits=9, decimal_places=2, default=Decimal(0))
    total = models.DecimalField(pgettext_lazy("of an order", "paid"), max_digits=9, decimal_places=2)
    in_club = models.BooleanField(_("told to the loyalty program"), default=False)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("shop:order", args=[self.number])

    @property
    def returned(self) -> Decimal:
        """How much of what was paid went back. Asks for the lines."""
        return sum((line.returned_amount for line in self.lines.all()), Decimal(0))

    @property
    def can_be_returned(self) -> bool:
        """Whether a piece is left to return. Asks for the lines."""
        return self.status == self.Status.PLACED and any(line.left for line in self.lines.all())

    @property
    def can_be_cancelled(self) -> bool:
        """Whether nothing of it went back yet. Asks for the lines."""
        return self.status == self.Status.PLACED and not any(line.returned for line in self.lines.all())


class OrderLine(models.Model):
    """So many pieces of a product; `paid` is what they cost less their share of the points that were used."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", verbose_name=_("order"))
    position = models.PositiveSmallIntegerField(_("position"))
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", verbose_name=_("product"))
    quantity = models.PositiveSmallIntegerField(_("pieces"))
    amount = models.DecimalField(_("amount"), max_digits=9, decimal_places=2)
    paid = models.DecimalField(pgettext_lazy("of an order", "paid"), max_digits=9, decimal_places=2)
    returned = models.PositiveSmallIntegerField(_("pieces returned"), default=0)

    class Meta:
        verbose_name = _("line of an order")
        verbose_name_plural = _("lines of orders")
        ordering = ["order", "position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="shop_orderline_position_unique"),
            # Nobody returns more than was bought.
            models.CheckConstraint(
                condition=Q(quantity__gt=0, returned__lte=F("quantity")),
                name="shop_orderline_returned_within_quantity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id}"

    @property
    def left(self) -> int:
        """Pieces that can still be returned."""
        return self.quantity - self.returned

    @property
    def choices(self) -> range:
        """How many pieces may go back: from none to all that are left."""
        return range(self.left + 1)

    @property
    def returned_amount(self) -> Decimal:
        """What was paid for the pieces that went back, down to the cent: all of them give all that was paid."""
        return self.amount_of(self.returned)

    def amount_of(self, pieces: int) -> Decimal:
        """What was paid for so many pieces."""
        cents = int(self.paid * 100) * pieces // self.quantity
        return Decimal(cents) / 100
