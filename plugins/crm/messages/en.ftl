crm-customers = Customers
