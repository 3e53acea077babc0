//! Identities of several parts: imported by, upgraded, listed.

use serde_json::{Value, json};

use crate::workspace::Workspace;

const NAMED: &str = r#"
resource "shapes_named" "it" {
  region = "elm"
  number = 7
  real   = true
  zones  = ["a"]
  note   = "here"
}
"#;

fn stored(workspace: &Workspace) -> Value {
    let state: Value = serde_json::from_str(&workspace.state_file()).unwrap();
    let instance = &state["resources"][0]["instances"][0];
    json!([instance["identity_schema_version"], instance["identity"]])
}

pub(crate) fn every_kind_of_part_names_an_object(workspace: &Workspace) {
    workspace.configure(NAMED);
    workspace.apply([1, 0, 0]);
    let identity = json!({"region": "elm", "number": 7, "real": true, "zones": ["a"], "suffix": null});
    assert_eq!(stored(workspace), json!([1, identity]));
    std::fs::remove_file(workspace.path("terraform.tfstate")).unwrap();
    workspace.configure(&format!(
        "{NAMED}\nimport {{\n  to = shapes_named.it\n  identity = {{\n    region = \"elm\"\n    number = 7\n    real = true\n    \
         zones = [\"a\"]\n  }}\n}}"
    ));
    let said = workspace.run(&["apply", "-auto-approve"]);
    assert!(said.contains("1 imported, 0 added, 0 changed, 0 destroyed"), "{said}");
    assert_eq!(stored(workspace), json!([1, identity]));

    // By text, several at once.
    std::fs::remove_file(workspace.path("terraform.tfstate")).unwrap();
    let beech =
        json!({"region": "beech", "number": 8, "real": true, "zones": ["a"], "suffix": "x", "note": null});
    workspace.put_book("named-beech-8-real-a-x", &beech);
    workspace.configure(
        r#"
        locals { all = { "elm/7" = "here", "beech/8/x" = null } }
        import {
          for_each = local.all
          to       = shapes_named.them[each.key]
          id       = each.key
        }
        resource "shapes_named" "them" {
          for_each = local.all
          region   = split("/", each.key)[0]
          number   = tonumber(split("/", each.key)[1])
          real     = true
          zones    = ["a"]
          suffix   = try(split("/", each.key)[2], null)
          note     = each.value
        }
        "#,
    );
    let said = workspace.run(&["apply", "-auto-approve"]);
    assert!(said.contains("2 imported, 0 added, 0 changed, 0 destroyed"), "{said}");
    workspace.assert_no_changes();
}

pub(crate) fn an_identity_of_version_0_is_upgraded(workspace: &Workspace) {
    workspace.configure(NAMED);
    workspace.apply([1, 0, 0]);
    let now = stored(workspace);
    workspace.change_state(|state| {
        let instance = &mut state["resources"][0]["instances"][0];
        instance["identity_schema_version"] = json!(0);
        instance["identity"] = json!({"path": "elm/7"});
    });
    workspace.run(&["apply", "-auto-approve", "-refresh-only"]);
    assert_eq!(stored(workspace), now);

    // A state from before there were identities.
    workspace.change_state(|state| {
        let instance = state["resources"][0]["instances"][0].as_object_mut().unwrap();
        instance.remove("identity_schema_version");
        instance.remove("identity");
    });
    workspace.run(&["apply", "-auto-approve", "-refresh-only"]);
    assert_eq!(stored(workspace), now);

    workspace.change_state(|state| {
        let instance = &mut state["resources"][0]["instances"][0];
        instance["identity_schema_version"] = json!(0);
        instance["identity"] = json!({"path": "elm/seven"});
    });
    let said = workspace.fail(&["plan"]);
    assert!(said.contains("Could not read the stored identity of shapes_named"), "{said}");
}

pub(crate) fn objects_are_found_by_query_and_imported(workspace: &Workspace) {
    for number in 1..=4 {
        let region = if number == 4 { "oak" } else { "elm" };
        let name = format!("named-{region}-{number}-real-a-");
        let object = json!({"region": region, "number": number, "real": true, "zones": ["a"], "suffix": null, "note": "n"});
        workspace.put_book(&name, &object);
    }
    workspace.configure("");
    let elms = "list \"shapes_named\" \"elms\" {\n  provider = shapes\n  include_resource = true\n  config {\n    region = \"elm\"\n  }\n}\n";
    let first = "list \"shapes_named\" \"first\" {\n  provider = shapes\n  limit = 1\n}\n";
    workspace.write("all.tfquery.hcl", &format!("{elms}{first}"));
    let said = workspace.run(&["query", "-json"]);
    let found: Vec<Value> = said
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["type"] == "list_resource_found")
        .map(|line| line["list_resource_found"].clone())
        .collect();
    let of = |address: &str| found.iter().filter(|found| found["address"] == address).collect::<Vec<_>>();
    let (all, one) = (of("list.shapes_named.elms"), of("list.shapes_named.first"));
    assert_eq!((all.len(), one.len()), (3, 1), "{said}");
    assert_eq!(all[0]["identity"]["zones"], json!(["a"]));
    assert_eq!(all[2]["resource_object"]["note"], "n");
    assert!(one[0].get("resource_object").is_none_or(Value::is_null), "{said}");

    // What a query writes is a configuration.
    workspace.write("all.tfquery.hcl", elms);
    workspace.run(&["query", "-generate-config-out=found.tf"]);
    let said = workspace.run(&["apply", "-auto-approve"]);
    assert!(said.contains("3 imported, 0 added, 0 changed, 0 destroyed"), "{said}");
    workspace.assert_no_changes();
}

pub(crate) fn a_move_hands_over_identity_and_private_values(workspace: &Workspace) {
    workspace.configure(NAMED);
    workspace.apply([1, 0, 0]);
    workspace.configure(
        "moved {\n  from = shapes_named.it\n  to   = shapes_heir.it\n}\nresource \"shapes_heir\" \"it\" {\n  note = \"here\"\n}",
    );
    workspace.apply([0, 0, 0]);
    // Terraform knows identities since 1.12.
    let inherited = if workspace.minor >= 12 { "elm, elm" } else { "none, elm" };
    assert_eq!(workspace.state("shapes_heir.it")["inherited"], inherited);
}
