//! What private values each call sees, and what becomes of objects that the state knows only in part: the same commands by
//! the real Terraform and by `Core`.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use tfplug::testing::{Core, Instance};
use tfplug::value::Type;
use tfplug::{
    Args, At, Change, Computed, ConfigureCx, CreateCx, Cx, Diagnostic, Diagnostics, Dynamic, Error, Identity,
    PlanCx, Private, PrivateKey, Provider, Registry, Resource, Result, Sensitive, State,
};

use crate::shapes::Shelf;
use crate::workspace::Workspace;

/// Parcels in a folder, and what was done to them in its `log`.
pub(crate) struct Courier;

impl Provider for Courier {
    const ADDRESS: &'static str = "registry.terraform.io/example/courier";
    const VERSION: &'static str = "0.0.1";
    type Args = FolderArgs;
    type Client = Shelf;

    async fn configure(_: &ConfigureCx<'_>, args: FolderArgs) -> Result<Shelf> {
        Ok(Shelf::new(args.folder.unwrap_or_default()))
    }

    fn register(registry: &mut Registry<Self>) {
        registry.resource::<Parcel>();
    }
}

/// Where the parcels are.
#[derive(Args)]
pub(crate) struct FolderArgs {
    /// Folder of the parcels.
    folder: Option<String>,
}

/// A parcel.
#[derive(Args, Clone)]
pub(crate) struct ParcelArgs {
    /// Name of the parcel.
    #[attr(replace)]
    name: String,
    /// What is in it.
    content: Option<String>,
    /// What it weighs: an argument that states of old do not have.
    #[attr(default = 1)]
    weight: i64,
    /// Opens it.
    pin: Option<Sensitive<i64>>,
    /// How it fails. A creation: the `answer` is lost, or `half` of it is done, or it answers with another parcel (`misnamed`), or
    /// the `pin` is refused. A change: it is `doubted`, with nothing but a warning, or it has two `reasons`, or the parcel has
    /// `moved` to another identity, also half-way (`renamed`). A deletion: it is `stuck` once, and tells of another parcel.
    /// Creation and change: the answer is `odd`.
    fails: Option<String>,
}

/// What is computed.
#[derive(Computed)]
pub(crate) struct ParcelComputed {
    /// Number of the parcel.
    #[attr(keep)]
    id: String,
    /// Where it is.
    #[attr(keep)]
    place: String,
    /// Told once, at the creation.
    #[attr(keep)]
    receipt: Option<String>,
    /// Whatever stands on it.
    #[attr(keep)]
    label: Option<Dynamic>,
}

/// Names a parcel.
#[derive(Clone, Debug, Identity)]
pub(crate) struct ById {
    /// Number of the parcel.
    id: String,
    /// Where it is, which an import may leave out.
    place: Option<String>,
}

/// The calls that the private values have passed through.
const TRAIL: PrivateKey<Vec<String>> = PrivateKey::new("trail");

/// Notes what a call sees, and adds it to the trail.
fn pass(shelf: &Shelf, private: &Private, call: &str) -> Result<()> {
    let mut trail = private.get(&TRAIL).unwrap_or_default();
    shelf.note(format!("{call}: {}", trail.join(", ")).trim_end())?;
    trail.push(call.to_owned());
    private.set(&TRAIL, &trail);
    Ok(())
}

fn computed(id: &str, receipt: Option<String>) -> ParcelComputed {
    ParcelComputed { id: id.to_owned(), place: "shelf".to_owned(), receipt, label: None }
}

/// An answer that no message can hold: a truth value that is none.
fn odd(answer: ParcelComputed) -> ParcelComputed {
    let label = Dynamic::Typed(Box::new(Type::Bool), Box::new("maybe".into()));
    ParcelComputed { label: Some(label), ..answer }
}

pub(crate) struct Parcel;

