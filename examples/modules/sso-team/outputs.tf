output "group_id" {
  description = "GUID of the group."
  value       = atlan_group.team.id
}

output "not_signed_in_yet" {
  description = "Those who have a role in the list and are not in the tenant yet."
  value       = module.tenant.missing
}
