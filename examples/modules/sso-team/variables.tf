variable "name" {
  description = "Name of the team, as shown in Atlan."
  type        = string
}

variable "idp_alias" {
  description = "Alias of the identity provider."
  type        = string
  default     = "okta"
}

variable "sso_group" {
  description = "Group of the identity provider, as its claim spells it."
  type        = string
}

variable "roles" {
  description = "Workspace roles by email address, in any spelling."
  type        = map(string)

  validation {
    condition     = alltrue([for role in values(var.roles) : contains(["admin", "member", "guest"], trimprefix(lower(role), "$"))])
    error_message = "Each role must be admin, member or guest."
  }
}