impl Resource for Parcel {
    const NAME: &'static str = "parcel";
    type Provider = Courier;
    type Id = ById;
    type Args = ParcelArgs;
    type Computed = ParcelComputed;

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        let call = if change.is_create() { "plan create" } else { "plan change" };
        cx.client.as_ref().map_or(Ok(()), |shelf| pass(shelf, cx.private, call))
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, _: &State<Self>) -> Result<()> {
        cx.client.as_ref().map_or(Ok(()), |shelf| pass(shelf, cx.private, "plan delete"))
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &ParcelArgs) -> Result<ParcelComputed> {
        pass(&cx.client, cx.private, "create")?;
        if let (Some("pin"), Some(pin)) = (args.fails.as_deref(), &args.pin) {
            return Err(Error::new("Refused", format!("Pin {} opens nothing.", pin.expose())));
        }
        let id = cx.client.take("parcel")?;
        cx.client.put(&id, args)?;
        match args.fails.as_deref() {
            Some("answer") => {
                cx.attempted();
                Err(Error::new("Lost", "The answer was lost."))
            }
            Some("half") => {
                cx.created(&ById { id, place: None });
                Err(Error::new("Half done", "The rest failed."))
            }
            Some("odd") => Ok(odd(computed(&id, None))),
            Some("misnamed") => {
                cx.created(&ById { id, place: None });
                Ok(computed("parcel-9", None))
            }
            _ => Ok(computed(&id, Some(format!("receipt of {id}")))),
        }
    }

    async fn read(cx: &Cx<'_, Self>, id: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        // As the shelf spells it.
        let id = ById { id: id.id.to_lowercase(), place: None };
        let without = if prior.is_some() { "" } else { " without prior" };
        cx.client.note(&format!("read {}{without}", id.id))?;
        let args = cx.client.get(&id.id)?;
        let receipt = prior.and_then(|prior| prior.computed.receipt);
        Ok(args.map(|args| State { args, computed: computed(&id.id, receipt) }))
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &ById,
        prior: &State<Self>,
        args: &ParcelArgs,
    ) -> Result<ParcelComputed> {
        pass(&cx.client, cx.private, "update")?;
        let answer = computed(&id.id, prior.computed.receipt.clone());
        let mut told = Diagnostics::new();
        told.push(Diagnostic::warning("Doubted", "It may be too heavy."));
        match args.fails.as_deref() {
            Some("doubted") => return Err(Error::from(told)).at(ParcelArgs::CONTENT),
            Some("reasons") => {
                told.error("Refused", "It is too heavy.");
                told.push(Diagnostic::error("Refused", "It has no such number.").at(ParcelArgs::WEIGHT));
                return Err(Error::from(told)).at(ParcelArgs::CONTENT);
            }
            Some("moved") => return Ok(ParcelComputed { id: "parcel-9".to_owned(), ..answer }),
            Some("odd") => return Ok(odd(answer)),
            Some("renamed") => {
                let computed = ParcelComputed { id: "parcel-9".to_owned(), ..answer };
                cx.checkpoint(&State { args: args.clone(), computed });
                return Err(Error::new("Half done", "The rest failed."));
            }
            _ => {}
        }
        cx.client.put(&id.id, args)?;
        Ok(answer)
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById, prior: &State<Self>) -> Result<()> {
        let what = format!("delete {} from {}", prior.args.name, prior.computed.place);
        pass(&cx.client, cx.private, &what)?;
        if prior.args.fails.as_deref() == Some("stuck") {
            let args = ParcelArgs { fails: None, ..prior.args.clone() };
            cx.checkpoint(&State { args, computed: computed("parcel-9", None) });
            return Err(Error::new("Stuck", "It does not come off the shelf."));
        }
        cx.client.remove(&id.id)
    }

    const FINDS: bool = true;

    async fn find(cx: &Cx<'_, Self>, args: &ParcelArgs) -> Result<Option<State<Self>>> {
        pass(&cx.client, cx.private, &format!("find {}", args.name))?;
        for id in cx.client.ids("parcel")? {
            if let Some(found) = cx.client.get::<ParcelArgs>(&id)?
                && found.name == args.name
            {
                return Ok(Some(State { args: found, computed: computed(&id, None) }));
            }
        }
        Ok(None)
    }
}

