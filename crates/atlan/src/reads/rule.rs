//! Decides between look-ups and pages. A pure function of what is known; the reasons are in `reads.rs`.

use crate::config::ReadMode;

/// Reads in flight that announce many more: Terraform has ten at a time when it refreshes many objects.
pub(crate) const MANY: usize = 5;
/// Pages that are read at once when many reads are in flight.
const AT_ONCE: usize = 20;
/// Look-ups before pages are thought of, while few reads are in flight.
const PATIENCE: usize = 10;
/// Readers that share a look-up: as many as Terraform has at a time.
const TOGETHER: usize = 10;

/// What is known of a kind's size, and what look-ups have cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Costs {
    /// Records of the kind, once an answer has told.
    pub(crate) total: Option<usize>,
    /// Records on a full page, once one was seen.
    pub(crate) page: Option<usize>,
    /// Requests spent on look-ups that a snapshot would have saved.
    pub(crate) spent: usize,
    /// Readers before creates that the last snapshot has answered.
    pub(crate) saved: usize,
}

/// How a wave is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// By a filtered look-up.
    LookUp(&'static str),
    /// By the first page, which tells what to do next.
    FirstPage(&'static str),
    /// By all pages.
    Pages(&'static str),
}

impl Strategy {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::LookUp(reason) | Self::FirstPage(reason) | Self::Pages(reason) => reason,
        }
    }
}

impl Costs {
    fn pages(&self) -> Option<usize> {
        self.total.map(|total| total.div_ceil(self.page.unwrap_or(100).max(1)).max(1))
    }

    /// Decides for a wave whose look-up takes `needed` requests, with `in_flight` reads in the whole process. `few`: the
    /// first page is normally all there is.
    pub(crate) fn strategy(&self, mode: ReadMode, few: bool, needed: usize, in_flight: usize) -> Strategy {
        match mode {
            ReadMode::Snapshot => return Strategy::Pages("pages, as read_mode says"),
            ReadMode::Single => return Strategy::LookUp("look-ups, as read_mode says"),
            ReadMode::Auto => {}
        }
        let many = in_flight >= MANY;
        match self.pages() {
            None if many => Strategy::FirstPage("look-ups: many readers, but the tenant is larger still"),
            None if few => Strategy::FirstPage("look-ups: there is more than a page of them"),
            None if self.spent >= PATIENCE => {
                Strategy::FirstPage("look-ups: the tenant is too large to page")
            }
            Some(pages) if many && pages <= AT_ONCE => Strategy::Pages("pages: many readers, and few pages"),
            Some(pages) if self.saved / TOGETHER >= pages => {
                Strategy::Pages("pages: the last ones saved at least as many look-ups")
            }
            Some(pages) if self.spent + needed > pages.max(PATIENCE) => {
                Strategy::Pages("pages: look-ups have cost as much")
            }
            _ => Strategy::LookUp("look-ups: few readers so far"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests that reading `managed` of `people` takes, ten at a time.
    fn requests(mode: ReadMode, managed: usize, people: usize, few: bool) -> usize {
        let mut costs = Costs::default();
        let (mut sent, mut left) = (0, managed);
        let pages = people.div_ceil(100).max(1);
        while left > 0 {
            let wave = left.min(10);
            match costs.strategy(mode, few, 1, wave) {
                Strategy::Pages(_) => return sent + pages,
                Strategy::FirstPage(_) => {
                    sent += 1;
                    costs.total = Some(people);
                    if pages == 1 {
                        return sent;
                    }
                    if let Strategy::Pages(_) = costs.strategy(mode, few, 1, wave) {
                        return sent + pages - 1;
                    }
                }
                Strategy::LookUp(_) => {}
            }
            sent += 1;
            costs.total = Some(people);
            costs.spent += 1;
            left -= wave;
        }
        sent
    }

    #[test]
    fn the_rule_yields_these_requests() {
        let auto = |managed, people| requests(ReadMode::Auto, managed, people, false);
        for (people, whole, part) in
            [(1, 1, 1), (10, 1, 2), (100, 1, 11), (1000, 10, 101), (50_000, 1001, 1001)]
        {
            assert_eq!(auto(people, people), whole, "all of {people}");
            assert_eq!(auto(people, 50_000), part, "{people} of 50,000");
            assert_eq!(requests(ReadMode::Snapshot, people, 50_000, false), 500);
        }
    }

    #[test]
    fn the_cost_stays_below_twice_the_better_choice() {
        for people in [1_usize, 50, 101, 999, 2_001, 5_000, 50_000] {
            for managed in [1_usize, 7, 10, 11, 100, 350, 1_000, 2_500, 5_000, 5_010, 20_000, 50_000] {
                let managed = managed.min(people);
                let best = managed.div_ceil(10).min(people.div_ceil(100));
                let sent = requests(ReadMode::Auto, managed, people, false);
                assert!(
                    sent <= (2 * best + 1).max(best + AT_ONCE),
                    "{managed} of {people}: {sent}, best {best}"
                );
            }
        }
    }

    #[test]
    fn a_list_too_old_to_prove_absence_is_read_again_if_it_has_paid_for_itself() {
        // A straggler asks, while its companions were answered when the list was still young enough.
        let strategy = |saved, total| {
            let costs = Costs { total: Some(total), saved, ..Costs::default() };
            costs.strategy(ReadMode::Auto, false, 1, 1)
        };
        for (saved, total, again) in
            [(330, 400, true), (330, 3_300, true), (330, 3_400, false), (0, 1, false)]
        {
            let is_again = matches!(strategy(saved, total), Strategy::Pages(_));
            assert_eq!(is_again, again, "{saved} of {total}");
        }
    }

    #[test]
    fn one_group_is_a_page_and_a_lone_reader_pages_after_a_while() {
        assert_eq!(requests(ReadMode::Auto, 1, 100, true), 1);
        assert_eq!(requests(ReadMode::Auto, 1, 101, true), 2);
        let mut costs = Costs { total: Some(50), ..Costs::default() };
        let mut look_ups = 0;
        while let Strategy::LookUp(_) = costs.strategy(ReadMode::Auto, false, 1, 1) {
            look_ups += 1;
            costs.spent += 1;
        }
        assert_eq!(look_ups, 10);
    }
}
