//! Lists `atlan_user_role`: all people, since each has a role.

use tfplug::{CallCx, List, ListSink, Result, State};

use super::people::{self, OfPerson, PeopleFilter};
use crate::provider::Atlan;
use crate::resources::{UserRole, user_role_state};
use crate::types::Role;

impl List for UserRole {
    type Filter = PeopleFilter;

    async fn list(cx: &CallCx<'_, Atlan>, filter: &PeopleFilter, sink: &ListSink<Self>) -> Result<()> {
        people::list(cx, filter, sink).await
    }
}

impl OfPerson for UserRole {
    async fn object(_: &CallCx<'_, Atlan>, user: atlan::User, role: Role) -> Result<State<Self>> {
        Ok(user_role_state(user, role, None))
    }
}
