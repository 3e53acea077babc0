# terraform query -generate-config-out=generated.tf
list "atlan_user_role" "admins" {
  provider         = atlan
  include_resource = true
  limit            = 10000

  config {
    role = "$admin"
  }
}
