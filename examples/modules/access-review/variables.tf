variable "people" {
  description = "Those who should have access: role by email address, in any spelling."
  type        = map(string)
}

variable "ignore" {
  description = "Addresses, in lower case, that are left out, such as break-glass accounts."
  type        = set(string)
  default     = []
}

variable "max_people" {
  description = "Most people that the tenant may have. With more, the review fails."
  type        = number
  default     = 5000
}
