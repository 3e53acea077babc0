# By the internal name of the group
terraform import atlan_sso_group_mapping.stewards okta/group:data_stewards

# By Atlan's id of the mapping
terraform import atlan_sso_group_mapping.stewards okta/6f1d3c2a-8f0e-4a57-9a0b-2c4d5e6f7a8b
