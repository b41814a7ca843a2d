recommendation-popular-title = Popular in this store
