use super::*;

fn outbox(waiting: usize, change: impl FnOnce(&mut State)) -> Outbox {
    let outbox = Outbox::default();
    {
        let mut state = outbox.state();
        for number in 0..waiting {
            state.waiting.push(Entry {
                number: number as u64,
                email: format!("person-{number}@example.com"),
                role: WorkspaceRole::Guest,
                role_id: Guid::known("role"),
                scope: Scope::default(),
                answer: oneshot::channel().0,
                may_be_ours: false,
                in_refused_batch: false,
                sent_again: false,
                attempts: 0,
                since: Instant::now(),
            });
        }
        change(&mut state);
    }
    outbox
}

async fn gathered(outbox: &Outbox) -> Duration {
    let start = Instant::now();
    outbox.gather(Duration::from_millis(5), 100).await;
    start.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_lone_invitation_waits_for_nothing() {
    assert_eq!(gathered(&outbox(1, |_| {})).await, Duration::ZERO);
    // Its predecessor was answered, and this is the successor.
    let outbox = outbox(1, |state| state.answered_at = Some(Instant::now()));
    assert_eq!(gathered(&outbox).await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn companions_that_are_known_to_come_are_waited_for_a_moment() {
    let successors = outbox(3, |state| {
        state.answered = 7;
        state.answered_at = Some(Instant::now());
    });
    assert_eq!(gathered(&successors).await, Duration::from_millis(50));
    let checking = outbox(3, |_| {});
    let coming = checking.coming();
    assert_eq!(gathered(&checking).await, Duration::from_millis(15));
    drop(coming);
    assert_eq!(gathered(&checking).await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_larger_batch_under_way_is_waited_for_as_long_as_a_request_takes() {
    let round_trip = Duration::from_millis(200);
    let larger = |looked_up| {
        outbox(4, |state| {
            state.looked_up = looked_up;
            state.round_trip = round_trip;
        })
    };
    assert_eq!(gathered(&larger(6)).await, Duration::from_millis(415));
    assert_eq!(gathered(&larger(3)).await, Duration::ZERO, "a smaller one joins the next batch");
}

#[tokio::test(start_paused = true)]
async fn a_full_batch_leaves_at_once() {
    let full = outbox(100, |state| state.answered = 100);
    assert_eq!(gathered(&full).await, Duration::ZERO);
}

#[test]
fn an_entry_can_be_withdrawn_once() {
    let outbox = outbox(2, |_| {});
    assert!(outbox.withdraw(1));
    assert!(!outbox.withdraw(1));
    assert_eq!(outbox.state().waiting.len(), 1);
}
