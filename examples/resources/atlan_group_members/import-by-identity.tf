import {
  to = atlan_group_members.stewards
  identity = {
    group_id = "6f1d3c2a-8f0e-4a57-9a0b-2c4d5e6f7a8b"
  }
}
