use tfplug::{Args, Computed, Config, Value};

/// A group.
#[derive(Args)]
struct GroupArgs {
    /// Name.
    alias: Option<String>,
}

#[derive(Computed)]
struct GroupComputed {
    /// GUID.
    #[attr(keep)]
    id: String,
}

/// A team.
#[derive(Args)]
struct TeamArgs {
    /// Name.
    alias: String,
}

fn validate(config: &Config<'_, GroupArgs>) {
    let _: Value<String> = config.get(GroupArgs::ALIAS);
    let _: Value<Option<String>> = config.get(GroupArgs::ALIAS);
    let _ = config.get(TeamArgs::ALIAS);
    let _ = config.get(GroupComputed::ID);
}

fn main() {}
