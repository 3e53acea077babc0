output "pending" {
  description = "Those who have not accepted yet."
  value       = sort([for email, person in atlan_user_invites.all.people : email if person.status == "pending"])
}

output "group_id" {
  description = "GUID of the group."
  value       = atlan_group.newcomers.id
}
