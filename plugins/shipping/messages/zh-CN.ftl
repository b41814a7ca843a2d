shipping-shipments = 发货
