//! Lists `atlan_user_invite`: all people who have a seat, invited or not, because the resource manages both.

use tfplug::{CallCx, List, ListSink, Result, State};

use super::people::{self, OfPerson, PeopleFilter};
use crate::provider::Atlan;
use crate::resources::{OnDestroy, UserInvite, UserInviteArgs, user_invite_computed};
use crate::types::{OnExisting, Role};

impl List for UserInvite {
    type Filter = PeopleFilter;

    async fn list(cx: &CallCx<'_, Atlan>, filter: &PeopleFilter, sink: &ListSink<Self>) -> Result<()> {
        people::list(cx, filter, sink).await
    }
}

impl OfPerson for UserInvite {
    async fn object(cx: &CallCx<'_, Atlan>, user: atlan::User, role: Role) -> Result<State<Self>> {
        let role_id = cx.client.role_by_name(role.into()).await?.id;
        let computed = user_invite_computed(&user, role_id.into());
        let args = UserInviteArgs {
            email: user.email.into(),
            role,
            on_existing: OnExisting::default(),
            on_destroy: OnDestroy::Revoke,
        };
        Ok(State { args, computed })
    }
}
