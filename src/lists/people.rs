//! What the lists of the two resources about people share: who is listed, and by which filters.

use tfplug::{Args, Attempting as _, CallCx, ListSink, Resource, Result, State};

use crate::data_sources::users::{domain, is_of_domain};
use crate::provider::Atlan;
use crate::resources::ById;
use crate::types::{Role, Status};

/// People of the tenant, invited or active, in the order of their user names. Accounts without an email address are left
/// out. Without arguments, the list has all people; with several arguments, the people who match all of them.
///
/// The provider's credential must be allowed to read people. An API token may do so; an OAuth client may if its role
/// allows it.
///
/// Requires Terraform 1.14 or later. In earlier versions and in OpenTofu, `import` blocks with `for_each` over the data
/// source `atlan_users` do the same.
#[derive(Args)]
#[args(timeouts(read = "30m"))]
pub struct PeopleFilter {
    /// Workspace role.
    pub role: Option<Role>,
    /// Status.
    pub status: Option<Status>,
    /// Domain of the email address: what follows the `@`. Case makes no difference.
    #[attr(check = domain())]
    pub email_domain: Option<String>,
    /// Whether SCIM manages the person. If the tenant does not say, the person matches neither value.
    pub is_scim: Option<bool>,
}

impl PeopleFilter {
    fn fits(&self, user: &atlan::User) -> bool {
        self.role.is_none_or(|role| user.role == Some(role.into()))
            && self.status.is_none_or(|status| Status::from(user.status) == status)
            && self.email_domain.as_ref().is_none_or(|domain| is_of_domain(&user.email, domain))
            && self.is_scim.is_none_or(|is_scim| user.is_scim == Some(is_scim))
    }
}

/// A resource that is about one person.
pub(super) trait OfPerson: Resource<Provider = Atlan, Id = ById> {
    /// A person as an object of the resource.
    fn object(
        cx: &CallCx<'_, Atlan>,
        user: atlan::User,
        role: Role,
    ) -> impl Future<Output = Result<State<Self>>> + Send;
}

/// Streams the people who fit.
///
/// # Errors
/// Failures of the requests.
pub(super) async fn list<R: OfPerson>(
    cx: &CallCx<'_, Atlan>,
    filter: &PeopleFilter,
    sink: &ListSink<R>,
) -> Result<()> {
    let asked = || "list people".to_owned();
    let mut pages = cx.client.user_pages();
    while let Some(users) = pages.next().await.attempting(asked)? {
        for user in users.into_iter().filter(|user| filter.fits(user)) {
            let id = ById { id: user.id.clone().into() };
            // The resource needs a role, so an import of such a person would fail.
            let Some(role) = user.role else {
                cx.warning(
                    format!("{} was left out", user.email),
                    "Atlan's record of the person names none of $admin, $member and $guest, so the person cannot be \
                     imported. Give the person a role in Atlan first.",
                );
                continue;
            };
            let label = format!("{} ({role}, {})", user.email, user.status);
            if sink.include_resource() {
                sink.send(label, &id, &R::object(cx, user, role.into()).await.attempting(asked)?).await?;
            } else {
                sink.send_identity(label, &id).await?;
            }
        }
    }
    Ok(())
}
