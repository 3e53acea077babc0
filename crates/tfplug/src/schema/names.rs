//! Fields of one struct held against those of another, by the compiler.
//!
//! A derive sees one struct. What `follows(text)` names may be a field of the other half, every field of an identity is one
//! of either, and a field of both halves is one attribute, of one type. The derives leave names and types as constants. Where
//! a struct names its other half, the derive has the compiler call [`has`] and [`fits`] for each of its fields. Where an object
//! is registered, and its structs come together, [`check`] and [`pair`] look at all fields, named or not; but the compiler runs
//! these only as it makes code. [`super::problems`] looks at names in what is nested and in what is not derived, and
//! [`super::mismatches`] compares that.

use super::derived::{Field, Shape};

/// Fields, where they are known to the compiler.
pub(crate) type Known = Option<&'static [Field]>;

/// Refuses what follows, or names the object by, an attribute that neither half has.
#[track_caller]
#[expect(clippy::panic, reason = "it runs in the compiler, whose error this is")]
pub(crate) const fn check(args: Known, computed: Known, follows: &[(&str, &[&str])], identity: Known) {
    let (Some(args), Some(computed)) = (args, computed) else { return };
    let mut rest = follows;
    while let [(name, followed), others @ ..] = rest {
        let mut followed = *followed;
        while let [wanted, more @ ..] = followed {
            if find(args, wanted).is_none() && find(computed, wanted).is_none() {
                let message = Message::new().add("`").add(name).add("` follows `").add(wanted);
                panic!("{}", message.add("`, which is no attribute of the resource").text());
            }
            followed = more;
        }
        rest = others;
    }
    let Some(mut parts) = identity else { return };
    while let [part, more @ ..] = parts {
        let message = Message::new().add("the identity has `").add(part.name);
        let ((Some(attribute), _) | (None, Some(attribute))) =
            (find(computed, part.name), find(args, part.name))
        else {
            panic!("{}", message.add("`, which is no attribute of the resource").text());
        };
        // Another kind of value is named by `schema_problems`, with all else that is wrong.
        if part.shape.is_same(attribute.shape, true) && !part.shape.is_same(attribute.shape, false) {
            let both = (part.shape, attribute.shape);
            let message = part.shape.told(message.add("` as "), both);
            let message = attribute.shape.told(message.add(", and the resource has "), both);
            panic!("{}", message.text());
        }
        parts = more;
    }
}

/// Refuses computed attributes of a resource, at any depth, that do not say when they may change.
#[expect(clippy::panic, reason = "it runs in the compiler, whose error this is")]
#[track_caller]
pub(crate) const fn outcomes(computed: Known) {
    let Some(mut rest) = computed else { return };
    while let [field, more @ ..] = rest {
        if field.data {
            let message =
                Message::new().add("`").add(field.name).add("` is in a struct with `#[computed(data)]`, ");
            panic!(
                "{}",
                message.add("which is for data sources and ephemeral resources: this is a resource").text()
            );
        }
        let mut shape = field.shape;
        while let Shape::List(inner) | Shape::Set(inner) | Shape::Map(inner) = shape {
            shape = inner;
        }
        if let Shape::Object(fields) = shape {
            outcomes(Some(fields));
        }
        rest = more;
    }
}

/// Refuses fields that both halves have and that cannot be one attribute.
#[track_caller]
pub(crate) const fn pair(args: Known, computed: Known) {
    let (Some(args), Some(mut rest)) = (args, computed) else { return };
    while let [answer, more @ ..] = rest {
        one_attribute(args, answer);
        rest = more;
    }
}

/// The same of one field, as the derive checks it where the struct names the arguments.
#[track_caller]
pub const fn fits(args: Known, computed: Known, name: &str) {
    if let (Some(args), Some(computed)) = (args, computed)
        && let Some(answer) = find(computed, name)
    {
        one_attribute(args, answer);
    }
}

/// Whether there is a field of that name. What the compiler does not know may have any.
pub const fn has(fields: Known, name: &str) -> bool {
    match fields {
        Some(fields) => find(fields, name).is_some(),
        None => true,
    }
}

