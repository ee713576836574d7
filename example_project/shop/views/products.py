"""The shelves."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from example_project.shop import club
from example_project.shop.models import Product


@require_safe
def show_products(request: HttpRequest) -> HttpResponse:
    """All products, shelf by shelf, and a greeting for whoever came by a friend's link."""
    shelves = [
        (Product.Category(category).label, list(products))
        for category, products in groupby(Product.objects.all(), key=lambda product: product.category)
    ]
    return render(
        request,
        "shop/products.html",
        {"shelves": shelves, "card": club.find_member(request.user), "greeting": club.find_greeting(request)},
    )