pub(crate) fn main() -> ExitCode {
    tfplug::serve::<Courier>()
}

/// A parcel in the hands of `Core`, beside the one of the real Terraform.
struct Twin {
    instance: Instance,
    folder: std::path::PathBuf,
}

impl Twin {
    fn new(workspace: &Workspace) -> Self {
        let folder = workspace.path("twin");
        std::fs::create_dir_all(&folder).unwrap();
        let core = Core::new::<Courier>().config(json!({ "folder": folder })).without_refresh();
        Twin { instance: core.resource("courier_parcel"), folder }
    }
}

/// What was done since the last time.
fn log(folder: &Path) -> String {
    let file = folder.join("log");
    let log = std::fs::read_to_string(&file).unwrap_or_default();
    let _ = std::fs::remove_file(&file);
    log
}

pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn hcl(attributes: &str) -> String {
    format!("resource \"courier_parcel\" \"it\" {{\n{attributes}\n}}")
}

/// Applies without a refresh, by Terraform and by its twin; whether that went well, and what was done, the same by both.
fn apply(
    workspace: &Workspace,
    twin: &mut Twin,
    attributes: &str,
    json: serde_json::Value,
) -> (bool, String) {
    workspace.configure(&hcl(attributes));
    let (success, said) = workspace.try_run(&["apply", "-auto-approve", "-refresh=false"]);
    let done = log(&workspace.shelf());
    let twins = run(twin.instance.try_apply(json));
    assert_eq!(twins.is_ok(), success, "{said}");
    assert_eq!(log(&twin.folder), done, "Core, beside Terraform");
    (success, done)
}

fn destroy(workspace: &Workspace, twin: &mut Twin) -> String {
    workspace.run(&["destroy", "-auto-approve", "-refresh=false"]);
    let done = log(&workspace.shelf());
    run(twin.instance.destroy());
    assert_eq!(log(&twin.folder), done, "Core, beside Terraform");
    assert_eq!(workspace.books(), [""; 0]);
    done
}

pub(crate) fn private_values_travel_with_the_object(workspace: &Workspace) {
    let mut twin = Twin::new(workspace);
    let mut apply = |attributes: &str, json| {
        let (success, done) = apply(workspace, &mut twin, attributes, json);
        assert!(success, "{done}");
        done
    };
    assert_eq!(
        apply("name = \"lamp\"", json!({ "name": "lamp" })),
        "plan create:\nplan create:\ncreate: plan create\n"
    );
    assert_eq!(
        apply("name = \"lamp\"\ncontent = \"glass\"", json!({ "name": "lamp", "content": "glass" })),
        "plan change: plan create, create\n\
         plan change: plan create, create\n\
         update: plan create, create, plan change\n"
    );
    // The second plan of a replacement gets what the first one has set, and the delete gets what the second one has set. The
    // create is planned again from nothing while applying.
    assert_eq!(
        apply("name = \"vase\"", json!({ "name": "vase" })),
        "plan change: plan create, create, plan change, update\n\
         plan create: plan create, create, plan change, update, plan change\n\
         delete lamp from shelf: plan create, create, plan change, update, plan change, plan create\n\
         plan create:\n\
         create: plan create\n"
    );
    assert_eq!(
        destroy(workspace, &mut twin),
        "plan delete: plan create, create\ndelete vase from shelf: plan create, create, plan delete\n"
    );
}

