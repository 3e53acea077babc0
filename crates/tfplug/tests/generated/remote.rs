//! The remote side of generated resources: what it makes of arguments, and where its objects are kept.
//!
//! It decides by the fields alone and by how often it was asked, so that the same calls give the same objects in this
//! process and in one that Terraform starts.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::PathBuf;

use tfplug::schema::{Attribute, Nesting, Outcome};
use tfplug::value::{Dynamic, Number, Type, json};

use crate::shape::{Field, Source, folded};

/// Where objects are kept: in files of a folder, or in the memory of the thread.
#[derive(Clone)]
pub(crate) struct Remote {
    pub(crate) folder: Option<PathBuf>,
}

thread_local! {
    static MEMORY: RefCell<BTreeMap<String, Vec<u8>>> = const { RefCell::new(BTreeMap::new()) };
}

impl Remote {
    /// Forgets all that this thread remembers.
    pub(crate) fn forget() {
        MEMORY.with_borrow_mut(BTreeMap::clear);
    }

    /// Names of the objects that this thread remembers.
    pub(crate) fn objects() -> Vec<String> {
        MEMORY.with_borrow(|memory| memory.keys().filter(|name| !name.ends_with(".turn")).cloned().collect())
    }

    fn get(&self, name: &str) -> Option<Vec<u8>> {
        match &self.folder {
            None => MEMORY.with_borrow(|memory| memory.get(name).cloned()),
            Some(folder) => std::fs::read(folder.join(name)).ok(),
        }
    }

    fn put(&self, name: &str, bytes: Vec<u8>) {
        match &self.folder {
            None => MEMORY.with_borrow_mut(|memory| drop(memory.insert(name.to_owned(), bytes))),
            Some(folder) => std::fs::write(folder.join(name), bytes).unwrap(),
        }
    }

    /// How many changes of this kind of object there were, this one included.
    pub(crate) fn turn(&self, kind: &str) -> u64 {
        let name = format!("{kind}.turn");
        let turn = self.get(&name).map_or(0, |bytes| String::from_utf8(bytes).unwrap().parse().unwrap()) + 1;
        self.put(&name, u64::to_string(&turn).into_bytes());
        turn
    }

    pub(crate) fn load(&self, id: &str, ty: &Type) -> Option<Dynamic> {
        self.get(id).map(|bytes| json::decode(&bytes, ty).unwrap())
    }

    pub(crate) fn save(&self, id: &str, object: &Dynamic, ty: &Type) {
        self.put(id, json::encode(object, ty).unwrap());
    }

    pub(crate) fn delete(&self, id: &str) {
        match &self.folder {
            None => MEMORY.with_borrow_mut(|memory| drop(memory.remove(id))),
            Some(folder) => {
                // That it is gone already is success.
                let _ = std::fs::remove_file(folder.join(id));
            }
        }
    }
}

/// The object that comes of what was planned; null stands for what is open. `before` is null for a new object.
pub(crate) fn settled(fields: &[Field], planned: &Dynamic, before: &Dynamic, turn: u64) -> Dynamic {
    let entries = fields.iter().map(|field| {
        let (said, prior) = (planned.get(&field.name), before.get(&field.name));
        let invent = || invented(field, turn);
        let value = match &field.source {
            Source::WriteOnly => Dynamic::Null,
            Source::Required | Source::Optional | Source::Default(_) => inner(field, said, prior, turn),
            Source::Computed(_) if !said.is_null() => said.clone(),
            Source::Either(_) if !said.is_null() => inner(field, said, prior, turn),
            Source::Computed(_) | Source::Either(_) if before.is_null() => invent(),
            Source::Computed(outcome) | Source::Either(outcome) => match outcome {
                // Terraform takes nested objects that hold arguments for configured; now they are to go.
                _ if stays(outcome, planned, before) => {
                    if field.nested().is_some() {
                        Dynamic::Null
                    } else {
                        prior.clone()
                    }
                }
                _ => invent(),
            },
        };
        (field.name.clone(), value)
    });
    Dynamic::Map(entries.collect())
}

/// Whether an update leaves a computed value as it is.
fn stays(outcome: &Outcome, planned: &Dynamic, before: &Dynamic) -> bool {
    match outcome {
        Outcome::Keep | Outcome::KeepNonNull => true,
        Outcome::Follows(names) => names.iter().all(|name| planned.get(name) == before.get(name)),
        Outcome::Volatile => false,
    }
}

/// A value that was said, completed where it holds objects.
fn inner(field: &Field, said: &Dynamic, prior: &Dynamic, turn: u64) -> Dynamic {
    let Some((nesting, fields)) = field.nested() else { return said.clone() };
    if said == prior {
        return prior.clone();
    }
    let at = |index: usize| prior.as_list().and_then(|items| items.get(index)).unwrap_or(&Dynamic::Null);
    let value = match (nesting, said.untyped()) {
        (Nesting::Single, Dynamic::Map(_)) => settled(fields, said, prior, turn),
        (Nesting::List, Dynamic::List(items)) => Dynamic::List(
            items.iter().enumerate().map(|(index, item)| settled(fields, item, at(index), turn)).collect(),
        ),
        (Nesting::Map, Dynamic::Map(entries)) => Dynamic::Map(
            entries
                .iter()
                .map(|(key, item)| (key.clone(), settled(fields, item, prior.get(key), turn)))
                .collect(),
        ),
        // Sets hold nothing that is computed.
        (_, said) => return said.clone(),
    };
    ty_of(field).normalize(value)
}