/// Refuses an answer that is also an argument if the two cannot be one attribute: of two types, or one that the provider
/// never decides because the configuration or a default always does.
///
/// Each struct of a resource reads what is stored, whether the configuration or the provider gave it. So neither may hold
/// a number or a text that the other one cannot. What is read anew each time is read by neither.
#[expect(clippy::panic, reason = "it runs in the compiler, whose error this is")]
#[track_caller]
const fn one_attribute(args: &'static [Field], answer: &Field) {
    let Some(argument) = find(args, answer.name) else { return };
    let message = Message::new().add("`").add(answer.name);
    match (argument.shape, answer.shape) {
        // These are put together attribute by attribute, and the argument says which there are.
        (Shape::Object(args), Shape::Object(computed))
        | (Shape::List(Shape::Object(args)), Shape::List(Shape::Object(computed)))
        | (Shape::Map(Shape::Object(args)), Shape::Map(Shape::Object(computed))) => {
            pair(Some(args), Some(computed));
        }
        (Shape::Unknown, _) | (_, Shape::Unknown) => {}
        (one, other) if !one.is_same(other, answer.data) => {
            let both = (one, other);
            let message = one.told(message.add("` is "), both).add(" as an argument and ");
            let message = other.told(message, both).add(" as a computed attribute");
            let same = match (one, other) {
                (Shape::List(_), Shape::List(_))
                | (Shape::Set(_), Shape::Set(_))
                | (Shape::Map(_), Shape::Map(_))
                | (Shape::Tuple(_), Shape::Tuple(_)) => " of other elements",
                _ => "",
            };
            panic!("{}", message.add(same).text());
        }
        _ if argument.default => {
            let message = message.add("` has a default, so the provider never decides it: remove the ");
            panic!("{}", message.add("default, or the computed attribute").text());
        }
        _ if !argument.optional => {
            let message = message.add("` is required, so the provider never decides it: make the argument ");
            panic!("{}", message.add("an `Option`, or remove the computed attribute").text());
        }
        _ => {}
    }
}

impl Shape {
    /// Whether values are of one type, and of one range or rule unless only `kinds` matter. Nothing is known about what is
    /// unknown.
    const fn is_same(&self, other: &Shape, kinds: bool) -> bool {
        match (self, other) {
            (Shape::Unknown, _)
            | (_, Shape::Unknown)
            | (Shape::Bool, Shape::Bool)
            | (Shape::Any, Shape::Any) => true,
            (Shape::Number(one), Shape::Number(other)) | (Shape::Text(one), Shape::Text(other)) => {
                kinds || is_same(one.as_bytes(), other.as_bytes())
            }
            (Shape::List(one), Shape::List(other))
            | (Shape::Set(one), Shape::Set(other))
            | (Shape::Map(one), Shape::Map(other)) => one.is_same(other, kinds),
            (Shape::Tuple(parts), Shape::Tuple(others)) => {
                let (mut parts, mut others) = (*parts, *others);
                while let ([part, more @ ..], [other, rest @ ..]) = (parts, others) {
                    if !part.is_same(other, kinds) {
                        return false;
                    }
                    (parts, others) = (more, rest);
                }
                parts.is_empty() && others.is_empty()
            }
            (Shape::Object(fields), Shape::Object(others)) => {
                let (mut rest, mut same) = (*fields, fields.len() == others.len());
                while let [field, more @ ..] = rest {
                    same = same
                        && match find(others, field.name) {
                            Some(other) => field.shape.is_same(other.shape, kinds),
                            None => false,
                        };
                    rest = more;
                }
                same
            }
            _ => false,
        }
    }

    /// Adds what the values are, as far as it tells these two apart.
    const fn told(&self, message: Message, both: (&Shape, &Shape)) -> Message {
        match (self, both) {
            (Shape::Number(ty), (Shape::Number(_), Shape::Number(_))) => {
                message.add("a number of type `").add(ty).add("`")
            }
            (Shape::Text(rule), (Shape::Text(_), Shape::Text(_))) if rule.is_empty() => {
                message.add("any text")
            }
            (Shape::Text(rule), (Shape::Text(_), Shape::Text(_))) => {
                message.add("text that must be ").add(rule)
            }
            _ => message.add(self.words()),
        }
    }

