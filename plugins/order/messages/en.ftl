order-orders = Orders
order-returns = Returns
