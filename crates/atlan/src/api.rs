//! What engines and areas use: requests to one tenant, and the limits of one call.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::answer::Answer;
use crate::config::{Config, Sharing, Timing};
use crate::doubts::Doubts;
use crate::error::{Call, Error, Result, Stop};
use crate::list::{List, Page, Pager, Record, Walk, Whole};
use crate::once::Once;
use crate::request::Request;
use crate::retry::Next;
use crate::scope::{Scope, Waited};
use crate::summary::Summary;
use crate::transport::Transport;

/// Access to one tenant. Clones share connections and pace; each carries the limits of its call.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    wire: Arc<Wire>,
    pub(crate) scope: Scope,
}

#[derive(Debug)]
struct Wire {
    transport: Transport,
    pager: Pager,
    /// Writes that may still take effect after a look-up, by what they are about.
    late: Doubts,
}

impl Api {
    /// Without any request.
    pub(crate) fn new(config: Config) -> Result<Self> {
        let wire =
            Wire { transport: Transport::new(config)?, pager: Pager::default(), late: Doubts::default() };
        Ok(Self { wire: Arc::new(wire), scope: Scope::default() })
    }

    /// The same access for one call, which ends at the deadline or the cancellation.
    pub(crate) fn within(&self, deadline: Option<Instant>, cancel: CancellationToken) -> Self {
        self.with(Scope::new(deadline, cancel))
    }

    /// The same access without limits, for work that several calls share.
    pub(crate) fn detached(&self) -> Self {
        self.with(Scope::default())
    }

    /// The same access, with a short grace after the end of its call, or after a later answer of its last write: to find out the effect
    /// of a finished write.
    pub(crate) fn settling(&self) -> Self {
        self.with(self.scope.answered().settling(self.timing().grace))
    }

    /// The same access with time for look-ups until `until` and one after it, to find out the effect of an earlier process.
    pub(crate) fn looking_until(&self, until: Instant) -> Self {
        self.with(self.scope.at_least_until(until + self.config().request_timeout))
    }

    /// The same access with all the time of its call left after a look-up until `until`.
    pub(crate) fn after_a_look_until(&self, until: Instant) -> Self {
        let given = self.scope.deadline().map(|deadline| deadline.saturating_duration_since(Instant::now()));
        self.with(self.scope.at_least_until(until + given.unwrap_or_default()))
    }

    /// The same access for work that is done for one call.
    pub(crate) fn with(&self, scope: Scope) -> Self {
        Self { wire: Arc::clone(&self.wire), scope }
    }

    pub(crate) fn config(&self) -> &Config {
        self.wire.transport.config()
    }

    pub(crate) fn timing(&self) -> &Timing {
        &self.config().timing
    }

    pub(crate) fn sharing(&self) -> &Sharing {
        &self.config().sharing
    }

    /// How long requests of this call, and of whatever was cloned from it, have waited so far, added up.
    pub(crate) fn waited(&self) -> Waited {
        self.scope.waited()
    }

    /// How long this call, and whatever was cloned from it, has waited so far: at most as long as it has lasted.
    pub(crate) fn has_waited(&self) -> Waited {
        self.scope.has_waited()
    }

    /// How long requests of all clones have been held back so far, by the pace or by a pause.
    pub(crate) fn held_back(&self) -> Waited {
        self.wire.transport.held_back()
    }

    /// The time by the server's clock. `None`: no answer has told it.
    pub(crate) fn server_time(&self) -> Option<Timestamp> {
        self.wire.transport.server_time()
    }

    /// Requests sent so far by all clones.
    pub(crate) fn counts(&self) -> Summary {
        self.wire.transport.counts.so_far()
    }

    /// Sends a request until it succeeds, fails for good, or the call ends.
    pub(crate) async fn send(&self, request: Request) -> Result<Answer> {
        self.wire.transport.send(&self.scope, request).await
    }

    /// As [`Api::send`]. `leaves` is called each time the request is sent.
    pub(crate) async fn send_telling(&self, request: Request, leaves: impl FnMut() + Send) -> Result<Answer> {
        self.wire.transport.send_telling(&self.scope, request, leaves).await
    }

    /// As [`Transport::send_when_due`].
    pub(crate) async fn send_when_due(
        &self,
        request: Request,
        form: impl FnMut(&mut Request) -> bool + Send,
    ) -> Option<Result<Answer>> {
        self.wire.transport.send_when_due(&self.scope, request, form).await
    }

    /// What the policy of retries says about a request that is repeated elsewhere.
    pub(crate) fn next(&self, error: &Error, attempts: u32) -> Next {
        self.wire.transport.next(error, attempts)
    }

