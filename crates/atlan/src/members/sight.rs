//! Shared reads of memberships: readers that wait at the same time share their requests.
//!
//! A membership can be read from two sides: as an entry of the group's members, page by page, or of the person's groups, one
//! request. Readers of one group share its first page. If that is not the whole group, the rest comes from the cheaper
//! side: the remaining pages, or one request for each person who is asked for. So one person in a group of 50,000 costs two
//! requests, and a refresh of whole groups costs their pages. Before and after writes, several groups of one person are read from the
//! person's side.
//!
//! **Absent means confirmed absent.** People may move from one page to another while the pages are read. So before a
//! person whom the pages do not show counts as absent, the membership is read from the person's side; for more than
//! [`ONE_BY_ONE`] people of a group, its pages are read a second time.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Instrument;

use crate::api::Api;
use crate::config::ReadMode;
use crate::error::{Error, Result};
use crate::guard::{AtWork, guarded, task_is_gone};
use crate::guid::Guid;
use crate::members::Member;
use crate::members::known::{GroupView, Known, Pair};
use crate::members::wire::{GroupOf, groups_of, members_of};
use crate::reads::Need;
use crate::scope::Waited;

/// For logs and bugs.
const WHAT: &str = "memberships";
/// Requests of a wave at the same time.
const AT_ONCE: usize = 10;
/// People of one group whose absence is confirmed one by one.
const ONE_BY_ONE: usize = 10;

/// Reads of memberships.
#[derive(Debug, Default)]
pub(super) struct Sight {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    known: Known,
    /// The next wave.
    waiting: Vec<Waiting>,
    /// Whether a task answers waves.
    working: bool,
    /// Readers of the last wave, whose calls ask their next questions at about the same time.
    expected: Option<usize>,
    /// Writes in flight, whose calls will read them back.
    coming: usize,
}

#[derive(Debug)]
struct Waiting {
    question: Question,
    answer: oneshot::Sender<(Result<Option<Member>>, Waited)>,
}

#[derive(Clone, Debug)]
struct Question {
    pair: Pair,
    need: Need,
    asked: Instant,
}

/// A request, or the pages of a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Side {
    /// The groups of a person.
    Person(Guid),
    /// The first page of a group.
    FirstPage(Guid),
    /// Every page of a group.
    Group(Guid),
}

/// A write in flight, whose call will read it back. The next wave waits for it.
pub(super) struct Coming<'a>(&'a Sight);

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        self.0.state().coming -= 1;
        self.0.changed.notify_one();
    }
}

impl Sight {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works with what is known so far.
    pub(super) fn known<T>(&self, work: impl FnOnce(&mut Known) -> T) -> T {
        work(&mut self.state().known)
    }

