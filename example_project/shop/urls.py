"""Addresses of the shop."""

from django.contrib.auth import views as auth_views
from django.urls import path

from example_project.shop.views import account, basket, orders, products

app_name = "shop"

urlpatterns = [
    path("", products.show_products, name="products"),
    path("basket/", basket.show_basket, name="basket"),
    path("basket/add/<slug:slug>/", basket.add_product, name="add"),
    path("basket/change/<slug:slug>/", basket.change_pieces, name="change"),
    path("checkout/", basket.check_out, name="checkout"),
    path("orders/", orders.list_orders, name="orders"),
    path("orders/<slug:number>/", orders.show_order, name="order"),
    path("orders/<slug:number>/cancel/", orders.cancel, name="cancel"),
    path("orders/<slug:number>/return/", orders.return_some, name="return"),
    path("signup/", account.sign_up, name="signup"),
    path(
        "login/",
        auth_views.LoginView.as_view(
            template_name="shop/login.html", redirect_authenticated_user=True, next_page="shop:products"
        ),
        name="login",
    ),
    path("logout/", auth_views.LogoutView.as_view(next_page="shop:products"), name="logout"),
]
