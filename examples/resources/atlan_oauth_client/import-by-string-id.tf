# The id is a GUID, a client id, or "name:" and the name shown in Atlan.
import {
  to = atlan_oauth_client.pipeline
  id = "name:pipeline"
}
