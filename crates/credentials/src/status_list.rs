//! Bitstring Status Lists: which credentials were revoked, one bit each.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::badge::Issuer;
use crate::error::{Error, Result};
use crate::json_ld::CREDENTIALS_V2;
use crate::proof::instant;

/// How many bits a list has: fewer would tell who is meant.
pub const BITS: u32 = 131_072;

/// The longest list that is read of others, unpacked.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// A list: bit 0 is the highest of the first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusList(Vec<u8>);

impl Default for StatusList {
    fn default() -> Self {
        Self(vec![0; BITS as usize / 8])
    }
}

impl StatusList {
    /// The list in which these bits are set.
    pub fn of(set: impl IntoIterator<Item = u32>) -> Self {
        let mut list = Self::default();
        for index in set {
            if let Some(byte) = list.0.get_mut(index as usize / 8) {
                *byte |= 0x80 >> (index % 8);
            }
        }
        list
    }

    /// Whether a bit is set; `None` beyond the end.
    pub fn get(&self, index: u32) -> Option<bool> {
        self.0
            .get(index as usize / 8)
            .map(|byte| byte & (0x80 >> (index % 8)) != 0)
    }

    /// As it stands in its credential.
    pub fn encode(&self) -> String {
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        // Writing into memory does not fail.
        let packed = packer
            .write_all(&self.0)
            .and_then(|()| packer.finish())
            .unwrap_or_default();
        format!("u{}", URL_SAFE_NO_PAD.encode(packed))
    }

    /// Reads what a credential holds.
    ///
    /// # Errors
    /// It is no list, too short or too long.
    pub fn decode(text: &str) -> Result<Self> {
        let malformed = || Error::malformed("The status list is damaged.");
        let packed = URL_SAFE_NO_PAD
            .decode(text.strip_prefix('u').unwrap_or(text))
            .map_err(|_| malformed())?;
        let mut bytes = Vec::new();
        GzDecoder::new(packed.as_slice())
            .take(MOST_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|_| malformed())?;
        let long_enough = bytes.len() >= BITS as usize / 8 && bytes.len() as u64 <= MOST_BYTES;
        long_enough.then_some(Self(bytes)).ok_or_else(malformed)
    }
}

/// The entry of a credential in a list.
pub fn entry(list: &str, index: u32) -> Value {
    json!({
        "id": format!("{list}#{index}"),
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": index.to_string(),
        "statusListCredential": list,
    })
}

/// The unsigned credential of a list at an address.
pub fn credential(
    list: &StatusList,
    address: &str,
    issuer: &Issuer,
    valid_from: DateTime<Utc>,
    valid_for_milliseconds: u32,
) -> Value {
    json!({
        "@context": [CREDENTIALS_V2],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.did.as_str(),
        "validFrom": instant(valid_from),
        "credentialSubject": {
            "id": format!("{address}#list"),
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": list.encode(),
            "ttl": valid_for_milliseconds,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bit_is_the_highest_of_the_first_byte() {
        let list = StatusList::of([0, 9, BITS - 1]);
        assert_eq!((list.0[0], list.0[1], list.0.last()), (0x80, 0x40, Some(&1)));
        let read = StatusList::decode(&list.encode()).expect("read");
        assert_eq!(read, list);
        let set = (0..BITS).filter(|index| read.get(*index) == Some(true));
        assert_eq!(set.collect::<Vec<_>>(), [0, 9, BITS - 1]);
        assert_eq!(read.get(BITS), None);
    }

    #[test]
    fn an_empty_list_is_short_and_what_is_no_list_is_refused() {
        assert!(StatusList::default().encode().len() < 100);
        assert!(StatusList::decode("uH4sI").is_err());
        let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
        bomb.write_all(&vec![0; 32 * 1024 * 1024]).expect("packed");
        let bomb = bomb.finish().expect("packed");
        assert!(StatusList::decode(&format!("u{}", URL_SAFE_NO_PAD.encode(bomb))).is_err());
    }
}
