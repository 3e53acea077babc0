//! Messages as bytes, so that a test can say what no client would: fields by their numbers, of any content.

use prost::bytes::{Buf as _, BufMut as _};
use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};
use tonic::{Request, Status};

use super::Client;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

/// A message of any kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Raw(pub(crate) Vec<u8>);

impl Raw {
    /// The same message with one more field of bytes, text or message.
    #[must_use]
    pub(crate) fn with(mut self, field: u32, content: impl AsRef<[u8]>) -> Self {
        encode_key(field, WireType::LengthDelimited, &mut self.0);
        encode_varint(content.as_ref().len() as u64, &mut self.0);
        self.0.extend_from_slice(content.as_ref());
        self
    }

    /// The same message with a value, which is a message of its own.
    #[must_use]
    pub(crate) fn with_value(self, field: u32, bytes: &[u8]) -> Self {
        self.with(field, Raw::default().with(1, bytes).0)
    }

    /// The contents of a field, as often as it is there.
    pub(crate) fn all(&self, field: u32) -> Vec<Raw> {
        let (mut rest, mut found) = (self.0.as_slice(), Vec::new());
        while !rest.is_empty() {
            let (number, kind) = decode_key(&mut rest).unwrap();
            let content = match kind {
                WireType::Varint => decode_varint(&mut rest).unwrap().to_string().into_bytes(),
                WireType::LengthDelimited => {
                    let length = decode_varint(&mut rest).unwrap() as usize;
                    rest.copy_to_bytes(length).to_vec()
                }
                other => panic!("no message of the protocol has {other:?}"),
            };
            if number == field {
                found.push(Raw(content));
            }
        }
        found
    }

    /// The bytes of the value in a field; none when it isn't there.
    pub(crate) fn value(&self, field: u32) -> Option<Vec<u8>> {
        Some(self.all(field).first()?.all(1).first()?.0.clone())
    }

    /// The content as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

/// An object of text attributes in MessagePack; the others are null.
pub(crate) fn object(attributes: &[(&str, Option<&str>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmp::encode::write_map_len(&mut bytes, attributes.len().try_into().unwrap()).unwrap();
    for (name, value) in attributes {
        rmp::encode::write_str(&mut bytes, name).unwrap();
        match value {
            Some(text) => rmp::encode::write_str(&mut bytes, text).unwrap(),
            None => rmp::encode::write_nil(&mut bytes).unwrap(),
        }
    }
    bytes
}

/// Null in MessagePack.
pub(crate) const NULL: &[u8] = &[0xc0];

impl Client {
    /// A call of the provider's service with whatever message, and all the messages of its answer.
    pub(crate) async fn raw(&self, rpc: &str, message: Raw) -> Result<Vec<Raw>, Status> {
        // No limit: what the other side takes and sends is what is tested.
        let mut grpc = tonic::client::Grpc::new(self.channel.clone()).max_decoding_message_size(usize::MAX);
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let path = format!("/tfplugin6.Provider/{rpc}").parse().unwrap();
        let mut answers = grpc.server_streaming(Request::new(message), path, Bytes).await?.into_inner();
        let mut messages = Vec::new();
        while let Some(message) = answers.message().await? {
            messages.push(message);
        }
        Ok(messages)
    }
}

/// Sends and takes bytes as they are.
#[derive(Default)]
pub(crate) struct Bytes;

impl Codec for Bytes {
    type Encode = Raw;
    type Decode = Raw;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Bytes
    }

    fn decoder(&mut self) -> Self {
        Bytes
    }
}

impl Encoder for Bytes {
    type Item = Raw;
    type Error = Status;

    fn encode(&mut self, item: Raw, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item.0);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Raw;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Raw>, Status> {
        Ok(Some(Raw(from.copy_to_bytes(from.remaining()).to_vec())))
    }
}
