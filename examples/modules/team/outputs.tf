output "group_id" {
  description = "GUID of the group."
  value       = atlan_group.team.id
}

output "internal_name" {
  description = "Name of the group in Atlan's API."
  value       = atlan_group.team.name
}
