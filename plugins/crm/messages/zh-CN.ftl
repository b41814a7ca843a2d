crm-customers = 客户
crm-field-name = 姓名