pub(crate) fn a_tainted_object_keeps_its_private_values_from_its_replacement(workspace: &Workspace) {
    let mut twin = Twin::new(workspace);
    let half = apply(
        workspace,
        &mut twin,
        "name = \"lamp\"\nfails = \"half\"",
        json!({ "name": "lamp", "fails": "half" }),
    );
    assert_eq!(half, (false, "plan create:\nplan create:\ncreate: plan create\n".to_owned()));
    // Only the identity is stored, so the object is read before it is deleted.
    let whole = apply(workspace, &mut twin, "name = \"lamp\"", json!({ "name": "lamp" }));
    assert_eq!(
        whole,
        (
            true,
            "plan create:\n\
             read parcel-1 without prior\n\
             delete lamp from shelf: plan create\n\
             plan create:\n\
             create: plan create\n"
                .to_owned()
        )
    );
    destroy(workspace, &mut twin);
}

pub(crate) fn an_unclear_create_is_looked_for_before_it_is_deleted(workspace: &Workspace) {
    let mut twin = Twin::new(workspace);
    let lost = json!({ "name": "lamp", "fails": "answer" });
    let (success, _) = apply(workspace, &mut twin, "name = \"lamp\"\nfails = \"answer\"", lost.clone());
    assert!(!success);
    assert_eq!(workspace.books(), ["parcel-1"]);
    assert_eq!(
        destroy(workspace, &mut twin),
        "find lamp: plan create, create\ndelete lamp from shelf: plan create, create, find lamp\n"
    );

    let (success, _) = apply(workspace, &mut twin, "name = \"lamp\"\nfails = \"answer\"", lost.clone());
    assert!(!success);
    let (success, done) = apply(workspace, &mut twin, "name = \"vase\"", json!({ "name": "vase" }));
    assert!(success);
    assert_eq!(
        done,
        "plan create:\n\
         find lamp: plan create\n\
         delete lamp from shelf: plan create, find lamp\n\
         plan create:\n\
         create: plan create\n"
    );
    assert_eq!(workspace.books(), ["parcel-1"]);
    destroy(workspace, &mut twin);

    // It never took effect.
    let (success, _) = apply(workspace, &mut twin, "name = \"lamp\"\nfails = \"answer\"", lost);
    assert!(!success);
    for folder in [&workspace.shelf(), &twin.folder] {
        std::fs::remove_file(folder.join("parcel-1.json")).unwrap();
    }
    assert_eq!(destroy(workspace, &mut twin), "find lamp: plan create, create\n");
}

pub(crate) fn a_state_without_an_attribute_of_today_keeps_what_was_told_once(workspace: &Workspace) {
    let lamp = hcl("name = \"lamp\"");
    let lamp_of_brass = hcl("name = \"lamp\"\ncontent = \"brass\"");
    let forget = |attribute: &str| {
        workspace.change_state(|state| {
            let attributes = &mut state["resources"][0]["instances"][0]["attributes"];
            attributes.as_object_mut().unwrap().remove(attribute).unwrap();
        });
    };
    workspace.configure(&lamp);
    workspace.apply([1, 0, 0]);
    forget("weight");
    workspace.assert_no_changes();
    workspace.configure(&lamp_of_brass);
    let said = workspace.run(&["apply", "-auto-approve"]);
    assert!(said.contains("0 added, 1 changed, 0 destroyed"), "{said}");
    assert_eq!(workspace.state("courier_parcel.it")["receipt"], "receipt of parcel-1");

    forget("weight");
    workspace.configure(&lamp);
    workspace.run(&["apply", "-auto-approve", "-refresh=false"]);
    assert_eq!(workspace.state("courier_parcel.it")["receipt"], "receipt of parcel-1");

    // Nobody can say what a value was that has to be there.
    forget("place");
    let said = workspace.fail(&["plan"]);
    assert!(
        said.contains("Could not read the stored state of courier_parcel")
            && said.contains("place: expected text, found nothing"),
        "{said}"
    );
    workspace.configure(&lamp_of_brass);
    let said = workspace.fail(&["apply", "-auto-approve", "-refresh=false"]);
    assert!(said.contains("Could not read the stored state of courier_parcel"), "{said}");
    workspace.run(&["destroy", "-auto-approve", "-refresh=false"]);
    assert_eq!(workspace.books(), [""; 0]);
}

