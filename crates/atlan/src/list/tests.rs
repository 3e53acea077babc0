use super::*;
use crate::error::Call;

#[derive(Debug, PartialEq)]
struct Thing(Guid);

#[derive(Deserialize)]
struct ThingWire {
    id: Option<Guid>,
}

impl Record for Thing {
    type Wire = ThingWire;

    fn read(wire: ThingWire, _: &Answer) -> Result<Self, &'static str> {
        Ok(Self(wire.id.ok_or("id")?))
    }

    fn id(&self) -> &Guid {
        &self.0
    }
}

fn page(body: &str, filtered: bool) -> Result<Page<Thing>> {
    let call = Call { method: "GET", path: "/x".into(), request_id: "r".into(), attempts: 1, late: false };
    let list = List { filtered, ..List::of("x") };
    Page::read(&Answer { call, status: 200, body: body.into(), date: None, title: None }, &list, 0)
}

/// Reads a list of the server's records as the pager would; `change` alters the server before each page but the first.
fn read(
    mut server: Vec<u32>,
    cap: usize,
    total: bool,
    mut change: impl FnMut(usize, &mut Vec<u32>),
) -> (Vec<u32>, usize) {
    let (mut progress, mut seen, mut pages) = (Progress::default(), Vec::new(), 0);
    loop {
        if pages > 0 {
            change(pages, &mut server);
        }
        let records: Vec<u32> = server.iter().skip(progress.offset).take(cap).copied().collect();
        let new: Vec<u32> = records.iter().copied().filter(|record| !seen.contains(record)).collect();
        seen.extend(&new);
        pages += 1;
        assert!(pages < 100, "no end");
        match progress.next(records.len(), new.len(), total.then_some(server.len())) {
            Step::Done => return (seen, pages),
            Step::More => {}
            step => panic!("{step:?} after {seen:?}"),
        }
    }
}

#[test]
fn a_list_ends_with_its_total_and_without_one_at_an_empty_page() {
    for (records, with_total, without) in
        [(0, 1, 1), (1, 1, 2), (99, 1, 2), (100, 1, 2), (101, 2, 3), (200, 2, 3)]
    {
        let server: Vec<u32> = (0..records).collect();
        assert_eq!(read(server.clone(), 100, true, |_, _| {}), (server.clone(), with_total), "{records}");
        assert_eq!(read(server.clone(), 100, false, |_, _| {}), (server, without), "{records}");
    }
}

#[test]
fn a_capped_page_loses_nobody() {
    let server: Vec<u32> = (0..95).collect();
    assert_eq!(read(server.clone(), 10, true, |_, _| {}), (server, 10));
}

#[test]
fn records_deleted_between_pages_hide_no_others() {
    let gone_after_first = |page, server: &mut Vec<u32>| {
        if page == 1 {
            server.drain(0..3);
        }
    };
    let (seen, _) = read((0..25).collect(), 10, true, gone_after_first);
    assert_eq!(seen.len(), 25, "{seen:?}");
    let gone_before_last = |page, server: &mut Vec<u32>| {
        if page == 2 {
            server.drain(0..3);
        }
    };
    let (seen, _) = read((0..30).collect(), 10, true, gone_before_last);
    assert_eq!(seen.len(), 30, "{seen:?}");
    let nothing_left_of_the_last = |page, server: &mut Vec<u32>| {
        if page == 2 {
            server.drain(0..1);
        }
    };
    let (seen, _) = read((0..21).collect(), 10, true, nothing_left_of_the_last);
    assert_eq!(seen.len(), 21, "{seen:?}");
}

#[test]
fn records_added_between_pages_are_read() {
    let (seen, _) = read((0..20).collect(), 10, true, |page, server| {
        if page == 1 {
            server.insert(0, 100);
        }
    });
    assert!((0..20).all(|record| seen.contains(&record)), "{seen:?}");
}

#[test]
fn a_server_that_ignores_the_offset_is_noticed() {
    let mut progress = Progress::default();
    assert_eq!(progress.next(10, 10, Some(30)), Step::More);
    assert_eq!(progress.next(10, 0, Some(30)), Step::Stuck);
}

#[test]
fn a_list_that_ends_before_its_total_is_noticed() {
    let mut progress = Progress::default();
    assert_eq!(progress.next(10, 10, Some(30)), Step::More);
    assert_eq!(progress.next(0, 0, Some(30)), Step::Short(30));
}

#[test]
fn reading_goes_on_after_a_total_that_is_too_small() {
    let mut progress = Progress::default();
    assert_eq!(progress.next(10, 10, Some(3)), Step::More);
    assert_eq!(progress.next(10, 10, Some(3)), Step::More);
    assert_eq!(progress.next(0, 0, Some(3)), Step::Done);
}

#[test]
fn envelopes_come_in_many_shapes() {
    let good =
        page(r#"{"totalRecord":9,"filterRecord":"2","records":[{"id":"a"},null,{"id":"b","x":1}]}"#, true);
    let good = good.expect("readable");
    assert_eq!((good.records.len(), good.received, good.total), (2, 3, Some(2)));
    for body in [r#"{"filterRecord":0}"#, r#"{"records":null,"filterRecord":0}"#] {
        assert_eq!(page(body, true).expect(body).received, 0);
    }
    assert_eq!(page(r#"{"totalRecord":0,"records":[]}"#, false).expect("readable").received, 0);
    let body = r#"{"totalRecord":9,"records":[{"id":"a"}]}"#;
    let of_all = page(body, false).expect("readable");
    assert_eq!(of_all.total, Some(9), "without a filter the total of all records is the one of the list");
    assert_eq!(page(body, true).expect("readable").total, None);
}

#[test]
fn an_error_names_the_missing_field() {
    let cases = [
        (r#"{"filterRecord":3}"#, "`records` is missing"),
        (r#"{"records":[{"id":"a"},{}]}"#, "`records[1].id` is missing"),
        (r#"{"records":[]}"#, "`filterRecord` is missing"),
        (r#"{"records":null}"#, "`filterRecord` is missing"),
        (r#"{"totalRecord":9,"records":[]}"#, "`filterRecord` is missing"),
        (r#"{"totalRecord":9,"filterRecord":1,"records":[]}"#, "there should be 1 of them"),
        (r#""text""#, "expected shape"),
    ];
    for (body, problem) in cases {
        let error = page(body, true).expect_err(body).to_string();
        assert!(error.contains(problem), "{error}");
    }
}
