//! Identities as one line of text: what `terraform import` takes, and the `id` of an `import` block.
//!
//! The text holds the attributes that an import must give, in the order of the struct, with a separator between them:
//! `workspace/group/member`. Each part is read as its attribute's type, then all of them as the identity.

use std::collections::BTreeMap;

use super::{Attribute, Identity, Mode};
use crate::diag::{Error, Result};
use crate::value::display::shorten;
use crate::value::{Dynamic, Number, Type};

/// Reads the text of an identity.
pub(super) fn read<I: Identity>(text: &str, separator: char) -> Result<I> {
    let attributes = I::attributes();
    let mut named: Vec<&Attribute> = attributes.iter().filter(|part| part.mode == Mode::Required).collect();
    if named.is_empty() {
        named = attributes.iter().collect();
    }
    let form = named.iter().map(|part| format!("<{}>", part.name)).collect::<Vec<_>>();
    let form = form.join(&separator.to_string());
    // One part is the whole text, whatever is in it.
    let parts: Vec<&str> = if named.len() == 1 { vec![text] } else { text.split(separator).collect() };
    if parts.len() != named.len() {
        let counted = match parts.len() {
            1 => "1 part".to_owned(),
            count => format!("{count} parts"),
        };
        let other = match parts.len() > named.len() {
            true => format!(
                " If a part itself has `{separator}` in it, use an `import` block with `identity = {{ … }}` (Terraform 1.12 and later)."
            ),
            false => String::new(),
        };
        let problem = format!("{:?} has {counted}, not {}.{other}", shorten(text), named.len());
        return Err(misshapen(&form, &problem));
    }
    let mut object: BTreeMap<String, Dynamic> =
        attributes.iter().map(|attribute| (attribute.name.clone(), Dynamic::Null)).collect();
    for (attribute, part) in named.into_iter().zip(parts) {
        let value = value(attribute, part).map_err(|problem| misshapen(&form, &problem))?;
        object.insert(attribute.name.clone(), value);
    }
    I::from_object(&Dynamic::Map(object)).map_err(|error| {
        let name = error.path().to_string();
        misshapen(&form, &format!("{name}: {}.", error.message()))
    })
}

/// One part as its attribute's type has it; what is wrong with it as a sentence.
fn value(attribute: &Attribute, part: &str) -> Result<Dynamic, String> {
    let name = &attribute.name;
    if part.trim().is_empty() {
        return Err(format!("<{name}> is empty."));
    }
    match attribute.ty() {
        Type::String => Ok(Dynamic::from(part)),
        Type::Number => {
            let number =
                Number::parse(part).map_err(|_| format!("<{name}> is a number, not {:?}.", shorten(part)))?;
            Ok(Dynamic::Number(number))
        }
        Type::Bool => match part {
            "true" => Ok(Dynamic::Bool(true)),
            "false" => Ok(Dynamic::Bool(false)),
            _ => Err(format!("<{name}> is `true` or `false`, not {:?}.", shorten(part))),
        },
        _ => Err(format!("<{name}> cannot be text. Use an `import` block with `identity`.")),
    }
}

fn misshapen(form: &str, problem: &str) -> Error {
    Error::new("Invalid import ID", format!("Write it as `{form}`. {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A member of a group.
    #[derive(tfplug_derive::Identity, Clone, Debug, PartialEq)]
    struct Member {
        /// The group.
        group: String,
        /// The seat.
        seat: i64,
        /// Whether as an owner.
        owner: bool,
        /// Where from.
        site: Option<String>,
    }

    /// A name.
    #[derive(tfplug_derive::Identity, Clone, Debug, PartialEq)]
    struct Name {
        /// What it is called.
        name: String,
    }

    /// Several at once.
    #[derive(tfplug_derive::Identity, Clone, Debug)]
    struct Several {
        /// All of them.
        _names: Vec<String>,
    }

    #[test]
    fn parts_are_read_as_the_types_of_their_attributes() {
        let member = Member { group: "ops".to_owned(), seat: 7, owner: true, site: None };
        assert_eq!(Member::from_text("ops/7/true", '/').expect("a member"), member);
        assert_eq!(Member::from_text("ops:7:true", ':').expect("a member"), member);
        assert_eq!(Name::from_text("a/b:c", '/').expect("a name"), Name { name: "a/b:c".to_owned() });
    }

    #[test]
    fn a_text_of_another_form_is_refused_with_the_form_and_the_part() {
        let refusal = |text: &str| format!("{:?}", Member::from_text(text, '/').expect_err(text));
        let form = "Invalid import ID: Write it as `<group>/<seat>/<owner>`.";
        for (text, problem) in [
            ("ops", r#""ops" has 1 part, not 3."#),
            (
                "ops/7/true/x",
                r#""ops/7/true/x" has 4 parts, not 3. If a part itself has `/` in it, use an `import` block with `identity = { … }` (Terraform 1.12 and later)."#,
            ),
            ("/7/true", "<group> is empty."),
            ("ops/x/true", r#"<seat> is a number, not "x"."#),
            ("ops/7/yes", r#"<owner> is `true` or `false`, not "yes"."#),
        ] {
            assert_eq!(refusal(text), format!("{form} {problem}"));
        }
        let fraction = refusal("ops/7.5/true");
        assert!(fraction.starts_with(&format!("{form} seat: ")), "{fraction}");
        assert_eq!(
            format!("{:?}", Several::from_text("a", '/').expect_err("a list")),
            "Invalid import ID: Write it as `<_names>`. <_names> cannot be text. Use an `import` block \
             with `identity`."
        );
        assert!(Name::from_text("", '/').is_err());
    }
}
