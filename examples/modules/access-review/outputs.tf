output "review" {
  description = "What differs, as evidence."
  value = {
    unexpected        = local.unexpected
    missing           = local.missing
    wrong_roles       = local.wrong_roles
    unexpected_admins = local.unexpected_admins
  }
}
