import {
  to = atlan_group_member.ada
  identity = {
    group_id = "6f1d3c2a-8f0e-4a57-9a0b-2c4d5e6f7a8b"
    user_id  = "0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910"
  }
}
