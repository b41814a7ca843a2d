recommendation-bought-together = 经常一起购买
recommendation-goes-with-cart = 与购物车中的商品很搭
recommendation-liked = 大家都喜欢
