//! A first provider: its one resource is a text file in a folder.

use std::{fs, io, path::PathBuf, process::ExitCode};
use tfplug::{Args, Computed, ConfigureCx, Cx, Identity, Objects, Provider, Resource, Result, State};

/// Notes in a folder.
#[derive(Args)]
struct NotesArgs {
    /// Folder that holds the notes. Left out, the one that Terraform runs in.
    folder: Option<String>,
}
struct Notes;
impl Provider for Notes {
    const NAME: &str = "notes";
    const ADDRESS: &str = "registry.terraform.io/example/notes";
    const VERSION: &str = "0.0.1";
    const LOG_TARGETS: &[&str] = &["first"];
    type Args = NotesArgs;
    type Client = PathBuf; // what handlers work with
    async fn configure(_: &ConfigureCx<'_>, args: NotesArgs) -> Result<PathBuf> {
        Ok(args.folder.unwrap_or(".".to_owned()).into())
    }
    fn register(objects: &mut Objects<Self>) {
        objects.resource::<Note>();
    }
}
/// A note: a text file.
#[derive(Args)] // what a configuration says
struct NoteArgs {
    /// Name of the file. Another name is another note.
    #[attr(replace)]
    name: String,
    /// What it says.
    text: String,
}
#[derive(Computed)] // what the provider answers
struct NoteComputed {
    /// Length in bytes.
    #[attr(follows(text))]
    size: u64,
}
/// Names a note for all its life.
#[derive(Clone, Debug, Identity)]
struct ByName {
    /// Name of the file.
    name: String,
}
struct Note;
impl Resource for Note {
    const NAME: &str = "note";
    type Provider = Notes;
    type Id = ByName;
    type Args = NoteArgs;
    type Computed = NoteComputed;
    async fn create(cx: &Cx<'_, Self>, args: &NoteArgs) -> Result<NoteComputed> {
        fs::write(cx.client.join(&args.name), &args.text)?;
        Ok(NoteComputed { size: args.text.len() as u64 })
    }
    async fn read(cx: &Cx<'_, Self>, id: &ByName, _: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let text = match fs::read_to_string(cx.client.join(&id.name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None), // gone: planned anew
            text => text?,
        };
        let computed = NoteComputed { size: text.len() as u64 };
        Ok(Some(State { args: NoteArgs { name: id.name.clone(), text }, computed }))
    }
    async fn update(cx: &Cx<'_, Self>, _: &ByName, _: &State<Self>, args: &NoteArgs) -> Result<NoteComputed> {
        Self::create(cx, args).await
    }
    async fn delete(cx: &Cx<'_, Self>, id: &ByName, _: &NoteArgs) -> Result<()> {
        match fs::remove_file(cx.client.join(&id.name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()), // gone already is success
        }
    }
}
pub(crate) fn main() -> ExitCode {
    tfplug::serve::<Notes>()
}
