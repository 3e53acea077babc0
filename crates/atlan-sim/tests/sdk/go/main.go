// Atlan's Go SDK against the simulator: a group and a person, from creation to deletion.
//
// `cargo xtask compat --sdks` runs it where the SDK's module can be downloaded. It takes the tenant from ATLAN_BASE_URL
// and ATLAN_API_KEY, and exits with 0 when every answer was as expected.
package main

import (
	"fmt"
	"os"

	"github.com/atlanhq/atlan-go/atlan/assets"
)

const (
	alias = "Data Stewards"
	email = "ada@example.com"
)

// check ends the program with a message unless everything is as expected.
func check(what string, err error, holds bool) {
	if err != nil || !holds {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func main() {
	assets.NewContext()
	groups, users := &assets.GroupClient{}, &assets.UserClient{}

	draft, err := (&assets.AtlanGroup{}).Create(alias)
	check("build a group", err, draft != nil)
	created, err := groups.Create(draft, nil)
	check("create the group", err, created != nil && created.Group != "")
	id := created.Group

	found, err := groups.GetByName("Steward", 20, 0)
	check("find the group", err, len(found) == 1 && *found[0].ID == id && *found[0].Name == "data_stewards")

	change, err := (&assets.AtlanGroup{}).Updater(id, "/data_stewards")
	check("build a change", err, change != nil)
	change.Attributes.Alias = []string{alias}
	change.Attributes.Description = []string{"Own the glossary"}
	check("change the group", groups.Update(change), true)
	found, err = groups.GetByName(alias, 20, 0)
	check("see the change", err, len(found) == 1 && found[0].Attributes.Description[0] == "Own the glossary")

	person := assets.AtlanUser{Email: email, WorkspaceRole: "$guest"}
	invited, err := users.CreateUsers([]assets.AtlanUser{person}, true)
	check("invite a person", err, len(invited) == 1 && invited[0].Email == email)
	ada := invited[0].ID

	role, err := assets.GetRoleIDForRoleName("$member")
	check("find a role", err, role != "")
	check("change the person's role", users.ChangeUserRole(ada, role), true)
	listed, err := users.GetByEmails([]string{email}, 20, 0)
	check("find the person", err, len(listed) == 1 && listed[0].WorkspaceRole == "$member")

	check("add the person to the group", users.AddUserToGroups(ada, []string{id}), true)
	members, err := groups.GetMembers(id, nil)
	check("list the members", err, len(members) == 1 && members[0].ID == ada)
	joined, err := users.GetGroups(ada, nil)
	check("list the person's groups", err, len(joined) == 1 && *joined[0].ID == id)
	check("remove the member", groups.RemoveUsers(id, []string{ada}), true)
	members, err = groups.GetMembers(id, nil)
	check("list no members", err, len(members) == 0)

	check("delete the group", groups.Purge(id), true)
	found, err = groups.GetByName(alias, 20, 0)
	check("find no group", err, len(found) == 0)
	fmt.Println("atlan-go works against the simulator")
}
