use tfplug::Args;

/// A rule.
#[derive(Args)]
struct RuleArgs {
    /// Who.
    who: String,
}

fn grows(prior: &String, planned: &String) -> bool {
    planned > prior
}

/// A group.
#[derive(Args)]
struct GroupArgs {
    /// Name.
    #[attr(replace, replace_if = grows)]
    a: String,
    /// Block with default.
    #[attr(block, default = Vec::new())]
    b: Vec<RuleArgs>,
    /// Block from the environment.
    #[attr(block, env = "X")]
    c: Option<RuleArgs>,
    /// Block of no structs.
    #[attr(block)]
    d: Option<Vec<String>>,
}

fn main() {}
