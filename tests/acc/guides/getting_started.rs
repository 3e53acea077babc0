//! The guide Getting started.

use super::Guide;
use crate::examples::without_versions;
use crate::harness::{Terraform, start};

pub(super) fn run(guide: &Guide, terraform: &Terraform) {
    for block in ["first", "many"] {
        let (sim, ws) = start(terraform);
        ws.write(&without_versions(&guide.block(block)));
        ws.apply().ok();
        ws.plan_is_empty();
        assert_eq!(sim.mails_to("ada@example.com"), 1);
        ws.destroy().ok();
    }
}
