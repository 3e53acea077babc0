output "role" {
  value = provider::atlan::role_name("Admin") # $admin
}