pub(crate) fn an_import_is_completed_by_the_read_after_it(workspace: &Workspace) {
    workspace.put_book("parcel-1", &json!({ "name": "lamp", "content": null, "weight": 1, "fails": null }));
    let identity = || {
        let state: serde_json::Value = serde_json::from_str(&workspace.state_file()).unwrap();
        state["resources"][0]["instances"][0]["identity"].clone()
    };
    for given in ["id = \"PARCEL-1\"", "identity = { id = \"parcel-1\" }", "identity = { id = \"PARCEL-1\" }"]
    {
        let by_identity = given.starts_with("identity");
        if by_identity && workspace.minor < 12 {
            continue;
        }
        workspace.configure(&format!(
            "import {{\n  to = courier_parcel.it\n  {given}\n}}\n{}",
            hcl("name = \"lamp\"")
        ));
        workspace.run(&["apply", "-auto-approve"]);
        assert_eq!(workspace.state("courier_parcel.it")["id"], "parcel-1", "{given}");
        if workspace.minor >= 12 {
            assert_eq!(identity(), json!({ "id": "parcel-1", "place": "shelf" }), "{given}");
        }
        workspace.run(&["state", "rm", "courier_parcel.it"]);

        let mut twin = Twin::new(workspace);
        std::fs::copy(workspace.shelf().join("parcel-1.json"), twin.folder.join("parcel-1.json")).unwrap();
        let id = if given.contains("PARCEL") { "PARCEL-1" } else { "parcel-1" };
        let imported = if by_identity {
            run(twin.instance.try_import_identity(json!({ "id": id })))
        } else {
            run(twin.instance.try_import(id))
        };
        assert!(imported.is_ok(), "Core, beside Terraform: {given}");
        assert_eq!(twin.instance.state()["id"], "parcel-1", "Core, beside Terraform: {given}");
        assert_eq!(twin.instance.identity(), json!({ "id": "parcel-1", "place": "shelf" }), "{given}");
    }
}

pub(crate) fn a_failed_update_keeps_the_true_state(workspace: &Workspace) {
    let mut twin = Twin::new(workspace);
    apply(workspace, &mut twin, "name = \"lamp\"", json!({ "name": "lamp" }));
    let before = workspace.state("courier_parcel.it");
    let changed = |fails: &str| {
        let mut changed = before.clone();
        changed["content"] = json!("glass");
        changed["fails"] = json!(fails);
        changed
    };
    for (fails, left, texts) in [
        ("doubted", &before, &["Warning: Doubted", "Error: Could not update courier_parcel"][..]),
        ("reasons", &before, &["Warning: Doubted", "It is too heavy.", "It has no such number."]),
        ("odd", &before, &["label: expected bool, got a string"]),
        // It has changed, and is what it was.
        ("moved", &changed("moved"), &["parcel-9", "Please report this"]),
        ("renamed", &changed("renamed"), &["The rest failed.", "parcel-9", "Please report this"]),
    ] {
        let config = json!({ "name": "lamp", "content": "glass", "fails": fails });
        workspace.configure(&hcl(&format!("name = \"lamp\"\ncontent = \"glass\"\nfails = \"{fails}\"")));
        let said = workspace.fail(&["apply", "-auto-approve", "-refresh=false"]);
        for text in texts {
            assert!(said.contains(text), "{text}: {said}");
        }
        run(twin.instance.try_apply(config)).unwrap_err();
        assert_eq!(log(&twin.folder), log(&workspace.shelf()), "Core, beside Terraform");
        assert_eq!(workspace.state("courier_parcel.it"), *left, "{fails}");
        assert_eq!(twin.instance.state(), *left, "{fails}");
        assert!(!workspace.state_file().contains("tainted") && !twin.instance.is_tainted(), "{fails}");
    }
    destroy(workspace, &mut twin);
}

