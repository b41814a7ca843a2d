order-orders = 订单
order-returns = 退货
order-field-credit = 退款额
order-field-received_at = 收货时间
order-action-receive = 收到退货
