variable "people" {
  description = "Those to invite: role (admin, member or guest) by email address, both in any spelling."
  type        = map(string)

  validation {
    condition     = alltrue([for role in values(var.people) : contains(["admin", "member", "guest"], trimprefix(lower(trimspace(role)), "$"))])
    error_message = "Each role must be admin, member or guest."
  }

  validation {
    condition     = length(distinct([for email in keys(var.people) : lower(trimspace(email))])) == length(var.people)
    error_message = "Two entries are spellings of one address."
  }
}

variable "group" {
  description = "Name of the group that everybody joins, as shown in Atlan."
  type        = string
  default     = "Newcomers"
}

variable "on_leaving" {
  description = "What happens to those who leave the list: revoke, disable, downgrade or forget."
  type        = string
  default     = "revoke"
}