    const fn words(&self) -> &'static str {
        match self {
            Shape::Unknown => "of an unknown type",
            Shape::Bool => "a bool",
            Shape::Number(_) => "a number",
            Shape::Text(_) => "text",
            Shape::Any => "of any type",
            Shape::List(_) => "a list",
            Shape::Set(_) => "a set",
            Shape::Map(_) => "a map",
            Shape::Tuple(_) => "a tuple",
            Shape::Object(_) => "an object",
        }
    }
}

const fn find<'a>(mut fields: &'a [Field], wanted: &str) -> Option<&'a Field> {
    while let [field, rest @ ..] = fields {
        if is_same(field.name.as_bytes(), wanted.as_bytes()) {
            return Some(field);
        }
        fields = rest;
    }
    None
}

const fn is_same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([first, rest_of_a @ ..], [second, rest_of_b @ ..]) = (a, b) {
        if *first != *second {
            return false;
        }
        (a, b) = (rest_of_a, rest_of_b);
    }
    a.is_empty() && b.is_empty()
}

/// Text put together where nothing can be allocated. What is too long for it ends early.
struct Message {
    bytes: [u8; 512],
    len: usize,
}

impl Message {
    const fn new() -> Self {
        Message { bytes: [0; 512], len: 0 }
    }

    const fn add(mut self, text: &str) -> Self {
        let mut text = text.as_bytes();
        while let ([byte, rest @ ..], true) = (text, self.len < self.bytes.len()) {
            self.bytes[self.len] = *byte;
            self.len += 1;
            text = rest;
        }
        self
    }

