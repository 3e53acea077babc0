//! Each rule of Terraform's, broken in an otherwise sound answer: the breach is an error with Terraform's summary.
//!
//! The framework itself does not let these answers out, so they are made from sound ones on the way back.

mod kinds;
mod resource;

use std::fmt::Display;

use expect_test::Expect;

use super::super::Core;
use super::mill::Mill;
use crate::grpc::convert;
use crate::object::{Registered, Registry};
use crate::proto::tfplugin6 as tf;
use crate::schema::object_type;
use crate::value::{Dynamic, Type};

/// A Terraform that gets this answer changed.
fn lying<T: 'static>(lie: impl Fn(&mut T) + Send + Sync + 'static) -> Core {
    Core::new::<Mill>().tampered(move |answer| {
        if let Some(answer) = answer.downcast_mut() {
            lie(answer);
        }
    })
}

fn registry() -> Registered {
    Registry::<Mill>::of_provider()
}

fn wheel() -> Type {
    registry().resources["mill_wheel"].schema().ty().clone()
}

fn water() -> Type {
    registry().data_sources["mill_water"].schema().ty().clone()
}

fn wheel_id() -> Type {
    object_type(registry().resources["mill_wheel"].identity())
}

/// Sets an attribute of an object in a message.
fn set(message: &mut Option<tf::DynamicValue>, ty: &Type, name: &str, value: impl Into<Dynamic>) {
    let mut object = convert::value(message.as_ref(), ty).expect("it conforms");
    if let Some(entries) = object.as_map_mut() {
        entries.insert(name.to_owned(), value.into());
        *message = Some(convert::dynamic_value(&object, ty).expect("it conforms"));
    }
}

fn set_id(message: &mut Option<tf::ResourceIdentityData>, value: impl Into<Dynamic>) {
    if let Some(identity) = message {
        set(&mut identity.identity_data, &wheel_id(), "id", value);
    }
}

fn junk() -> Option<tf::DynamicValue> {
    Some(tf::DynamicValue { msgpack: vec![0x92, 0x01, 0x02].into(), json: Default::default() })
}

fn deferred(reason: tf::deferred::Reason) -> Option<tf::Deferred> {
    Some(tf::Deferred { reason: reason as i32 })
}

/// What is said of breaches, for one snapshot.
#[derive(Default)]
struct Seen(String);

impl Seen {
    fn add(&mut self, breach: &str, report: &impl Display) {
        let text = report.to_string();
        assert!(text.contains("error"), "{breach} was not caught: {text}");
        self.0 += &format!("# {breach}\n{text}\n");
    }

    fn check(self, expect: Expect) {
        expect.assert_eq(&self.0);
    }
}
