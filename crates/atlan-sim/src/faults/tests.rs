use super::*;

fn taken(rule: Rule, requests: usize) -> Vec<bool> {
    let mut faults = Faults::default();
    faults.add(rule);
    (0..requests).map(|_| faults.take("POST", "/api/service/users", "").is_some()).collect()
}

#[test]
fn rules_match_method_and_path() {
    let takes = |rule: Rule| taken(rule.status(500), 1) == [true];
    assert!(takes(Rule::on("*", "*")));
    assert!(takes(Rule::on("post", "/api/service/users")));
    assert!(takes(Rule::on("*", "*/users")));
    assert!(!takes(Rule::on("GET", "*")));
    assert!(!takes(Rule::on("POST", "/api/service/users/*")));
}

#[test]
fn a_rule_skips_then_acts_a_few_times() {
    let rule = Rule::on("*", "*").status(503).after_n(1).times(2);
    assert_eq!(taken(rule, 5), [false, true, true, false, false]);
}

#[test]
fn chance_repeats_with_the_seed_and_keeps_its_share() {
    let run = |seed| taken(Rule::on("*", "*").status(503).probability(0.3, seed), 1000);
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    let hits = run(1).into_iter().filter(|hit| *hit).count();
    assert!((250..350).contains(&hits), "{hits}");
    assert!(taken(Rule::on("*", "*").status(503).probability(0.0, 1), 100).iter().all(|hit| !hit));
    assert!(taken(Rule::on("*", "*").status(503).probability(1.0, 1), 100).iter().all(|hit| *hit));
}

#[test]
fn the_first_rule_that_is_due_takes_the_request() {
    let mut faults = Faults::default();
    faults.add(Rule::on("*", "*").status(500).times(1));
    faults.add(Rule::on("*", "*").status(502));
    let mut next = || faults.take("GET", "/x", "").map(|fault| fault.number);
    assert_eq!([next(), next(), next()], [Some(0), Some(1), Some(1)]);
}

#[test]
fn a_released_hold_leaves_the_requests_to_later_rules() {
    let mut faults = Faults::default();
    let hold = || Rule { hold: Some(Moment::After), ..Rule::on("POST", "/x") };
    let first = faults.add(hold());
    assert_eq!(faults.take("POST", "/x", "").map(|fault| fault.number), Some(0));
    first.cancel();
    assert!(faults.take("POST", "/x", "").is_none());
    faults.add(hold());
    assert_eq!(faults.take("POST", "/x", "").map(|fault| fault.number), Some(1));
}

#[test]
fn effects_follow_from_the_answer() {
    let effect = |rule: Rule| Fault { number: 0, rule, gate: CancellationToken::new() }.effect();
    let any = || Rule::on("*", "*");
    let later = Duration::from_secs(1);
    assert_eq!(effect(any().delay(later)), Effect::Now);
    assert_eq!(effect(any().status(504)), Effect::Never);
    assert_eq!(effect(any().status(504).applied()), Effect::Now);
    assert_eq!(effect(any().status(504).late(later)), Effect::Late(later));
    assert_eq!(effect(any().drop(Moment::Before)), Effect::Never);
    assert_eq!(effect(any().drop(Moment::After)), Effect::Now);
    assert_eq!(effect(any().drop(Moment::Before).late(later)), Effect::Late(later));
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let any = || Rule::on("*", "*");
    let later = Duration::from_secs(1);
    for rule in [
        any().status(99),
        any().status(600),
        any().probability(1.5, 0).status(500),
        any().status(500).drop(Moment::Before),
        any().applied(),
        any().retry_after(1),
        any().late(later),
        any().late(later).drop(Moment::After),
        any().late(later).status(500).applied(),
    ] {
        assert!(rule.check().is_err(), "{rule:?}");
    }
    assert_eq!(any().status(429).retry_after(2).check(), Ok(()));
}

#[test]
fn rules_are_read_from_json() {
    let rule: Rule = serde_json::from_str(
        r#"{"method":"POST","path":"*/users","drop":"before","late":"2s","delay":50,"count":1}"#,
    )
    .unwrap();
    let expected = Rule::on("POST", "*/users").drop(Moment::Before).late(Duration::from_secs(2));
    assert_eq!(rule, expected.delay(Duration::from_millis(50)).times(1));
    let again = serde_json::from_value::<Rule>(serde_json::to_value(&rule).unwrap()).unwrap();
    assert_eq!(again, rule);
    assert!(serde_json::from_str::<Rule>(r#"{"statis":500}"#).is_err());
}
