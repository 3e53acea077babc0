//! Targets: what belongs to one object beside its values: private state, identities, import ids, paths.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message as _;

use super::provider::Place;
use super::{short, targets};
use crate::grpc::convert;
use crate::object::Private;
use crate::proto::tfplugin6 as tf;
use crate::schema::{Fields as _, Identity as _, object_type};
use crate::value::{Dynamic, Path, Step, msgpack};

targets! {
    private_state: private_states() => private,
    an_identity: identities() => identity,
    an_import_id: ["ops/7", "ops/7.5", "a/-1", "/", "ops/7/x"].map(Vec::from) => import_id,
    an_attribute_path: paths() => attribute_path,
}

fn private_states() -> Vec<Vec<u8>> {
    let json =
        format!(r#"{{"mark":"{}","more":"{}"}}"#, STANDARD.encode("7"), STANDARD.encode(r#"{"a":[1,null]}"#));
    vec![json.into(), br#"{".import_before_read":"dHJ1ZQ=="}"#.to_vec(), b"{}".to_vec()]
}

/// Any bytes will do; what is kept of them is kept in a form that stays.
pub(super) fn private(input: &[u8]) {
    let stored = Private::decode(input).encode();
    assert_eq!(Private::decode(&stored).encode(), stored);
}

fn place(region: Dynamic, number: Dynamic) -> Dynamic {
    Dynamic::Map([("region".to_owned(), region), ("number".to_owned(), number)].into())
}

fn identities() -> Vec<Vec<u8>> {
    let ty = object_type(&Place::attributes());
    [place("ops".into(), 7.into()), place(Dynamic::Null, Dynamic::unknown()), Dynamic::Null]
        .map(|identity| msgpack::encode(&identity, &ty).unwrap())
        .into()
}

pub(super) fn identity(input: &[u8]) {
    let Ok(object) = msgpack::decode(input, &object_type(&Place::attributes())) else { return };
    match Place::from_object(&object) {
        Ok(read) => assert_eq!(Dynamic::Map(read.to_object()), object),
        Err(error) => short(error.message()),
    }
}

pub(super) fn import_id(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for separator in ['/', ':', 'é'] {
        match Place::from_text(text, separator) {
            Ok(read) => {
                let again = format!("{}{separator}{}", read.region, read.number);
                assert_eq!(Place::from_text(&again, separator).ok(), Some(read));
            }
            Err(error) => short(&format!("{error:?}")),
        }
    }
}

fn paths() -> Vec<Vec<u8>> {
    let steps = [
        Step::Attribute("users".to_owned()),
        Step::Key("ada \"x\"".to_owned()),
        Step::Index(usize::MAX >> 1),
    ];
    [Path::root(), Path::attribute("name"), steps.into_iter().collect()]
        .map(|path| convert::path(&path).encode_to_vec())
        .into()
}

pub(super) fn attribute_path(input: &[u8]) {
    let Ok(message) = tf::AttributePath::decode(input) else { return };
    let path = crate::testing::path(message);
    assert_eq!(crate::testing::path(convert::path(&path)), path);
    let _ = path.to_string();
}
