use tfplug::Args;

/// A group.
#[derive(Args)]
#[args(timeouts(craete = "5m", create = "5m", create = "6m", read = 5, update = "5 minutes", delete = "0s"))]
struct GroupArgs {}

/// A group.
#[derive(Args)]
#[args(timeouts(create = "5", read = "5d", update = "m", delete = "99999999999h", block = true, blok))]
struct TeamArgs {}

fn main() {}
