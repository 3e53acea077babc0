"""Atlan's own Python SDK against the simulator: proof that the simulator speaks the API the SDK speaks.

`cargo xtask compat --sdks` runs it, with the SDK in a virtual environment that it installs once. By hand:

    python3 -m venv /tmp/pyatlan
    /tmp/pyatlan/bin/pip install pyatlan==9.10.3
    cargo build -p atlan-sim
    /tmp/pyatlan/bin/python crates/atlan-sim/tests/sdk/pyatlan_lifecycle.py target/debug/atlan-sim

It starts the given binary, walks through the life of groups, people, tokens and OAuth clients, and exits with 0
when every answer was what the SDK and this script expect.
"""

import json
import subprocess
import sys
import urllib.parse
import urllib.request

from pyatlan.client.atlan import AtlanClient
from pyatlan.errors import AuthenticationError, ConflictError, InvalidRequestError, NotFoundError
from pyatlan.model.group import AtlanGroup
from pyatlan.model.keycloak_events import AdminEventRequest, KeycloakEventRequest
from pyatlan.model.user import AtlanUser

EMAILS = ["Ada.Lovelace@Example.com", "alan.turing@example.com", "grace@example.com"]


class Simulator:
    """A running binary and its control routes."""

    def __init__(self, binary, *arguments):
        command = [binary, "--listen", "127.0.0.1:0", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.base_url, self.api_key = ready["base_url"], ready["api_key"]

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base_url}/_sim/{path}", data=data, method=method)
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def client(self, **credentials):
        return AtlanClient(base_url=self.base_url, **(credentials or {"api_key": self.api_key}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(timeout=10) == 0, "the simulator stops cleanly"


def raises(error, call):
    try:
        call()
    except error:
        return
    raise AssertionError(f"expected {error.__name__}")


def groups(client):
    created = client.group.create(AtlanGroup.create("Data Stewards"))
    group = client.group.get_by_name("Steward").records[0]
    assert (group.id, group.name, group.alias) == (created.group, "data_stewards", "Data Stewards")
    assert group.attributes.description is None
    raises(ConflictError, lambda: client.group.create(AtlanGroup.create("Data Stewards")))

    group.attributes = AtlanGroup.Attributes(description=["Own the glossary"])
    client.group.update(group)
    again = client.group.get_by_name("Data Stewards").records[0]
    assert again.attributes.description == ["Own the glossary"] and again.alias == "Data Stewards"

    page = client.group.get_all(limit=1)
    assert len({group.id for group in page}) == page.total_record, "paging yields each group once"
    few = client.group.get(limit=1, columns=["path"]).records[0]
    assert few.path and few.name and few.attributes is None and few.roles is None
    only = client.group.get(post_filter='{"name":"data_stewards"}', limit=1)
    assert only.filter_record == 1 and only.total_record > 1
    assert client.group_cache.get_id_for_name("data_stewards") == group.id
    return group.id


def people(sim, client, group):
    created = client.user.create([AtlanUser.create(email, "$guest") for email in EMAILS], return_info=True)
    # The SDK looks its invitees up as they were spelt, and the tenant compares with case.
    assert sorted(user.email for user in created) == EMAILS[1:]
    people = {user.email: user for user in client.user.get_by_emails([email.lower() for email in EMAILS])}
    assert sorted(people) == sorted(email.lower() for email in EMAILS)
    ada = people["ada.lovelace@example.com"]
    assert ada.username == "ada.lovelace" and ada.workspace_role == "$guest" and not ada.email_verified
    assert ada.attributes is not None and ada.attributes.designation is None
    raises(ConflictError, lambda: client.user.create([AtlanUser.create(EMAILS[0], "$guest")]))
    assert client.user.create([]) is None
    assert client.user.get_by_emails([]).records == []
    assert client.user.get_by_username("ada.lovelace").id == ada.id
    assert client.user.get_by_username("nobody") is None
    assert [user.id for user in client.user.get_by_email("LOVELACE")] == [ada.id]

    member = client.role_cache.get_id_for_name("$member")
    client.user.change_role(ada.id, member)
    assert client.user.get_by_username("ada.lovelace").workspace_role == "$member"

    client.user.add_to_groups(ada.id, [group])
    assert [user.id for user in client.group.get_members(group)] == [ada.id]
    joined = [(found.name, found.path) for found in client.user.get_groups(ada.id)]
    assert joined == [("data_stewards", "/data_stewards")]
    client.group.remove_users(group, [ada.id])
    client.group.remove_users(group)
    assert client.group.get_members(group).records == []

    raises(InvalidRequestError, lambda: client.user.update(ada.id, AtlanUser(first_name="Ada")))
    sim.control("POST", f"users/{urllib.parse.quote(ada.email)}/accept")
    changed = client.user.update(ada.id, AtlanUser(id=ada.id, first_name="Augusta"))
    assert (changed.first_name, changed.last_name) == ("Augusta", "Lovelace")
    everybody = client.user.get_all(limit=2)
    assert len({user.id for user in everybody}) == everybody.total_record

    current = client.user.get_current()
    assert current.username.startswith("service-account-apikey-")
    assert client.role_cache.is_api_token_user()
    return current


def tokens(client, current):
    mine = client.token.get_by_id(current.username)
    assert client.user.get_by_username(mine.attributes.created_by).workspace_role == "$admin"

    token = client.token.create("ci", "for tests", validity_seconds=3600)
    assert token.attributes.access_token
    assert client.token.get_by_name("ci").guid == token.guid
    updated = client.token.update(token.guid, "ci-2")
    assert updated.display_name == "ci-2"
    assert client.token.get_by_guid(token.guid).display_name == "ci-2"
    assert client.token.get().filter_record == 2
    client.token.purge(token.guid)
    assert client.token.get_by_guid(token.guid) is None


def oauth_clients(sim, client):
    # As Atlan's own tests of OAuth clients do: the persona first.
    (persona,) = client.asset.find_personas_by_name("Data Assets")
    raises(NotFoundError, lambda: client.asset.find_personas_by_name("Nobody"))
    created = client.oauth_client.create(
        name="ci", role="Admin", persona_qualified_names=[persona.qualified_name]
    )
    assert created.client_id.startswith("oauth-client-")
    as_client = sim.client(oauth_client_id=created.client_id, oauth_client_secret=created.client_secret)
    assert as_client.user.get_current().username == f"service-account-{created.client_id}"
    client.oauth_client.update(created.client_id, description="d")
    found = client.oauth_client.get_by_id(created.client_id)
    assert (found.display_name, found.description) == ("ci", "d")
    assert len(list(client.oauth_client.get(limit=1))) == 2
    client.oauth_client.purge(created.client_id)
    raises(NotFoundError, lambda: client.oauth_client.get_by_id(created.client_id))


def roles_and_logs(client, group):
    names = {role.name for role in client.role.get_all().records}
    assert {"$admin", "$member", "$guest"} <= names
    events = client.admin.get_admin_events(AdminEventRequest())
    assert any(event.resource_type.value == "GROUP" for event in events)
    logins = client.admin.get_keycloak_events(KeycloakEventRequest(date_from="2024-01-01"))
    assert sum(1 for _ in logins) >= 2

    found = client.group.get_by_name("Data Stewards").records[0]
    mapping = client.sso.create_group_mapping(sso_alias="okta", atlan_group=found, sso_group_name="sso")
    assert mapping.name.startswith(group)
    listed = client.sso.get_all_group_mappings(sso_alias="okta")
    assert [mapper.config.attribute_value for mapper in listed] == ["sso"]
    client.sso.delete_group_mapping(sso_alias="okta", group_map_id=listed[0].id)
    assert client.sso.get_all_group_mappings(sso_alias="okta") == []


def trouble(sim, client, group):
    client.group.purge(group)
    raises(NotFoundError, lambda: client.group.purge(group))
    assert client.group.get_by_name("Data Stewards").records == []
    raises(AuthenticationError, lambda: sim.client(api_key="wrong").user.get_current())
    sim.control("PUT", "faults", [{"status": 503, "count": 1}, {"drop": "after", "count": 1}])
    assert client.user.get_current().username, "the SDK tries again"
    sim.control("PUT", "settings", {"count_absent": "omit", "empty_records": "null", "void_body": "null"})
    client.group.create(AtlanGroup.create("Another"))
    assert [found.name for found in client.group.get_by_name("Another")] == ["another"]


def main():
    binary = sys.argv[1] if len(sys.argv) > 1 else "target/debug/atlan-sim"
    with Simulator(binary, "--users", "5", "--groups", "3") as sim:
        client = sim.client()
        group = groups(client)
        current = people(sim, client, group)
        tokens(client, current)
        oauth_clients(sim, client)
        roles_and_logs(client, group)
        trouble(sim, client, group)
        refused = [entry for entry in sim.control("GET", "requests") if entry["status"] == 500]
        assert not refused, refused
    print("pyatlan works against the simulator")


if __name__ == "__main__":
    main()
