//! A first provider: its one resource is a text file.

use std::{fs, process::ExitCode};
use tfplug::{Args, ByName, Computed, ConfigureCx, CreateCx, Cx, Provider, Resource, Result, State};
struct Notes;
impl Provider for Notes {
    const ADDRESS: &str = "registry.terraform.io/example/notes";
    const VERSION: &str = "0.0.1";
    type Args = (); // what the provider block may say
    type Client = (); // what handlers work with
    async fn configure(_: &ConfigureCx<'_>, _: ()) -> Result<()> {
        Ok(())
    }
    fn register(registry: &mut tfplug::Registry<Self>) {
        registry.resource::<Note>();
    }
}
/// A note: a text file.
#[derive(Args)] // what a configuration says
struct Note {
    /// Name of the file. Another name is another note.
    #[attr(replace)]
    name: String,
    /// What it says.
    text: String,
}
#[derive(Computed)] // what the provider answers
#[computed(args = Note)]
struct NoteComputed {
    /// Length in bytes.
    #[attr(follows(text))]
    size: u64,
}
impl Resource for Note {
    const NAME: &str = "note";
    type Provider = Notes;
    type Id = ByName; // what names a note for all its life
    type Args = Self;
    type Computed = NoteComputed;
    async fn create(cx: &CreateCx<'_, Self>, args: &Note) -> Result<NoteComputed> {
        fs::write(&args.name, &args.text)?;
        cx.created(&ByName { name: args.name.clone() }); // from here on no failure loses it
        Ok(NoteComputed { size: args.text.len() as u64 })
    }
    async fn read(_: &Cx<'_, Self>, id: &ByName, _: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let text = fs::exists(&id.name)?.then(|| fs::read_to_string(&id.name)).transpose()?; // None: it is gone
        Ok(text.map(|text| State {
            computed: NoteComputed { size: text.len() as u64 },
            args: Note { name: id.name.clone(), text },
        }))
    }
    async fn update(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>, args: &Note) -> Result<NoteComputed> {
        fs::write(&args.name, &args.text)?;
        Ok(NoteComputed { size: args.text.len() as u64 })
    }
    async fn delete(_: &Cx<'_, Self>, id: &ByName, _: &State<Self>) -> Result<()> {
        if fs::exists(&id.name)? { Ok(fs::remove_file(&id.name)?) } else { Ok(()) } // gone already is success
    }
}
pub(crate) fn main() -> ExitCode {
    tfplug::serve::<Notes>()
}
