# The id is GROUP/USER. GROUP is a GUID, an internal name such as "data_stewards", or "alias:" and the name shown in
# Atlan; USER is a GUID or an email address.
import {
  to = atlan_group_member.ada
  id = "alias:Data Stewards/ada@example.com"
}
