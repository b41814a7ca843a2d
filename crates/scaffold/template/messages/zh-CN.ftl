__id__-lists = 已在 { $count } 个列表中
__id__-__id__-items = __title__
__id__-field-visitor = 访客
__id__-field-product_id = 商品
__id__-field-added_at = 加入时间
