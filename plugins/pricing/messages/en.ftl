pricing-prices = Prices
