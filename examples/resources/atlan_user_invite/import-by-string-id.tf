# The id is an email address or a GUID.
import {
  to = atlan_user_invite.ada
  id = "ada@example.com"
}
