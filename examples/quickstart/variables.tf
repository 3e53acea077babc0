variable "groups" {
  description = "Groups by a key of your own, which only Terraform sees."
  type = map(object({
    alias       = string
    description = optional(string)
    is_default  = optional(bool, false)
  }))
  default = {
    stewards = {
      alias       = "Data Stewards"
      description = "Own the glossary"
    }
    analysts = {
      alias       = "Analysts"
      description = "Work with certified assets"
    }
    everyone = {
      alias      = "Everyone"
      is_default = true
    }
  }
}

variable "people" {
  description = "Workspace roles by the email addresses of the people to invite."
  type        = map(string)
  default = {
    "ada@example.com"    = "$admin"
    "grace@example.com"  = "$member"
    "edsger@example.com" = "$guest"
  }
}