/// The type of a field.
fn ty_of(field: &Field) -> Type {
    match crate::shape::ty(std::slice::from_ref(field)) {
        Type::Object(mut attributes) => attributes.remove(&field.name).unwrap(),
        other => other,
    }
}

/// A value that nobody has asked for.
fn invented(field: &Field, turn: u64) -> Dynamic {
    let mut hasher = DefaultHasher::new();
    (&field.name, turn).hash(&mut hasher);
    let dice = hasher.finish();
    if dice.is_multiple_of(4) && field.name != "id" {
        return Dynamic::Null;
    }
    let Some((nesting, fields)) = field.nested() else {
        return invented_value(&ty_of(field), turn, dice);
    };
    let object = |salt: u64| {
        let entries = fields.iter().map(|field| {
            let value = match &field.source {
                Source::Computed(_) | Source::Either(_) => invented(field, turn + salt),
                Source::Default(default) => default.clone(),
                _ => Dynamic::Null,
            };
            (field.name.clone(), value)
        });
        Dynamic::Map(entries.collect())
    };
    let value = match nesting {
        Nesting::Single => object(0),
        Nesting::List | Nesting::Set => Dynamic::List((0..dice % 3).map(object).collect()),
        Nesting::Map => Dynamic::Map((0..dice % 3).map(|salt| (format!("k{salt}"), object(salt))).collect()),
    };
    ty_of(field).normalize(value)
}

fn invented_value(ty: &Type, turn: u64, dice: u64) -> Dynamic {
    let of = |ty: &Type, salt: u64| invented_value(ty, turn, dice / 3 + salt);
    let value = match ty {
        Type::Bool => Dynamic::Bool(dice.is_multiple_of(2)),
        Type::Number => Dynamic::Number(Number::parse(&format!("{turn}.{dice}")).unwrap()),
        Type::String => Dynamic::String(format!("made-{turn}")),
        Type::List(element) | Type::Set(element) => {
            Dynamic::List((0..dice % 3).map(|salt| of(element, salt)).collect())
        }
        Type::Map(element) => {
            Dynamic::Map((0..dice % 3).map(|salt| (format!("k{salt}"), of(element, salt))).collect())
        }
        Type::Object(attributes) => {
            Dynamic::Map(attributes.iter().map(|(name, ty)| (name.clone(), of(ty, 1))).collect())
        }
        Type::Dynamic | Type::Tuple(_) => {
            let own = if dice.is_multiple_of(2) { Type::String } else { Type::List(Box::new(Type::Number)) };
            let value = of(&own, 1);
            Dynamic::Typed(Box::new(own), Box::new(value))
        }
    };
    ty.normalize(value)
}

/// The object in the spelling of the remote side.
pub(crate) fn respelled(fields: &[Field], object: &Dynamic) -> Dynamic {
    match object {
        Dynamic::Map(entries) => {
            let entries = entries.iter().map(|(name, value)| {
                let field = fields.iter().find(|field| field.name == *name).unwrap();
                (name.clone(), respelled_value(field, value))
            });
            Dynamic::Map(entries.collect())
        }
        other => other.clone(),
    }
}

fn respelled_value(field: &Field, value: &Dynamic) -> Dynamic {
    match (field.nested(), value) {
        (None, value) if field.folds => folded(value),
        (None, value) => value.clone(),
        (Some((Nesting::Map, fields)), Dynamic::Map(entries)) => Dynamic::Map(
            entries.iter().map(|(key, object)| (key.clone(), respelled(fields, object))).collect(),
        ),
        (Some((_, fields)), Dynamic::List(items)) => {
            Dynamic::List(items.iter().map(|object| respelled(fields, object)).collect())
        }
        (Some((_, fields)), object) => respelled(fields, object),
    }
}

/// The part of an object that these attributes are.
pub(crate) fn part(attributes: &[Attribute], object: &Dynamic) -> BTreeMap<String, Dynamic> {
    let entries = attributes
        .iter()
        .map(|attribute| (attribute.name.clone(), part_value(attribute, object.get(&attribute.name))));
    entries.collect()
}

fn part_value(attribute: &Attribute, value: &Dynamic) -> Dynamic {
    let Some((nesting, inner)) = attribute.nested() else { return value.clone() };
    let object = |value: &Dynamic| match value {
        Dynamic::Map(_) => Dynamic::Map(part(inner, value)),
        other => other.clone(),
    };
    match (nesting, value.untyped()) {
        (Nesting::Map, Dynamic::Map(entries)) => {
            Dynamic::Map(entries.iter().map(|(key, value)| (key.clone(), object(value))).collect())
        }
        (_, Dynamic::List(items)) => Dynamic::List(items.iter().map(object).collect()),
        (_, value) => object(value),
    }
}
