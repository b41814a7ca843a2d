__id__-lists = { $count ->
    [one] On one list
   *[other] On { $count } lists
}
__id__-__id__-items = __title__
__id__-field-visitor = Visitor
__id__-field-product_id = Product
__id__-field-added_at = Added
