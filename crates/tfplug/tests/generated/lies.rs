//! Lies that no handler can tell: answers falsified on their way out, after all checks of the framework.

use proptest::prelude::*;
use tfplug::testing::{Answer, Asked};
use tfplug::value::{Dynamic, Number, Path, Type, msgpack};

use crate::provider::identity_type;

/// A lie about objects of one type.
#[derive(Clone, Debug)]
pub(crate) struct Lie {
    pub(crate) asked: Asked,
    /// Whether it is told about objects that are there already, or about new ones.
    pub(crate) later: bool,
    pub(crate) what: What,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    /// The value of a top-level attribute.
    Attribute(&'static str, Twist),
    /// Any value, counted through the object.
    Anything(usize, Twist),
    /// The whole object.
    Object(Twist),
    Identity(Twist),
    /// Which attributes force a replacement.
    Replace(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Twist {
    /// Another value of the same type.
    Other,
    Null,
    Unknown,
    /// An element more.
    Extra,
    /// An element less.
    Fewer,
    /// Bytes that are no such value.
    Garbled,
}

/// Lies about anything that leave a value of its type.
pub(crate) fn lies() -> impl Strategy<Value = Lie> {
    let twist = prop_oneof![
        3 => Just(Twist::Other), 2 => Just(Twist::Null), 2 => Just(Twist::Unknown), 2 => Just(Twist::Extra),
        2 => Just(Twist::Fewer),
    ];
    let asked = prop_oneof![3 => Just(Asked::Apply), 3 => Just(Asked::Plan), 1 => Just(Asked::Read)];
    let what = prop_oneof![
        8 => (any::<usize>(), twist).prop_map(|(index, twist)| What::Anything(index, twist)),
        1 => prop_oneof![Just("id"), Just("name"), Just("nothing")].prop_map(What::Replace),
    ];
    (asked, any::<bool>(), what).prop_map(|(asked, later, what)| {
        // What is read is there.
        Lie { asked, later: later || asked == Asked::Read, what }
    })
}

/// MessagePack's null.
const NULL: &[u8] = &[0xc0];

/// Tells the lie if this is the answer for it; `ty` is the type of the object.
pub(crate) fn tell(lie: &Lie, ty: &Type, answer: &mut Answer<'_>) {
    let deleted = answer.object == NULL;
    if answer.asked != lie.asked || (answer.prior != NULL) != lie.later || deleted {
        return;
    }
    match &lie.what {
        What::Replace(name) => answer.replace.push(Path::attribute(*name)),
        What::Identity(twist) => {
            let told = answer.identity.as_deref().map(|bytes| msgpack::decode(bytes, &identity_type()));
            let Some(Ok(mut identity)) = told else { return };
            twisted(&mut identity, &mut 0, *twist, &identity_type());
            answer.identity = msgpack::encode(&identity, &identity_type()).ok();
        }
        What::Object(Twist::Garbled) => answer.object.truncate(answer.object.len() / 2),
        What::Object(Twist::Null) => answer.object = NULL.to_vec(),
        What::Object(_) => answer.object = msgpack::encode(&Dynamic::unknown(), ty).unwrap(),
        What::Attribute(name, twist) => {
            let mut object = msgpack::decode(&answer.object, ty).unwrap();
            let Type::Object(attributes) = ty else { return };
            let value = object.as_map_mut().and_then(|entries| entries.get_mut(*name)).unwrap();
            if *twist == Twist::Garbled {
                // It is text where it should be: a list is none.
                *value = Dynamic::List(Vec::new());
                answer.object = msgpack::encode(&object, &Type::Dynamic.resolve(&object)).unwrap();
                return;
            }
            twist_value(value, *twist, &attributes[*name]);
            answer.object = msgpack::encode(&object, ty).unwrap();
        }
        What::Anything(index, twist) => {
            let mut object = msgpack::decode(&answer.object, ty).unwrap();
            let mut left = usize::MAX;
            twisted(&mut object, &mut left, *twist, ty);
            let count = usize::MAX - left;
            twisted(&mut object, &mut (index % count), *twist, ty);
            // Of a value of open type the lie may be none of its own type; then it is not told.
            if let Ok(bytes) = msgpack::encode(&ty.normalize(object), ty) {
                answer.object = bytes;
            }
        }
    }
}

/// Twists the value at which `left` is 0 when it is counted down in preorder, the object itself excluded.
fn twisted(value: &mut Dynamic, left: &mut usize, twist: Twist, ty: &Type) {
    let several = matches!(ty, Type::List(_) | Type::Set(_) | Type::Map(_));
    let parts: Vec<(&mut Dynamic, Type)> = match (value, ty) {
        (Dynamic::Typed(own, value), _) => vec![(&mut **value, (**own).clone())],
        (Dynamic::List(items), Type::List(ty) | Type::Set(ty)) => {
            items.iter_mut().map(|item| (item, (**ty).clone())).collect()
        }
        (Dynamic::List(items), Type::Tuple(types)) => items.iter_mut().zip(types.iter().cloned()).collect(),
        (Dynamic::Map(entries), Type::Map(ty)) => {
            entries.values_mut().map(|value| (value, (**ty).clone())).collect()
        }
        (Dynamic::Map(entries), Type::Object(types)) => {
            entries.iter_mut().map(|(name, value)| (value, types[name].clone())).collect()
        }
        _ => Vec::new(),
    };
    for (part, ty) in parts {
        if *left == 0 {
            // Terraform looks for what is sensitive in null elements, too, and ends itself.
            let fatal = several && twist == Twist::Null && matches!(ty, Type::Object(_));
            twist_value(part, if fatal { Twist::Other } else { twist }, &ty);
            // Nothing else is twisted.
            *left = usize::MAX / 2;
            return;
        }
        *left -= 1;
        twisted(part, left, twist, &ty);
    }
}

fn twist_value(value: &mut Dynamic, twist: Twist, ty: &Type) {
    match (twist, value, ty) {
        (Twist::Null, value, _) => *value = Dynamic::Null,
        (Twist::Unknown, value, _) => *value = Dynamic::unknown(),
        (_, Dynamic::Typed(ty, value), _) => twist_value(value, twist, ty),
        (Twist::Extra | Twist::Other, Dynamic::List(items), Type::List(ty) | Type::Set(ty)) => {
            items.push(some(ty));
        }
        (Twist::Extra | Twist::Other, Dynamic::Map(entries), Type::Map(ty)) => {
            entries.insert("more".to_owned(), some(ty));
        }
        (Twist::Fewer, Dynamic::List(items), Type::List(_) | Type::Set(_)) => drop(items.pop()),
        (Twist::Fewer, Dynamic::Map(entries), Type::Map(_)) => drop(entries.pop_last()),
        (_, Dynamic::Bool(value), _) => *value = !*value,
        (_, Dynamic::Map(entries), Type::Object(types)) => {
            if let Some((name, value)) = entries.iter_mut().next() {
                twist_value(value, twist, &types[name]);
            }
        }
        (_, value, ty) => *value = some(ty),
    }
}

/// A value of that type that no honest provider gives.
fn some(ty: &Type) -> Dynamic {
    match ty {
        Type::Bool => Dynamic::Bool(true),
        Type::Number => Dynamic::Number(Number::from(4711)),
        Type::String => "a lie".into(),
        Type::List(ty) | Type::Set(ty) => Dynamic::List(vec![some(ty)]),
        Type::Map(ty) => Dynamic::Map([("more".to_owned(), some(ty))].into()),
        Type::Object(types) => {
            Dynamic::Map(types.iter().map(|(name, ty)| (name.clone(), some(ty))).collect())
        }
        Type::Tuple(types) => Dynamic::List(types.iter().map(some).collect()),
        Type::Dynamic => Dynamic::Typed(Box::new(Type::String), Box::new("a lie".into())),
    }
}
