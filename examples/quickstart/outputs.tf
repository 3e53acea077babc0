output "group_guids" {
  description = "GUIDs of the groups."
  value       = { for key, group in atlan_group.this : key => group.id }
}

output "people" {
  description = "GUIDs of the people, and where their invitations stand."
  value = {
    for email, invite in atlan_user_invite.this : email => {
      guid   = invite.id
      role   = invite.role
      status = invite.status
    }
  }
}
