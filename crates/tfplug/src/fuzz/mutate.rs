//! Inputs out of valid ones: each damaged up to six times, at places that proptest picks and can shrink.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// One damage. A place is relative to the length that the input has by then.
#[derive(Clone, Debug)]
pub(super) enum Mutation {
    /// One bit is another.
    Flip(Index, u8),
    /// One byte is another.
    Set(Index, u8),
    /// The end is missing.
    Cut(Index),
    /// A part is missing.
    Remove(Index, usize),
    /// From a place on it is another member of the corpus, from a place of that one on.
    Splice(Index, Index, Index),
    /// A part is there many times: nesting where it opens something, elements where it is one.
    Repeat(Index, usize, usize),
    /// A length or number that promises more than there is overwrites a part, or comes before it.
    Bomb(Index, Index, bool),
}

/// Lengths of MessagePack and protobuf up to four gigabytes and beyond, and numbers and texts that grow when written.
const BOMBS: [&[u8]; 16] = [
    b"\xdd\xff\xff\xff\xff",
    b"\xdf\xff\xff\xff\xff",
    b"\xdb\xff\xff\xff\xff",
    b"\xc6\x7f\xff\xff\xff",
    b"\xc9\xff\xff\xff\xff\x0c",
    b"\xdc\xff\xff",
    b"\xde\xff\xff",
    b"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00",
    b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\xff\xff\xff\xff\x0f",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\xa71e99999",
    b"1e1999",
    b"-9223372036854775808",
    b"\\u0000",
    b"\xf4\x8f\xbf\xbf",
];

fn mutation() -> impl Strategy<Value = Mutation> {
    use Mutation::{Bomb, Cut, Flip, Remove, Repeat, Set, Splice};
    prop_oneof![
        4 => (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Flip(at, bit)),
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Set(at, byte)),
        1 => any::<Index>().prop_map(Cut),
        2 => (any::<Index>(), 1..16_usize).prop_map(|(at, count)| Remove(at, count)),
        2 => (any::<Index>(), any::<Index>(), any::<Index>()).prop_map(|(at, other, from)| Splice(at, other, from)),
        1 => (any::<Index>(), 1..12_usize, 1..600_usize).prop_map(|(at, count, times)| Repeat(at, count, times)),
        2 => (any::<Index>(), any::<Index>(), any::<bool>()).prop_map(|(at, which, over)| Bomb(at, which, over)),
    ]
}

impl Mutation {
    /// The input with the damage.
    pub(super) fn apply(&self, mut input: Vec<u8>, corpus: &[Vec<u8>]) -> Vec<u8> {
        // One place more than there are bytes: the end.
        let place = |index: &Index, length: usize| index.index(length + 1);
        match self {
            Mutation::Flip(at, bit) if !input.is_empty() => {
                let at = at.index(input.len());
                input[at] ^= 1 << bit;
            }
            Mutation::Set(at, byte) if !input.is_empty() => {
                let at = at.index(input.len());
                input[at] = *byte;
            }
            Mutation::Cut(at) => input.truncate(place(at, input.len())),
            Mutation::Remove(at, count) => {
                let at = place(at, input.len());
                input.drain(at..(at + count).min(input.len()));
            }
            Mutation::Splice(at, other, from) if !corpus.is_empty() => {
                let other = other.get(corpus);
                input.truncate(place(at, input.len()));
                input.extend_from_slice(&other[place(from, other.len())..]);
            }
            Mutation::Repeat(at, count, times) => {
                let at = place(at, input.len());
                let part = input[at..(at + count).min(input.len())].repeat(*times);
                input.splice(at..at, part);
            }
            Mutation::Bomb(at, which, over) => {
                let (at, bomb) = (place(at, input.len()), *which.get(&BOMBS));
                let end = if *over { (at + bomb.len()).min(input.len()) } else { at };
                input.splice(at..end, bomb.iter().copied());
            }
            Mutation::Flip(..) | Mutation::Set(..) | Mutation::Splice(..) => {}
        }
        input
    }
}

/// Random bytes, and damaged members of the corpus.
pub(super) fn bytes(corpus: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let damaged = (any::<Index>(), vec(mutation(), 1..6)).prop_map(move |(seed, mutations)| {
        let seed = if corpus.is_empty() { Vec::new() } else { seed.get(&corpus).clone() };
        mutations.iter().fold(seed, |input, mutation| mutation.apply(input, &corpus))
    });
    prop_oneof![1 => vec(any::<u8>(), 0..200), 4 => damaged]
}

/// The same for protobuf messages, most of which would be refused before anybody looks inside: here the damage is done
/// within a field, at any depth, and the lengths around it are written anew.
pub(super) fn messages(corpus: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let whole = bytes(corpus.clone());
    let damage = (vec(any::<Index>(), 1..6), mutation());
    let inside = (any::<Index>(), vec(damage, 1..4)).prop_map(move |(seed, damages)| {
        let damage =
            |input, (places, mutation): &(Vec<Index>, Mutation)| within(input, places, mutation, &corpus);
        damages.iter().fold(seed.get(&corpus).clone(), damage)
    });
    prop_oneof![1 => whole, 5 => inside]
}

/// The message with a damage in the field that the places lead to, or in the message where they lead nowhere.
fn within(input: Vec<u8>, places: &[Index], mutation: &Mutation, corpus: &[Vec<u8>]) -> Vec<u8> {
    let (Some((place, deeper)), Some(mut fields)) = (places.split_first(), fields(&input)) else {
        return mutation.apply(input, corpus);
    };
    if fields.is_empty() {
        return mutation.apply(input, corpus);
    }
    let at = place.index(fields.len());
    let (_, content) = &mut fields[at];
    *content = within(std::mem::take(content), deeper, mutation, corpus);
    let mut message = Vec::new();
    for (key, content) in fields {
        prost::encoding::encode_varint(key, &mut message);
        prost::encoding::encode_varint(content.len() as u64, &mut message);
        message.extend_from_slice(&content);
    }
    message
}

/// The fields of a message in which all have a length, as texts, values and messages do.
fn fields(mut message: &[u8]) -> Option<Vec<(u64, Vec<u8>)>> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let key = prost::encoding::decode_varint(&mut message).ok()?;
        if key & 7 != 2 || key >> 3 == 0 {
            return None;
        }
        let length = prost::encoding::decode_varint(&mut message).ok()?;
        let (content, rest) = message.split_at_checked(usize::try_from(length).ok()?)?;
        fields.push((key, content.to_vec()));
        message = rest;
    }
    Some(fields)
}
