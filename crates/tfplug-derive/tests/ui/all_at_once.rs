// Mistakes of every stage in one struct are all reported, and its uses are no mistakes on top.
use tfplug::{Args, Fields};

#[derive(Args)]
#[args(timeouts(create = "soon"))]
struct GroupArgs {
    /// Name.
    #[attr(replase)]
    alias: String,
    undescribed: String,
    /// Size.
    #[attr(default = 1)]
    size: Option<i64>,
}

fn main() {
    let _: tfplug::ArgKey<GroupArgs, String> = GroupArgs::ALIAS;
    let _: tfplug::ArgKey<GroupArgs, i64> = GroupArgs::SIZE;
    let _ = (GroupArgs::attributes(), <GroupArgs as Args>::VERSION);
}
