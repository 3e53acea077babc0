# By GUID of the group
terraform import atlan_group_members.stewards 6f1d3c2a-8f0e-4a57-9a0b-2c4d5e6f7a8b

# By internal name
terraform import atlan_group_members.stewards data_stewards

# By the name shown in Atlan
terraform import atlan_group_members.stewards 'alias:Data Stewards'
