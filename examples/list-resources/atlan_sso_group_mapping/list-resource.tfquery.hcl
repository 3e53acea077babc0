# terraform query -generate-config-out=generated.tf
list "atlan_sso_group_mapping" "okta" {
  provider         = atlan
  include_resource = true
  limit            = 10000

  config {
    idp_alias = "okta"
  }
}
