// Atlan's Java SDK, used from Kotlin, against the simulator: a group and a person, from creation to deletion.
//
// `cargo xtask compat --sdks` runs it where the SDK's package can be downloaded. It takes the tenant from ATLAN_BASE_URL
// and ATLAN_API_KEY, and ends without an exception when every answer was as expected.

import com.atlan.AtlanClient
import com.atlan.model.admin.AtlanGroup
import com.atlan.model.admin.AtlanUser

const val ALIAS = "Data Stewards"
const val EMAIL = "ada@example.com"

fun main() {
    AtlanClient(System.getenv("ATLAN_BASE_URL"), System.getenv("ATLAN_API_KEY")).use { client ->
        val id = AtlanGroup.creator(ALIAS).build().create(client)
        val created = AtlanGroup.get(client, "Steward").single()
        check(created.id == id && created.name == "data_stewards") { "find the group" }

        AtlanGroup.updater(id, created.path)
            .attributes(AtlanGroup.GroupAttributes.builder().description(listOf("Own the glossary")).build())
            .build()
            .update(client)
        val group = AtlanGroup.get(client, ALIAS).single()
        check(group.attributes.description == listOf("Own the glossary")) { "see the change" }

        AtlanUser.creator(EMAIL, "\$guest").build().create(client)
        val invited = AtlanUser.getByEmail(client, EMAIL).single()
        invited.changeRole(client, client.roleCache.getIdForName("\$member"))
        val ada = AtlanUser.getByEmail(client, EMAIL).single()
        check(ada.workspaceRole == "\$member") { "the person's role" }

        ada.addToGroups(client, listOf(id))
        check(group.fetchUsers(client).records.map { it.id } == listOf(ada.id)) { "list the members" }
        check(ada.fetchGroups(client).records.map { it.id } == listOf(id)) { "list the person's groups" }
        group.removeUsers(client, listOf(ada.id))
        check(group.fetchUsers(client).records.isNullOrEmpty()) { "list no members" }

        AtlanGroup.delete(client, id)
        check(AtlanGroup.get(client, ALIAS).isNullOrEmpty()) { "find no group" }
    }
    println("atlan-java works against the simulator from Kotlin")
}
