import {
  to = atlan_user_role.ada
  identity = {
    id = "0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910"
  }
}
