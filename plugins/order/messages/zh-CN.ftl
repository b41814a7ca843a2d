order-orders = 订单
order-returns = 退货
