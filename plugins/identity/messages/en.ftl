identity-users = Users
identity-roles = Roles
identity-api-tokens = API tokens
