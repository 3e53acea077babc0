terraform {
  required_providers {
    atlan = {
      source = "atlanhq/atlan"
    }
  }
}

# The address of the tenant and the API token come from the environment variables ATLAN_BASE_URL and ATLAN_API_KEY.
provider "atlan" {}
