import com.atlan.AtlanClient;
import com.atlan.model.admin.AtlanGroup;
import com.atlan.model.admin.AtlanUser;
import java.util.List;

/**
 * Atlan's Java SDK against the simulator: a group and a person, from creation to deletion.
 *
 * <p>{@code cargo xtask compat --sdks} runs it where the SDK's package can be downloaded. It takes the tenant from
 * ATLAN_BASE_URL and ATLAN_API_KEY, and ends without an exception when every answer was as expected.
 */
public final class Lifecycle {
    private static final String ALIAS = "Data Stewards";
    private static final String EMAIL = "ada@example.com";

    private Lifecycle() {}

    private static void check(String what, boolean holds) {
        if (!holds) {
            throw new IllegalStateException(what);
        }
    }

    public static void main(String[] arguments) throws Exception {
        try (AtlanClient client = new AtlanClient(System.getenv("ATLAN_BASE_URL"), System.getenv("ATLAN_API_KEY"))) {
            String id = AtlanGroup.creator(ALIAS).build().create(client);
            List<AtlanGroup> groups = AtlanGroup.get(client, "Steward");
            check("find the group", groups.size() == 1 && groups.get(0).getId().equals(id));
            AtlanGroup group = groups.get(0);
            check("the group's name", group.getName().equals("data_stewards"));

            AtlanGroup.updater(id, group.getPath())
                    .attributes(AtlanGroup.GroupAttributes.builder()
                            .description(List.of("Own the glossary"))
                            .build())
                    .build()
                    .update(client);
            group = AtlanGroup.get(client, ALIAS).get(0);
            check("see the change", group.getAttributes().getDescription().equals(List.of("Own the glossary")));

            AtlanUser.creator(EMAIL, "$guest").build().create(client);
            AtlanUser ada = AtlanUser.getByEmail(client, EMAIL).get(0);
            check("find the person", ada.getEmail().equals(EMAIL));
            ada.changeRole(client, client.getRoleCache().getIdForName("$member"));
            ada = AtlanUser.getByEmail(client, EMAIL).get(0);
            check("the person's role", ada.getWorkspaceRole().equals("$member"));

            ada.addToGroups(client, List.of(id));
            check("list the members", group.fetchUsers(client).getRecords().size() == 1);
            check("list the person's groups", ada.fetchGroups(client).getRecords().size() == 1);
            group.removeUsers(client, List.of(ada.getId()));
            List<AtlanUser> members = group.fetchUsers(client).getRecords();
            check("list no members", members == null || members.isEmpty());

            AtlanGroup.delete(client, id);
            groups = AtlanGroup.get(client, ALIAS);
            check("find no group", groups == null || groups.isEmpty());
        }
        System.out.println("atlan-java works against the simulator");
    }
}
