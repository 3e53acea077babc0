//! The provider that the crate's documentation begins with, `examples/first.rs`, in the hands of the real Terraform.

use crate::workspace::Workspace;

#[path = "../../examples/first.rs"]
mod notes;

pub(crate) use notes::main;

/// Creates, changes, replaces, restores, deletes and imports a note.
pub(crate) fn the_first_provider_keeps_notes(workspace: &Workspace) {
    let file = |name: &str| workspace.shelf().join(name);
    let note = |name: &str| std::fs::read_to_string(file(name)).ok();
    let configure = |name: &str, text: &str| {
        let name = file(name);
        workspace.configure_all(
            "",
            &format!("resource \"notes_note\" \"milk\" {{\n  name = {name:?}\n  text = {text:?}\n}}"),
        );
    };
    configure("milk", "Buy milk.");
    workspace.apply([1, 0, 0]);
    assert_eq!(note("milk").as_deref(), Some("Buy milk."));

    configure("milk", "Buy oat milk.");
    workspace.apply([0, 1, 0]);
    configure("oat", "Buy oat milk.");
    workspace.apply([1, 0, 1]);
    assert_eq!((note("milk"), note("oat").as_deref()), (None, Some("Buy oat milk.")));

    std::fs::remove_file(file("oat")).unwrap();
    workspace.apply([1, 0, 0]); // a note that is gone is made anew
    workspace.run(&["state", "rm", "notes_note.milk"]);
    workspace.run(&["import", "notes_note.milk", file("oat").to_str().unwrap()]);
    workspace.assert_no_changes(); // an import tells the whole note

    workspace.run(&["destroy", "-auto-approve"]);
    assert_eq!(note("oat"), None);
}