    /// Announces a write.
    pub(super) fn coming(&self) -> Coming<'_> {
        self.state().coming += 1;
        Coming(self)
    }

    /// Reads one membership, together with all other waiting readers.
    pub(super) async fn see(self: &Arc<Self>, api: &Api, pair: Pair, need: Need) -> Result<Option<Member>> {
        let mut seen = self.see_all(api, vec![pair], need).await;
        seen.pop().unwrap_or_else(|| Err(task_is_gone(WHAT)))
    }

    /// Reads several in one wave; answers in their order.
    pub(super) async fn see_all(
        self: &Arc<Self>,
        api: &Api,
        pairs: Vec<Pair>,
        need: Need,
    ) -> Vec<Result<Option<Member>>> {
        let (sharing, asked) = (api.sharing(), Instant::now());
        let mut receivers = Vec::with_capacity(pairs.len());
        {
            let mut state = self.state();
            for pair in pairs {
                let known =
                    state.known.answer(&pair, need, asked, sharing.snapshot_life, sharing.people_recent);
                receivers.push(match known {
                    Some(known) => Err(known),
                    None => {
                        let (answer, receiver) = oneshot::channel();
                        state.waiting.push(Waiting { question: Question { pair, need, asked }, answer });
                        Ok(receiver)
                    }
                });
            }
            if !state.waiting.is_empty() && !std::mem::replace(&mut state.working, true) {
                tokio::spawn(work(Arc::clone(self), api.detached()).in_current_span());
            }
        }
        self.changed.notify_one();
        let mut answers = Vec::with_capacity(receivers.len());
        let held_back = api.held_back();
        let mut waited = Waited::default();
        for receiver in receivers {
            answers.push(match receiver {
                Err(known) => Ok(known),
                Ok(receiver) => match api.wait("GET", "groups/{id}/members", receiver).await {
                    Ok(Ok((result, wave))) => {
                        // One wave has answered all of them.
                        waited = wave;
                        result
                    }
                    Ok(Err(_)) => Err(task_is_gone(WHAT)),
                    Err(stopped) => {
                        waited = api.held_back() - held_back;
                        Err(stopped)
                    }
                },
            });
        }
        api.scope.count_wait(waited);
        answers
    }

    /// Every member of a group, in order of their GUIDs, by a new request.
    pub(super) async fn members(self: &Arc<Self>, api: &Api, group: &Guid) -> Result<Vec<Member>> {
        let view = read_group(api, group).await?;
        let mut members: Vec<Member> =
            view.members.iter().map(|(id, email)| Member { id: id.clone(), email: email.clone() }).collect();
        members.sort_by(|one, other| one.id.cmp(&other.id));
        self.state().known.saw_group(group, view, false);
        Ok(members)
    }

    /// The groups of a person, by a new request.
    pub(super) async fn groups_of(&self, api: &Api, user: &Guid) -> Result<HashSet<Guid>> {
        let taken = Instant::now();
        let groups: Vec<GroupOf> = api.list(&groups_of(user)).await?;
        let groups: HashSet<Guid> = groups.into_iter().map(|group| group.id).collect();
        self.state().known.saw_person(user, taken, groups.clone());
        Ok(groups)
    }

    /// Waits until the readers of a wave have come: all that come without a gap, and those whose writes are in flight.
    async fn gather(&self, gap: Duration) {
        let (start, mut last, mut seen) = (Instant::now(), Instant::now(), 0);
        loop {
            let changed = self.changed.notified();
            let until = {
                let state = self.state();
                if state.waiting.len() > seen {
                    (last, seen) = (Instant::now(), state.waiting.len());
                }
                let reads_back = state.waiting.iter().any(|one| one.question.need == Need::Fresh);
                if state.coming > 0 && reads_back {
                    // A write takes as long as it takes; one that hangs must not hold up the others.
                    start + gap * 100
                } else if state.expected.is_some_and(|expected| seen >= expected) {
                    return;
                } else {
                    let patience = if state.expected.is_some() { 3 } else { 1 };
                    (last + gap * patience).min(start + gap * 100)
                }
            };
            if until <= Instant::now() {
                return;
            }
            // Ends by time or by a change; either way the loop looks again.
            let _ = tokio::time::timeout_at(until, changed).await;
        }
    }

    /// The sides from which open questions are answered.
    fn sides(&self, open: &[Question], mode: ReadMode, confirm: bool) -> HashSet<Side> {
        let state = self.state();
        let (mut in_group, mut of_person) = (HashMap::new(), HashMap::new());
        for question in open {
            *in_group.entry(&question.pair.group).or_insert(0_usize) += 1;
            *of_person.entry(&question.pair.user).or_insert(0_usize) += 1;
        }
        let side = |question: &Question| {
            let Pair { group, user } = &question.pair;
            let (in_group, of_person) =
                (in_group.get(group).copied().unwrap_or(1), of_person.get(user).copied().unwrap_or(1));
            let person = Side::Person(user.clone());
            match mode {
                ReadMode::Single => person,
                ReadMode::Snapshot => Side::Group(group.clone()),
                ReadMode::Auto if confirm && in_group > ONE_BY_ONE => Side::Group(group.clone()),
                ReadMode::Auto if confirm => person,
                // Around writes: few groups are asked for, and each once.
                ReadMode::Auto if question.need != Need::Any && of_person > in_group => person,
                ReadMode::Auto => match state.known.group(group) {
                    None => Side::FirstPage(group.clone()),
                    Some(view) if in_group + view.spent >= view.pages() => Side::Group(group.clone()),
                    Some(_) => person,
                },
            }
        };
        open.iter().map(side).collect()
    }
}

