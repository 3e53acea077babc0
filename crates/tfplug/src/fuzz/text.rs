//! Targets: texts with a meaning of their own.
//!
//! For each: what parses is equal to itself, and to what comes of the text that would be stored for it.

use std::net::IpAddr;

use super::{short, targets};
use crate::types::{Cidr, Duration, Json, Text, Timestamp, Uuid};

targets! {
    a_duration: ["0", "1h30m", "1.5h", "250ms", "+3µs", "2562047h47m16s"].map(Vec::from) => text::<Duration>,
    a_timestamp: ["2026-01-31T08:00:00Z", "2026-03-29T01:30:00.25+01:00"].map(Vec::from) => text::<Timestamp>,
    a_network: ["10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0"].map(Vec::from) => text::<Cidr>,
    an_address: ["10.0.0.1", "::1", "::ffff:10.0.0.1", "fe80::1"].map(Vec::from) => text::<IpAddr>,
    a_uuid: ["f81d4fae-7dec-11d0-a765-00a0c91e6bf6"].map(Vec::from) => text::<Uuid>,
    a_json_text: [r#"{"a":[1.0,null,"x"],"b":{"c":1e3}}"#, r#"["é\u00e9"]"#].map(Vec::from) => text::<Json>,
}

#[cfg(feature = "url")]
targets! {
    a_url: ["https://user@example.com:8443/a%20b?c=d#e", "file:///x", "mailto:a@b.c"].map(Vec::from) => text::<::url::Url>,
}

pub(super) fn text<T: Text>(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let _ = T::stored(text);
    match T::parse(text) {
        Ok(read) => {
            assert!(read.same(&read));
            let again = T::stored(&read.text()).expect("what is stored can be read");
            assert!(read.same(&again) && again.same(&read));
        }
        Err(problem) => short(&problem),
    }
}
