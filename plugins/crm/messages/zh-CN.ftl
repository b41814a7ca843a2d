crm-customers = 客户
