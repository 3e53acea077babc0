//! The guide Importing.

use super::Guide;
use crate::harness::{IDENTITY, Terraform, call, start};

pub(super) fn run(guide: &Guide, terraform: &Terraform) {
    let [by_text, by_identity] = ["by-text", "by-identity"].map(|name| guide.block(name));
    let (sim, ws) = start(terraform);
    let group = serde_json::json!({ "group": { "name": "stewards", "attributes": {
        "alias": ["Data Stewards"], "description": ["Own the glossary"] } } });
    call(&sim, "POST", "/api/service/groups", &group);
    ws.write(&by_text);
    ws.plan().does(&["import atlan_group.stewards"]);
    ws.apply().ok();
    ws.plan_is_empty();

    if !terraform.lacks(IDENTITY) {
        sim.admit("ada@example.com", "$member", false).unwrap();
        let id = sim.user("ada@example.com").unwrap().id;
        let ada = "resource \"atlan_user_invite\" \"ada\" {\n  email = \"ada@example.com\"\n  role = \"$member\"\n}\n";
        ws.write(&format!("{}\n{ada}", by_identity.replace("0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910", &id)));
        ws.plan().does(&["delete atlan_group.stewards", "import atlan_user_invite.ada"]);
    }
}