/// A create has failed, and the true object is in the state, tainted. Nothing is orphaned: the next apply deletes it, and creates another.
fn is_kept_and_replaced(workspace: &Workspace, mut twin: Twin) {
    let left = workspace.state("courier_parcel.it");
    assert_eq!([&left["id"], &left["name"]], ["parcel-1", "lamp"]);
    assert_eq!(twin.instance.state(), left);
    assert!(twin.instance.is_tainted() && workspace.state_file().contains("\"tainted\""));
    let (success, done) = apply(workspace, &mut twin, "name = \"lamp\"", json!({ "name": "lamp" }));
    assert!(success && done.contains("delete lamp"), "{done}");
    assert_eq!(workspace.books(), ["parcel-1"]);
    destroy(workspace, &mut twin);
}

pub(crate) fn a_create_whose_answer_cannot_be_written_keeps_the_object(workspace: &Workspace) {
    let mut twin = Twin::new(workspace);
    let (success, _) = apply(
        workspace,
        &mut twin,
        "name = \"lamp\"\nfails = \"odd\"",
        json!({ "name": "lamp", "fails": "odd" }),
    );
    assert!(!success);
    is_kept_and_replaced(workspace, twin);
}

/// The provider tells of the true parcel before it answers with another one.
pub(crate) fn a_create_that_tells_of_another_object_keeps_the_true_one(workspace: &Workspace) {
    let mut twin = Twin::new(workspace);
    let misnamed = json!({ "name": "lamp", "fails": "misnamed" });
    workspace.configure(&hcl("name = \"lamp\"\nfails = \"misnamed\""));
    let said = workspace.fail(&["apply", "-auto-approve", "-refresh=false"]);
    let told = "it told that id is \"parcel-1\", but it is \"parcel-9\". Please report this";
    assert!(said.contains(told), "{said}");
    run(twin.instance.try_apply(misnamed)).unwrap_err();
    assert_eq!(log(&twin.folder), log(&workspace.shelf()), "Core, beside Terraform");
    is_kept_and_replaced(workspace, twin);
}

pub(crate) fn a_failed_delete_that_tells_of_another_object_keeps_the_true_one(workspace: &Workspace) {
    let mut twin = Twin::new(workspace);
    let stuck = json!({ "name": "lamp", "fails": "stuck" });
    let (success, _) = apply(workspace, &mut twin, "name = \"lamp\"\nfails = \"stuck\"", stuck);
    assert!(success);
    let mut left = workspace.state("courier_parcel.it");
    left["fails"] = json!(null);
    let said = workspace.fail(&["destroy", "-auto-approve", "-refresh=false"]);
    assert!(said.contains("It does not come off the shelf."), "{said}");
    assert!(said.contains("parcel-9") && said.contains("Please report this"), "{said}");
    run(twin.instance.try_destroy()).unwrap_err();
    assert_eq!(log(&twin.folder), log(&workspace.shelf()), "Core, beside Terraform");
    left["receipt"] = json!(null);
    assert_eq!(workspace.state("courier_parcel.it"), left);
    assert_eq!(twin.instance.state(), left);
    destroy(workspace, &mut twin);
}

pub(crate) fn a_sensitive_number_is_masked_in_an_error(workspace: &Workspace) {
    let mut twin = Twin::new(workspace);
    workspace.configure(&hcl("name = \"lamp\"\npin = 47114711\nfails = \"pin\""));
    let said = workspace.fail_with(&[("TF_LOG_PROVIDER", "TRACE")], &["apply", "-auto-approve"]);
    let refused = run(twin.instance.try_apply(json!({ "name": "lamp", "pin": 47_114_711, "fails": "pin" })));
    for said in [said, refused.unwrap_err().to_string()] {
        assert!(said.contains("Pin (sensitive) opens nothing."), "{said}");
        assert!(!said.contains("47114711"), "{said}");
    }
}
