variable "name" {
  description = "Name of the team, as shown in Atlan."
  type        = string
}

variable "description" {
  description = "What the team is for."
  type        = string
  default     = ""
}

variable "members" {
  description = "Email addresses of people who are in the tenant, in any spelling."
  type        = list(string)

  validation {
    condition     = alltrue([for member in var.members : can(regex("^[^@\\s]+@[^@\\s]+$", trimspace(member)))])
    error_message = "Each member must be an email address."
  }
}