/// Answers waves until no reader waits.
async fn work(sight: Arc<Sight>, api: Api) {
    let at_work = AtWork::new(|| {
        let mut state = sight.state();
        state.working = false;
        state.waiting.clear();
    });
    loop {
        sight.gather(api.sharing().gather).await;
        let mut wave = {
            let mut state = sight.state();
            if state.waiting.is_empty() {
                state.working = false;
                at_work.done();
                return;
            }
            std::mem::take(&mut state.waiting)
        };
        let questions: Vec<Question> = wave.iter().map(|one| one.question.clone()).collect();
        // Each wave counts its own waiting.
        let api = api.detached();
        let abandoned = async {
            for one in &mut wave {
                one.answer.closed().await;
            }
        };
        let answers = tokio::select! {
            answers = guarded(WHAT, async { Ok(answer(&sight, &api, &questions).await) }) => answers,
            // No reader waits any more: a deadline, or Ctrl-C.
            () = abandoned => continue,
        };
        {
            let mut state = sight.state();
            state.expected = Some(wave.len());
        }
        let waited = api.waited();
        match answers {
            Ok(answers) => {
                for (one, answer) in wave.into_iter().zip(answers) {
                    // A reader whose call has ended misses nothing.
                    let _ = one.answer.send((answer, waited));
                }
            }
            Err(error) => {
                for one in wave {
                    let _ = one.answer.send((Err(error.duplicate()), waited));
                }
            }
        }
    }
}

/// Answers a wave: from memory, by a first page, by what is cheaper after it, and by a second look at who seems absent.
async fn answer(sight: &Arc<Sight>, api: &Api, questions: &[Question]) -> Vec<Result<Option<Member>>> {
    let (sharing, mode) = (api.sharing(), api.config().read_mode);
    let mut answers: Vec<Option<Result<Option<Member>>>> = questions.iter().map(|_| None).collect();
    for round in 0..4 {
        let (mut open, mut absent) = (Vec::new(), Vec::new());
        {
            let state = sight.state();
            for (question, answer) in
                questions.iter().zip(&mut answers).filter(|(_, answer)| answer.is_none())
            {
                let Question { pair, need, asked } = question;
                let known =
                    state.known.answer(pair, *need, *asked, sharing.snapshot_life, sharing.people_recent);
                match known {
                    Some(known) => *answer = Some(Ok(known)),
                    None if state.known.is_unconfirmed(pair, *asked) => absent.push(question.clone()),
                    None => open.push(question.clone()),
                }
            }
        }
        if open.is_empty() && absent.is_empty() || round == 3 {
            break;
        }
        let mut sides = sight.sides(&open, mode, false);
        let again = sight.sides(&absent, mode, true);
        sides.extend(again.iter().cloned());
        let failed = read(sight, api, sides, &again).await;
        for (question, answer) in questions.iter().zip(&mut answers).filter(|(_, answer)| answer.is_none()) {
            let error = failed.iter().find(|(side, _)| match side {
                Side::Person(user) => *user == question.pair.user,
                Side::FirstPage(group) | Side::Group(group) => *group == question.pair.group,
            });
            if let Some((_, error)) = error {
                *answer = Some(Err(error.duplicate()));
            }
        }
    }
    let unanswered = || Error::Internal { what: WHAT, message: "a question has no answer".to_owned() };
    answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(unanswered()))).collect()
}

