pricing-prices = 价格
