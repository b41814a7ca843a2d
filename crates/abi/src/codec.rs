//! The codec of everything that crosses: MessagePack with field names.
//!
//! Fields are found by name, so either side may know more fields than the other: what is unknown is skipped,
//! what is missing takes its `#[serde(default)]`. Byte vectors go as bytes, not as lists of numbers.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes that do not fit the type, or a value that has no bytes.
#[derive(Debug)]
pub struct CodecError(String);

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for CodecError {}

/// The bytes of a value.
///
/// # Errors
/// The value cannot be serialized.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    let mut serializer = rmp_serde::Serializer::new(&mut bytes)
        .with_struct_map()
        .with_bytes(rmp_serde::config::BytesMode::ForceIterables);
    value.serialize(&mut serializer).map_err(|error| CodecError(error.to_string()))?;
    Ok(bytes)
}

/// The value of bytes.
///
/// # Errors
/// The bytes are of another type, or cut off.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    rmp_serde::from_slice(bytes).map_err(|error| CodecError(error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Old {
        name: String,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct New {
        #[serde(default)]
        stock: Option<i64>,
        name: String,
    }

    #[test]
    fn older_and_newer_types_read_each_other() {
        let (old, new) = (Old { name: "tea".into() }, New { name: "tea".into(), stock: Some(3) });
        assert_eq!(decode::<Old>(&encode(&new).unwrap()).unwrap(), old);
        let read = decode::<New>(&encode(&old).unwrap()).unwrap();
        assert_eq!(read, New { stock: None, ..new });
    }

    #[test]
    fn byte_vectors_are_compact_and_lists_of_numbers_stay_lists() {
        let bytes = vec![200_u8; 1000];
        let encoded = encode(&(bytes.clone(), vec![1_i64, 2], Vec::<u8>::new())).unwrap();
        assert!(encoded.len() < 1020);
        let decoded: (Vec<u8>, Vec<i64>, Vec<u8>) = decode(&encoded).unwrap();
        assert_eq!(decoded, (bytes, vec![1, 2], vec![]));
        let flags = vec![true, false];
        assert_eq!(decode::<Vec<bool>>(&encode(&flags).unwrap()).unwrap(), flags);
    }

    #[test]
    fn damage_is_an_error() {
        let bytes = encode(&Old { name: "a rather long name".into() }).unwrap();
        for end in 0..bytes.len() {
            assert!(decode::<Old>(&bytes[..end]).is_err());
        }
        assert!(decode::<Old>(&encode(&7).unwrap()).is_err());
    }
}
