inventory-stock-levels = Stock levels
inventory-stock-movements = Stock movements
