//! SSO group mappings: one list for all readers, one mapping for each group, and what a gateway says proves nothing.

use std::time::Duration;

use atlan::{Client, Error, Existing, Group, IdpAlias, NewSsoGroupMapping, SsoGroupMappingUpdate};
use atlan_sim::{Moment, Rule, Sim};
use serde_json::json;

use crate::support::*;

const MAPPERS: &str = "/api/service/idp/okta/mappers";

fn okta() -> IdpAlias {
    "okta".parse().expect("an alias")
}

async fn mapped() -> (Sim, Client, Group) {
    let (sim, client) = tenant().await;
    let group = client.create_group(&stewards()).await.expect("made");
    sim.clear_journal();
    (sim, client, group)
}

fn new(client: &Client, group: &Group) -> NewSsoGroupMapping {
    NewSsoGroupMapping {
        idp_alias: okta(),
        name: client.new_mapping_name(&group.id),
        group: group.clone(),
        sso_group: "stewards".into(),
        attribute_name: "memberOf".into(),
    }
}

#[tokio::test]
async fn a_mapping_is_found_by_its_name_because_the_answer_has_no_id() {
    let (sim, client, group) = mapped().await;
    let made = client.create_sso_group_mapping(&new(&client, &group)).await.expect("made");
    assert_eq!((made.group_name.as_str(), made.group_id()), ("data_stewards", Some(group.id.clone())));
    assert_eq!(sim.journal().len(), 3, "look, create, look: {}", sim.journal());
    let again = client.create_sso_group_mapping(&new(&client, &group)).await;
    let Err(Error::AlreadyExists(Existing::SsoGroupMapping(existing))) = again else { panic!("{again:?}") };
    assert_eq!(existing.id, made.id);

    let update = SsoGroupMappingUpdate { sso_group: "Stewards".into(), attribute_name: "groups".into() };
    let changed = client.update_sso_group_mapping(&okta(), &made.id, &update).await.expect("changed");
    assert_eq!((changed.sso_group.as_str(), changed.attribute_name.as_str()), ("Stewards", "groups"));
    let writes = sim.journal().writes().len();
    client.update_sso_group_mapping(&okta(), &made.id, &update).await.expect("as it is");
    assert_eq!(sim.journal().writes().len(), writes, "nothing differs, so nothing is sent");

    client.delete_sso_group_mapping(&okta(), &made.id).await.expect("deleted");
    assert_eq!(client.sso_group_mapping(&okta(), &made.id).await.expect("read"), None);
    client.delete_sso_group_mapping(&okta(), &made.id).await.expect("gone is fine");
}

#[tokio::test]
async fn readers_at_the_same_time_share_one_list_and_absence_is_confirmed_once() {
    let (sim, client, group) = mapped().await;
    let made = client.create_sso_group_mapping(&new(&client, &group)).await.expect("made");
    // A run of its own, which knows nothing yet.
    let client = crate::support::client(&sim, |_| {});
    let idp = okta();
    sim.clear_journal();
    let read = || client.sso_group_mapping(&idp, &made.id);
    let (one, two, three) = tokio::join!(read(), read(), read());
    assert!([one, two, three].into_iter().all(|read| read.expect("read").is_some()));
    assert_eq!(sim.journal().count("GET", MAPPERS), 1, "{}", sim.journal());

    let nobody = "0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910".parse().expect("a GUID");
    let absent = || client.sso_group_mapping(&idp, &nobody);
    let (one, two) = tokio::join!(absent(), absent());
    assert_eq!((one.expect("read"), two.expect("read")), (None, None));
    assert!(sim.journal().count("GET", MAPPERS) <= 3, "{}", sim.journal());
}

#[tokio::test]
async fn a_provider_that_the_tenant_lacks_has_no_mapping_but_a_gateway_proves_nothing() {
    let (sim, client, _) = mapped().await;
    let id = "0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910".parse().expect("a GUID");
    let acme = "acme".parse().expect("an alias");
    assert_eq!(client.sso_group_mapping(&acme, &id).await.expect("no such provider"), None);
    let page = Rule { html: true, ..Rule::on("GET", MAPPERS).status(404) };
    sim.fault(page).expect("a rule");
    assert!(client.sso_group_mapping(&okta(), &id).await.is_err());
    sim.set_faults(vec![]).expect("rules");
    // Go writes an empty list as `null`.
    sim.fault(Rule { body: Some(json!("null")), ..Rule::on("GET", MAPPERS).status(200) }).expect("a rule");
    assert_eq!(client.sso_group_mapping(&okta(), &id).await.expect("an empty list"), None);
}

/// Atlan asks another service, and may take as long as for tokens: three times `request_timeout`.
#[tokio::test]
async fn a_mapping_that_shows_long_after_its_answer_was_lost_is_not_made_twice() {
    let (sim, _, group) = mapped().await;
    let client = client(&sim, |config| config.request_timeout = Duration::from_millis(400));
    sim.fault(Rule::on("POST", MAPPERS).drop(Moment::Before).late(Duration::from_millis(800)).times(1))
        .expect("a rule");
    let made = client.create_sso_group_mapping(&new(&client, &group)).await.expect("made");
    let all = client.sso_group_mappings(&okta()).await.expect("read");
    assert_eq!((all.len(), all[0].id == made.id), (1, true), "{}", sim.journal());
    assert_eq!(sim.journal().count("POST", MAPPERS), 1, "{}", sim.journal());
}