    /// A pause before the next attempt of a request that is repeated elsewhere, whatever the error.
    pub(crate) fn backoff(&self, attempts: u32) -> Duration {
        self.wire.transport.backoff(attempts)
    }

    /// Every record of a list, in server order, each once.
    pub(crate) async fn list<T: Record>(&self, list: &List) -> Result<Vec<T>> {
        Ok(self.whole(list).await?.records)
    }

    /// The same, together with the records that could not be read.
    pub(crate) async fn whole<T: Record>(&self, list: &List) -> Result<Whole<T>> {
        self.wire.pager.whole(&self.wire.transport, &self.scope, list).await
    }

    /// As [`Pager::walk`].
    pub(crate) async fn walk<T: Record>(
        &self,
        list: &List,
        visit: impl FnMut(T) -> bool,
    ) -> Result<Option<usize>> {
        self.wire.pager.walk(&self.wire.transport, &self.scope, list, visit).await
    }

    /// As [`Pager::next`].
    pub(crate) async fn next_page<T: Record>(&self, walk: &mut Walk<T>) -> Result<Vec<T>> {
        self.wire.pager.next(&self.wire.transport, &self.scope, walk).await
    }

    /// One page of a list.
    pub(crate) async fn page<T: Record>(&self, list: &List, offset: usize) -> Result<Page<T>> {
        self.wire.pager.page(&self.wire.transport, &self.scope, list, offset).await
    }

    /// The error of a call that ended before a request left. `last`: what an earlier attempt met.
    pub(crate) fn stopped(&self, method: &'static str, path: &str, stop: Stop, last: Option<Error>) -> Error {
        let path = self.wire.transport.path(path);
        let call = Call { method, path, ..Call::unknown() };
        Error::Stopped { call: Box::new(call), stop, last: last.map(Box::new) }
    }

    /// Waits for something that another call may hold up: a turn, a lock, a shared answer. The wait ends when this call
    /// ends. Every wait for another call goes through here; [`Transport`] limits requests. `method` and `path` are for the
    /// error.
    pub(crate) async fn wait<T>(
        &self,
        method: &'static str,
        path: &str,
        others: impl Future<Output = T>,
    ) -> Result<T> {
        self.scope.run(others).await.map_err(|stop| self.stopped(method, path, stop, None))
    }

    /// Notes that a write about `key`, whose answer was lost, may take effect until then.
    pub(crate) fn is_late(&self, key: &str, until: Instant) {
        self.wire.late.add(key, until);
    }

    /// Waits until no write about these keys can take effect any more. `path`: for the error.
    pub(crate) async fn writes_are_over(&self, path: &str, keys: &[String]) -> Result<()> {
        let late = keys.iter().filter_map(|key| self.wire.late.until(key)).max();
        if let Some(until) = late.filter(|until| *until > Instant::now()) {
            tracing::info!(path, "waiting until a write with a lost answer cannot take effect any more");
            self.wait("POST", path, tokio::time::sleep_until(until)).await?;
        }
        keys.iter().for_each(|key| self.wire.late.clear(key));
        Ok(())
    }

    /// What is read once. If it has not been read, one call reads it and the others wait for that.
    pub(crate) async fn once<'a, T, F>(
        &self,
        cell: &'a Once<T>,
        path: &str,
        read: impl FnOnce() -> F,
    ) -> Result<&'a T>
    where
        F: Future<Output = Result<T>>,
    {
        match cell.get() {
            Some(known) => Ok(known),
            None => self.wait("GET", path, Box::pin(cell.get_or_read(read))).await?,
        }
    }

    /// Looks, with growing pauses, until something shows or `until` has passed; one last look-up follows. `None`: nothing
    /// showed. A failed look that may pass soon counts as one that showed nothing, unless it was the last.
    ///
    /// `look` gets its own copy of the access, because the compiler cannot prove that a future which borrows it is `Send`.
    pub(crate) async fn poll<T, L>(&self, until: Instant, look: impl Fn(Self) -> L) -> Result<Option<T>>
    where
        L: Future<Output = Result<Option<T>>>,
    {
        let mut pause = self.timing().poll;
        loop {
            let started = Instant::now();
            let seen = look(self.clone()).await;
            match seen {
                Ok(Some(found)) => return Ok(Some(found)),
                Err(error @ Error::Stopped { .. }) => return Err(error),
                Err(error) if started >= until || !error.may_pass_soon() => return Err(error),
                Ok(None) if started >= until => return Ok(None),
                _ => {}
            }
            let left = until.saturating_duration_since(Instant::now());
            if self.scope.sleep(pause.min(left)).await.is_err() {
                return Ok(None);
            }
            pause = (pause * 2).min(self.timing().poll_max);
        }
    }
}