    const fn text(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "an attribute is named that the resource has not",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn field(name: &'static str, shape: &'static Shape) -> Field {
        Field { name, optional: true, default: false, data: false, shape }
    }

    const TEXT: &Shape = &Shape::Text("");
    const NUMBER: &Shape = &Shape::Number("i64");

    /// The compiler's error.
    fn said(check: impl FnOnce() + std::panic::UnwindSafe) -> String {
        let panic = std::panic::catch_unwind(check);
        panic.map_or_else(|panic| *panic.downcast::<String>().expect("text"), |()| "fine".to_owned())
    }

    fn known(names: &[&'static str]) -> Known {
        Some(Box::leak(names.iter().map(|name| field(name, TEXT)).collect()))
    }

    fn names(follows: &[(&str, &[&str])], identity: &[&'static str]) -> String {
        let (args, computed, identity) = (known(&["name", "text"]), known(&["id", "size"]), known(identity));
        said(|| check(args, computed, follows, identity))
    }

    #[test]
    fn names_of_either_half_are_fine_and_others_are_named() {
        assert_eq!(names(&[("size", &["text", "id"])], &["id", "name"]), "fine");
        assert_eq!(
            names(&[("id", &["name"]), ("size", &["text", "txt"])], &[]),
            "`size` follows `txt`, which is no attribute of the resource"
        );
        assert_eq!(
            names(&[], &["name", "nam"]),
            "the identity has `nam`, which is no attribute of the resource"
        );
        assert_eq!(names(&[], &["names"]), "the identity has `names`, which is no attribute of the resource");
    }

    /// What the resource has stored must be readable as an identity, and the reverse.
    #[test]
    fn an_identity_has_the_ranges_and_rules_of_the_resource() {
        let identity = |shape| {
            let parts: Known = Some(Box::leak(Box::new([field("id", shape)])));
            said(move || check(known(&["name"]), known(&["id"]), &[], parts))
        };
        assert_eq!(identity(TEXT), "fine");
        assert_eq!(
            identity(&Shape::Text("a UUID")),
            "the identity has `id` as text that must be a UUID, and the resource has any text"
        );
    }

    #[test]
    fn a_field_of_both_halves_is_one_attribute() {
        const RECORD: &Shape = &Shape::Object(&[field("text", TEXT), field("size", NUMBER)]);
        const ANSWER: &Shape = &Shape::Object(&[field("size", TEXT)]);
        let of = |argument: Field, answer: &'static Shape| {
            let (argument, answer) =
                (Box::leak(Box::new([argument])), Box::leak(Box::new([field("a", answer)])));
            said(|| pair(Some(argument), Some(answer)))
        };
        let optional = |shape| field("a", shape);
        assert_eq!(of(optional(TEXT), TEXT), "fine");
        assert_eq!(of(optional(TEXT), &Shape::Unknown), "fine");
        assert_eq!(of(field("b", TEXT), NUMBER), "fine");
        assert_eq!(
            of(optional(NUMBER), TEXT),
            "`a` is a number as an argument and text as a computed attribute"
        );
        const SMALL: &Shape = &Shape::Number("u32");
        const RULED: &Shape = &Shape::Text("a duration");
        assert_eq!(
            of(optional(NUMBER), SMALL),
            "`a` is a number of type `i64` as an argument and a number of type `u32` as a computed attribute"
        );
        assert_eq!(
            of(optional(TEXT), RULED),
            "`a` is any text as an argument and text that must be a duration as a computed attribute"
        );
        assert_eq!(
            of(optional(RULED), TEXT),
            "`a` is text that must be a duration as an argument and any text as a computed attribute"
        );
        assert_eq!(of(optional(RULED), RULED), "fine");
        assert_eq!(
            of(optional(&Shape::List(NUMBER)), &Shape::List(SMALL)),
            "`a` is a list as an argument and a list as a computed attribute of other elements"
        );
        // Of a data source nothing is read back.
        const FRESH: Field = Field { data: true, ..field("a", SMALL) };
        pair(Some(const { &[field("a", NUMBER)] }), Some(const { &[FRESH] }));
        assert_eq!(
            of(optional(&Shape::List(TEXT)), &Shape::Set(TEXT)),
            "`a` is a list as an argument and a set as a computed attribute"
        );
        assert_eq!(
            of(optional(&Shape::List(TEXT)), &Shape::List(NUMBER)),
            "`a` is a list as an argument and a list as a computed attribute of other elements"
        );
        assert_eq!(
            of(Field { optional: false, ..optional(TEXT) }, TEXT),
            "`a` is required, so the provider never decides it: make the argument an `Option`, or remove the computed \
             attribute"
        );
        assert_eq!(
            of(Field { optional: false, default: true, ..optional(TEXT) }, TEXT),
            "`a` has a default, so the provider never decides it: remove the default, or the computed attribute"
        );
        // Attribute by attribute, whether or not the object itself is required.
        let both = "`size` is a number as an argument and text as a computed attribute";
        let required = Field { optional: false, ..field("a", RECORD) };
        assert_eq!(of(required, ANSWER), both);
        assert_eq!(of(Field { shape: &Shape::Map(RECORD), ..required }, &Shape::Map(ANSWER)), both);
        const OTHER: &Shape = &Shape::Object(&[field("new", TEXT)]);
        assert_eq!(of(required, OTHER), "fine");
        // Elements of sets cannot be put together.
        assert_eq!(
            of(optional(&Shape::Set(RECORD)), &Shape::Set(ANSWER)),
            "`a` is a set as an argument and a set as a computed attribute of other elements"
        );
        assert_eq!(of(optional(&Shape::Set(RECORD)), &Shape::Set(RECORD)), "fine");
    }

    #[test]
    fn an_answer_that_is_read_anew_is_none_of_a_resource() {
        const RECORD: &Shape =
            &Shape::Object(&[field("text", TEXT), Field { data: true, ..field("size", NUMBER) }]);
        let of = |shape| said(|| outcomes(Some(Box::leak(Box::new([field("a", shape)])))));
        assert_eq!(of(TEXT), "fine");
        let refusal = "`size` is in a struct with `#[computed(data)]`, which is for data sources and ephemeral resources: this \
                       is a resource";
        assert_eq!(of(RECORD), refusal);
        assert_eq!(of(&Shape::Map(RECORD)), refusal);
        outcomes(None);
    }

    #[test]
    fn what_is_known_at_run_time_only_is_left_to_the_check_of_schemas() {
        check(None, Some(&[]), &[("size", &["text"])], Some(&[]));
        check(Some(&[]), Some(&[]), &[], None);
        pair(None, Some(&[]));
    }
}
