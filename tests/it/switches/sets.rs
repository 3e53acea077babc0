//! All members of a group as one set.

use serde_json::json;

use super::life::{ADA, Life, Step, apply, check};
use crate::harness::*;

impl Life {
    /// Ada and somebody else are the members of a group, then Ada alone, then nobody. A refusal of one does not hold up the other.
    pub(super) async fn set_of_members(&self, is_pending: bool) -> Step {
        let others = self.sim.user(ADA).map(|user| user.groups);
        let groups = self.sim.groups();
        let group = groups.iter().find(|group| group.name == "data_teams").ok_or("the group is gone")?;
        let somebody = self.sim.users().into_iter().find(|user| !user.pending && user.email != ADA);
        let somebody = somebody.ok_or("nobody is there")?;
        let both = json!({ "group_id": group.id, "members": [ADA, somebody.id] });
        let mut set = self.core.resource("atlan_group_members");
        let refuses = is_pending && self.law.is("group_add_pending", "reject");
        if refuses {
            let applied = set.try_apply(both).await.map_err(|report| format!("one of two: {report}"))?;
            let said = applied.report().to_string();
            check!(said.contains("has not accepted the invitation yet"), "{said}");
            check!(set.state()["failed"].get(ADA).is_some() && !set.is_tainted(), "{}", set.state());
            check!(members(&self.sim, &group.id) == [somebody.email.clone()], "the other one did not join");
        } else {
            apply(&mut set, both).await?;
            check!(members(&self.sim, &group.id).len() == 2, "not both are in the group");
            apply(&mut set, json!({ "group_id": group.id, "members": [ADA] })).await?;
            check!(members(&self.sim, &group.id) == [ADA], "somebody else is in the group");
            let mut imported = self.core.resource("atlan_group_members");
            imported.try_import("alias:Data teams").await.map_err(|report| report.to_string())?;
            let same = |part: &str| imported.state()[part] == set.state()[part];
            check!(same("members") && same("user_ids"), "imported: {}", imported.state());
        }
        set.try_destroy().await.map_err(|report| format!("the members stay: {report}"))?;
        check!(members(&self.sim, &group.id).is_empty() && set.state().is_null(), "somebody is left");
        let left = self.sim.user(ADA).map(|user| user.groups);
        check!(left == others, "other memberships: {left:?} and not {others:?}");
        Ok(())
    }
}
