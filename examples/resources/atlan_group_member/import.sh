# By GUIDs: of the group, then of the person
terraform import atlan_group_member.ada 6f1d3c2a-8f0e-4a57-9a0b-2c4d5e6f7a8b/0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910

# By the internal name of the group and the email address of the person
terraform import atlan_group_member.ada data_stewards/ada@example.com

# By the name shown in Atlan
terraform import atlan_group_member.ada 'alias:Data Stewards/ada@example.com'
