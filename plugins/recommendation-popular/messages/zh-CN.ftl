recommendation-popular-title = 本店热销
