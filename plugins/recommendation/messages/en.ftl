recommendation-bought-together = Bought together
recommendation-goes-with-cart = Goes well with your cart
recommendation-liked = Popular with others
