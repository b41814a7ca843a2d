crm-customers = Customers
crm-field-name = Name
