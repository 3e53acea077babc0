//! Deterministic GUIDs and secrets: the same tenant always generates the same ones in the same order.

use uuid::Builder;

/// Kinds of records that a tenant starts with; each has its own series of GUIDs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Seeded {
    Admin = 1,
    Role,
    User,
    Group,
    Token,
    Client,
    Account,
    Secret,
}

/// Hands out GUIDs.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    next: u64,
}

impl Ids {
    pub(crate) fn new() -> Self {
        Self { next: 0 }
    }

    /// A GUID never handed out before.
    pub(crate) fn fresh(&mut self) -> String {
        self.next += 1;
        guid(0, self.next)
    }

    /// The GUID of the `n`th thing of a kind that the tenant starts with.
    pub(crate) fn seeded(kind: Seeded, n: usize) -> String {
        guid(kind as u64, n as u64)
    }
}

fn guid(run: u64, n: u64) -> String {
    let (high, low) = (mix(run << 48 | n), mix(mix(n) ^ run << 56));
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&high.to_be_bytes());
    bytes[8..].copy_from_slice(&low.to_be_bytes());
    Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// SplitMix64: one step spreads a counter over all bits.
pub(crate) fn mix(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn guids_repeat_from_run_to_run_and_never_within_one() {
        let make = || {
            let mut ids = Ids::new();
            let fresh = (0..1000).map(|_| ids.fresh()).collect::<Vec<_>>();
            let seeded = (0..1000).map(|n| Ids::seeded(Seeded::User, n));
            fresh.into_iter().chain(seeded).chain([Ids::seeded(Seeded::Group, 0)]).collect::<Vec<_>>()
        };
        let ids = make();
        assert_eq!(ids, make());
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 2001);
    }
}
