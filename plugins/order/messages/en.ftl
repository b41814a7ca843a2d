order-orders = Orders
order-returns = Returns
order-field-credit = Credit
order-field-received_at = Goods received
order-action-receive = Receive return
