# The id is a GUID, an internal name such as "data_stewards", or "alias:" and the name shown in Atlan.
import {
  to = atlan_group_members.stewards
  id = "alias:Data Stewards"
}
