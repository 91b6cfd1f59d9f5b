"""Basket, checkout, payment and orders."""

from django.urls import path

from orders.storefront import basket, checkout, order, paying, repeat

urlpatterns = [
    path("basket/", basket.basket_page, name="basket"),
    path("basket/add/", basket.add, name="basket-add"),
    path("basket/request/", basket.ask_for, name="basket-request"),
    path("basket/repeat/", repeat.repeat, name="basket-repeat"),
    path("basket/change/", basket.set_quantity, name="basket-change"),
    path("basket/remove/", basket.remove, name="basket-remove"),
    path("checkout/", checkout.start, name="checkout"),
    path("checkout/contact/", checkout.contact, name="checkout-contact"),
    path("checkout/patient/", checkout.patient, name="checkout-patient"),
    path("checkout/prescription/", checkout.prescription, name="checkout-prescription"),
    path("checkout/delivery/", checkout.delivery, name="checkout-delivery"),
    path("checkout/review/", checkout.review, name="checkout-review"),
    path("pay/return/", paying.came_back, name="pay-return"),
    path("orders/", order.my_orders, name="orders"),
    path("account/orders/", order.my_orders, name="account-orders"),
    path("orders/<str:reference>/", order.order_page, name="order"),
    path("orders/<str:reference>/pay/", paying.pay, name="order-pay"),
    path("orders/<str:reference>/cancel/", order.cancel, name="order-cancel"),
    path("orders/<str:reference>/messages/", order.write, name="order-write"),
    path("orders/<str:reference>/again/", order.again, name="order-again"),
    path("o/<str:token>/", order.by_link, name="order-link"),
]
