inventory-stock-levels = 库存
inventory-stock-movements = 库存变动
