catalog-products = Products
catalog-categories = Categories
catalog-collections = Collections
