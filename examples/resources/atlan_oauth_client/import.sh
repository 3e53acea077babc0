# By GUID
terraform import atlan_oauth_client.pipeline 6f1d3c2a-8f0e-4a57-9a0b-2c4d5e6f7a8b

# By client id
terraform import atlan_oauth_client.pipeline oauth-client-8192fc4d-2b1a-4c3d-9e5f-6a7b8c9d0e1f

# By the name shown in Atlan
terraform import atlan_oauth_client.pipeline name:pipeline
