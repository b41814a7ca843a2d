shipping-shipments = Shipments
