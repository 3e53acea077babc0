# By email address, in any case
terraform import atlan_user_role.ada ada@example.com

# By GUID
terraform import atlan_user_role.ada 0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910
