wishlist-title = Wishlist
wishlist-add = Add to wishlist
wishlist-remove = Remove
wishlist-empty = Nothing on your wishlist yet.
wishlist-lists = { $count ->
    [one] On one wishlist
   *[other] On { $count } wishlists
}
wishlist-wishlist-items = Wishlists
wishlist-field-visitor = Visitor
wishlist-field-product_id = Product
wishlist-field-added_at = Added
