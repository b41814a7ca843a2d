identity-users = 用户
identity-roles = 角色
identity-api-tokens = API 令牌
