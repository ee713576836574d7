"""The shop itself: products, a basket, orders; and what it tells the loyalty program about them."""