/// Reads sides, several at a time. Returns those that failed.
async fn read(
    sight: &Arc<Sight>,
    api: &Api,
    sides: HashSet<Side>,
    again: &HashSet<Side>,
) -> Vec<(Side, Error)> {
    let mut sides: Vec<Side> = sides.into_iter().collect();
    // The order of a set is another one each time.
    sides.sort();
    let mut sides = sides.into_iter();
    let mut failed = Vec::new();
    let mut requests = JoinSet::new();
    loop {
        while requests.len() < AT_ONCE
            && let Some(side) = sides.next()
        {
            let (sight, api, again) = (Arc::clone(sight), api.clone(), again.contains(&side));
            requests.spawn(async move {
                let result = guarded(WHAT, read_side(&sight, &api, &side, again)).await;
                (side, result)
            });
        }
        match requests.join_next().await {
            None => return failed,
            Some(Ok((_, Ok(())))) => {}
            Some(Ok((side, Err(error)))) => failed.push((side, error)),
            // Its questions stay open and are asked for in the next round.
            Some(Err(_)) => {}
        }
    }
}

async fn read_side(sight: &Sight, api: &Api, side: &Side, again: bool) -> Result<()> {
    match side {
        Side::Person(user) => {
            let groups = sight.groups_of(api, user).await?;
            let mut state = sight.state();
            // What it has saved is what the pages of its groups would have cost.
            for group in groups {
                state.known.spent(&group);
            }
            Ok(())
        }
        Side::FirstPage(group) => {
            let view = first_page(api, group).await?;
            sight.state().known.saw_group(group, view, again);
            Ok(())
        }
        Side::Group(group) => {
            let view = read_group(api, group).await?;
            sight.state().known.saw_group(group, view, again);
            Ok(())
        }
    }
}

async fn first_page(api: &Api, group: &Guid) -> Result<GroupView> {
    let taken = Instant::now();
    let page = api.page::<Member>(&members_of(group), 0).await?;
    let members: HashMap<Guid, Option<String>> =
        page.records.into_iter().map(|member| (member.id, member.email)).collect();
    let (received, total) = (page.received, page.total);
    let whole = received == 0 || total == Some(received);
    Ok(GroupView { taken, members, received, page: received, total, whole, spent: 0 })
}

/// Reads every page of a group, those after the first several at a time.
async fn read_group(api: &Api, group: &Guid) -> Result<GroupView> {
    let mut view = first_page(api, group).await?;
    let (Some(total), step) = (view.total, view.page) else { return read_on(api, group, view).await };
    let mut offsets = (step..total).step_by(step.max(1));
    let mut fits = true;
    let mut pages = JoinSet::new();
    loop {
        while pages.len() < AT_ONCE
            && !view.whole
            && let Some(offset) = offsets.next()
        {
            let (api, list) = (api.clone(), members_of(group));
            pages.spawn(async move { guarded(WHAT, api.page::<Member>(&list, offset)).await });
        }
        let Some(page) = pages.join_next().await else { break };
        let page = page.unwrap_or_else(|_| Err(task_is_gone(WHAT)))?;
        fits &= page.total == Some(total);
        view.received += page.received;
        view.members.extend(page.records.into_iter().map(|member| (member.id, member.email)));
    }
    view.whole |= fits && view.received == total && view.members.len() == total;
    if view.whole { Ok(view) } else { read_on(api, group, view).await }
}

/// Reads a group from its beginning to its end, page after page: for servers that tell no total, and for groups that change
/// while they are read.
async fn read_on(api: &Api, group: &Guid, view: GroupView) -> Result<GroupView> {
    if view.whole {
        return Ok(view);
    }
    let taken = Instant::now();
    let members: Vec<Member> = api.list(&members_of(group)).await?;
    let received = members.len();
    let members = members.into_iter().map(|member| (member.id, member.email)).collect();
    Ok(GroupView { taken, members, received, total: Some(received), whole: true, ..view })
}
