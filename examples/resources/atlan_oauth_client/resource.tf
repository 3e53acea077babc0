terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

# The secret goes into the state: everybody who can read the state can read it.
resource "atlan_oauth_client" "pipeline" {
  display_name = "pipeline"
  description  = "Runs at night"
  role         = "$member"
  store_secret = true

  # The old client works until everything that depends on it has the new one.
  lifecycle {
    create_before_destroy = true
  }
}

output "pipeline_client_id" {
  value = atlan_oauth_client.pipeline.client_id
}

output "pipeline_client_secret" {
  value     = atlan_oauth_client.pipeline.client_secret
  sensitive = true
}
