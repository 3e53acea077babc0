# The id is an email address or a GUID.
import {
  to = atlan_user_role.ada
  id = "ada@example.com"
}
