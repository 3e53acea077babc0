# The id is the alias of the identity provider, "/", and Atlan's id of the mapping or "group:" and the internal name of the group.
import {
  to = atlan_sso_group_mapping.stewards
  id = "okta/group:data_stewards"
}
