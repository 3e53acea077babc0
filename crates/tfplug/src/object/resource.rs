//! Managed resources.

use std::future::Future;

use super::{Change, Config, CreateCx, Cx, IdentityUpgrades, Moves, PlanCx, Provider, Upgrades};
use crate::diag::{Diagnostics, Error, Result};
use crate::schema::{Args, Computed, Fields as _, Identity};

/// One kind of object that Terraform creates, reads, changes and deletes.
///
/// The framework does the rest: it validates by the schema, fills in defaults, decides what is known after apply and
/// what forces replacement, keeps the practitioner's spelling where values mean the same, checks Terraform's rules
/// before an answer leaves, and turns errors and panics into diagnostics without losing what exists.
pub trait Resource: Send + Sync + Sized + 'static {
    /// Name without the provider's prefix: `order` for `shop_order`.
    const NAME: &'static str;

    /// The provider it belongs to.
    type Provider: Provider;

    /// What names one object of this kind for all its life.
    type Id: Identity;

    /// What the configuration may say.
    type Args: Args;

    /// What the provider answers.
    type Computed: Computed;

    /// Checks that one attribute alone cannot decide. No network; anything may be unknown. Runs when every attribute
    /// has passed its own checks.
    fn validate(config: &Config<'_, Self::Args>, diagnostics: &mut Diagnostics) {
        let _ = (config, diagnostics);
    }

    /// Refines the plan of a create or update, after defaults and known-after-apply have been decided. It must give the
    /// same answer for the same input: Terraform plans again while it applies.
    fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, change);
        async { Ok(()) }
    }

    /// Called when a delete is planned; may warn or refuse. Not called for the delete half of a replacement. For an
    /// object whose creation is unclear, [`Resource::plan_delete_unclear`] is called instead.
    fn plan_delete(cx: &PlanCx<'_, Self>, prior: &State<Self>) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, prior);
        async { Ok(()) }
    }

    /// As [`Resource::plan_delete`], for an object whose creation was attempted but never confirmed (see
    /// [`CreateCx::attempted`]). Terraform plans the destroy of an object that left the configuration before it reads
    /// the object, so this is called although a read may find it.
    fn plan_delete_unclear(
        cx: &PlanCx<'_, Self>,
        args: &Self::Args,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, args);
        async { Ok(()) }
    }

    /// Creates the object. Call [`CreateCx::created`] once it exists: from then on no failure loses it.
    fn create(
        cx: &CreateCx<'_, Self>,
        args: &Self::Args,
    ) -> impl Future<Output = Result<Self::Computed>> + Send;

    /// Reads the object; `None` when it no longer exists.
    ///
    /// `prior` is the object as the state has it. It is `None` in three cases only:
    ///
    /// - right after an import;
    /// - if the state lacks something that the structs demand, because the create failed after [`CreateCx::created`] and before
    ///   a [`Cx::checkpoint`], or because an answer could not be stored or read back. Where all that it lacks is an `Option`,
    ///   `prior` is a `Some` that has `None` there;
    /// - in the read that comes before a delete if the state lacks something that the structs demand and nothing has read the
    ///   object since (`-refresh=false`), because [`Resource::delete`] gets whole objects only.
    ///
    /// A state that lacks an attribute which was added to the structs later is a `Some`: an argument has its default, else the
    /// attribute is null, so `None` in an `Option`. For any other type of field, of an argument as well, the read fails with an
    /// error instead: raise the `version` and write an upgrade that says what the value was.
    fn read(
        cx: &Cx<'_, Self>,
        id: &Self::Id,
        prior: Option<State<Self>>,
    ) -> impl Future<Output = Result<Option<State<Self>>>> + Send;

    /// Changes the object to what `args` say.
    fn update(
        cx: &Cx<'_, Self>,
        id: &Self::Id,
        prior: &State<Self>,
        args: &Self::Args,
    ) -> impl Future<Output = Result<Self::Computed>> + Send;

    /// Deletes the object. That it no longer exists is success. `prior` is the whole object as the state has it. Where the
    /// state has less, because the creation failed half-way and nothing has read the object since (`-refresh=false`), the
    /// framework calls [`Resource::find`] or [`Resource::read`] first: `prior` is what that answered, an object that it does
    /// not find counts as deleted, and an error of it keeps the object in the state.
    fn delete(
        cx: &Cx<'_, Self>,
        id: &Self::Id,
        prior: &State<Self>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Whether there is a [`Resource::find`], which [`CreateCx::attempted`] demands. Neither compiles without the other.
    const FINDS: bool = false;

    /// Finds an object whose creation was attempted but never confirmed (see [`CreateCx::attempted`]). `None` when there is
    /// none: then it leaves the state. Called by a read, and by a delete that no read came before; `cx.private` holds what that
    /// call got, so for a delete what was planned.
    ///
    /// The next apply destroys what this answers. So answer only what is proven to be the object that was attempted: keep an
    /// idempotency key in `cx.private` before [`CreateCx::attempted`], send it along, and compare it here. If the key is
    /// missing, as in the delete half of a replacement with `-refresh=false`, answer an error that names the way out
    /// (`terraform state rm`, import), never `None`.
    fn find(
        cx: &Cx<'_, Self>,
        args: &Self::Args,
    ) -> impl Future<Output = Result<Option<State<Self>>>> + Send {
        const {
            assert!(!Self::FINDS, "`const FINDS: bool = true` needs a `find`, which is missing");
        }
        let _ = (cx, args);
        async { Ok(None) }
    }

    /// Reads the text of `terraform import` or of an `import` block's `id`. By default it holds the attributes of the
    /// identity that an import must give, with `/` between them: see [`Identity::from_text`].
    fn import(cx: &Cx<'_, Self>, text: &str) -> impl Future<Output = Result<Self::Id>> + Send {
        let _ = cx;
        let id = Self::Id::from_text(text, '/');
        async { id }
    }

    /// The error of an import whose object does not exist: what was looked for, and where. By default it names the identity.
    fn missing(cx: &Cx<'_, Self>, id: &Self::Id) -> Error {
        let _ = cx;
        let parts = id.to_object().into_iter().filter(|(_, value)| !value.is_null());
        let parts: Vec<String> = parts.map(|(name, value)| format!("{name} = {value}")).collect();
        Error::new(
            "Nothing to import",
            format!("There is no {}_{} with {}.", Self::Provider::NAME, Self::NAME, parts.join(", ")),
        )
    }

    /// How states of older schema versions become the current one.
    fn upgrades() -> Upgrades<Self> {
        Upgrades::none()
    }

    /// How identities of older versions become the current one.
    fn identity_upgrades() -> IdentityUpgrades<Self::Id> {
        IdentityUpgrades::none()
    }

    /// Which other resource types a `moved` block may turn into this one.
    fn moves() -> Moves<Self> {
        Moves::none()
    }
}

/// The whole of one object: what the configuration says and what the provider answered.
pub struct State<R: Resource> {
    /// What the configuration says, or would have to say to describe the object as it is.
    pub args: R::Args,
    /// What the provider answered. An attribute of both structs has one value, so a handler answers the same in both. Where a
    /// read answers two, the one that differs from the state counts, and it is an error if both do.
    pub computed: R::Computed,
}
