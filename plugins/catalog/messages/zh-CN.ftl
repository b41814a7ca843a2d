catalog-products = 商品
catalog-categories = 分类
catalog-collections = 精选集
