//! Which machine credentials objects of the state stand for. Two credentials may have one name, and only this tells one that another
//! object manages from one that nobody does.

use std::collections::BTreeSet;
use std::time::Duration;

use tfplug::Call;

use super::{Memory, Run};

/// How long a read waits for others. Meanwhile it occupies one of Terraform's ten parallel operations (`-parallelism`).
const FOR_READS: Duration = Duration::from_secs(2);

/// What this process knows of credentials.
#[derive(Default)]
pub(super) struct AllCredentials {
    /// GUIDs of those that objects of the state stand for, as far as they were read.
    read: BTreeSet<String>,
    /// GUIDs of those of which a read has asked whether any object stands for them.
    doubted: BTreeSet<String>,
    /// Type and display name of those that this process has deleted.
    deleted: BTreeSet<(&'static str, String)>,
}

impl Run {
    /// A refresh or import reads this API token or OAuth client, so an object of the state stands for it.
    pub(crate) fn reads_credential(&self, id: &atlan::Guid) {
        self.memory().credentials.read.insert(id.as_str().to_owned());
    }

    /// What [`Run::reads_credential`] was told.
    pub(crate) fn has_credential(&self, id: &atlan::Guid) -> bool {
        self.memory().credentials.read.contains(id.as_str())
    }

    /// Those of these credentials that no object of the state seems to stand for. Terraform reads objects side by side and tells a provider of
    /// none in advance, so the first call that asks about a credential waits for [`FOR_READS`] and gets it back if it is still
    /// unread. Later calls that ask about the same one return at once, without it. After Ctrl-C the result is empty, because nothing is certain.
    pub(crate) async fn unread_credentials(&self, call: &Call, ids: BTreeSet<String>) -> BTreeSet<String> {
        let unread = |memory: &Memory, ids: &BTreeSet<String>| ids - &memory.credentials.read;
        let ids = {
            let mut memory = self.memory();
            let new = &unread(&memory, &ids) - &memory.credentials.doubted;
            memory.credentials.doubted.extend(new.iter().cloned());
            new
        };
        let are_read = self.wait(call, "the reads of other credentials".to_owned(), |memory| {
            unread(memory, &ids).is_empty()
        });
        match tokio::time::timeout(FOR_READS, are_read).await {
            Ok(Ok(())) => BTreeSet::new(),
            // The time of this call is over, or the command was interrupted. Another call may ask again.
            Ok(Err(_)) => {
                self.memory().credentials.doubted.retain(|id| !ids.contains(id));
                BTreeSet::new()
            }
            Err(_) => unread(&self.memory(), &ids),
        }
    }

    /// A destroy, or the delete half of a replacement, has deleted a credential of this type and display name.
    pub(crate) fn deletes_credential(&self, resource: &'static str, name: String) {
        self.memory().credentials.deleted.insert((resource, name));
    }

    /// What [`Run::deletes_credential`] was told.
    pub(crate) fn has_deleted_credential(&self, resource: &'static str, name: &str) -> bool {
        self.memory().credentials.deleted.contains(&(resource, name.to_owned()))
    }
}
