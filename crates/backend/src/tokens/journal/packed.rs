//! The uses of a batch as one value: each with its token, its number, the key of its request and the address.
//!
//! A batch of 56 takes about three kilobytes, which is a page of SQLite.

use domain::TokenId;
use uuid::Uuid;

/// How it is written; the first byte says so.
const FORM: u8 = 1;

/// A use that stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Use {
    pub token: TokenId,
    pub number: i64,
    pub key: Vec<u8>,
    pub address: Option<String>,
}

/// Uses on their way into the journal.
pub(super) struct Packed(Vec<u8>);

impl Packed {
    pub(super) fn new() -> Self {
        Self(vec![FORM])
    }

    pub(super) fn add(&mut self, token: TokenId, number: i64, key: &[u8], address: Option<&str>) {
        self.0.extend_from_slice(token.0.as_bytes());
        self.number(number.unsigned_abs());
        self.number(key.len() as u64);
        self.0.extend_from_slice(key);
        // One more than its length: nothing is no address.
        self.number(address.map_or(0, |address| address.len() as u64 + 1));
        self.0.extend_from_slice(address.unwrap_or_default().as_bytes());
    }

    /// Seven bits in each byte, the lowest first; all but the last have the eighth.
    fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.len() == 1
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// The uses, in order; `None` for what was not written here.
pub(super) fn unpacked(bytes: &[u8]) -> Option<Vec<Use>> {
    let (form, mut rest) = bytes.split_first()?;
    if *form != FORM {
        return None;
    }
    let mut uses = Vec::new();
    while !rest.is_empty() {
        let token = TokenId(Uuid::from_slice(take(&mut rest, 16)?).ok()?);
        let number = i64::try_from(read_number(&mut rest)?).ok()?;
        let length = read_number(&mut rest)?;
        let key = take(&mut rest, length)?.to_vec();
        let address = match read_number(&mut rest)? {
            0 => None,
            more => Some(std::str::from_utf8(take(&mut rest, more - 1)?).ok()?.to_owned()),
        };
        uses.push(Use {
            token,
            number,
            key,
            address,
        });
    }
    Some(uses)
}

fn take<'a>(rest: &mut &'a [u8], length: u64) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = tail;
    Some(head)
}

fn read_number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    // Nine bytes hold every number that is not negative.
    for shift in (0..63).step_by(7) {
        let byte = *take(rest, 1)?.first()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn a_use() -> impl Strategy<Value = Use> {
        let key = prop::collection::vec(any::<u8>(), 0..200);
        let address = prop::option::of("[0-9a-f.:]{0,45}");
        let number = prop_oneof![1_i64..300, Just(i64::MAX), 1..=i64::MAX];
        (any::<[u8; 16]>(), number, key, address).prop_map(|(token, number, key, address)| Use {
            token: TokenId(Uuid::from_bytes(token)),
            number,
            key,
            address,
        })
    }

    fn packed(uses: &[Use]) -> Vec<u8> {
        let mut packed = Packed::new();
        for one in uses {
            packed.add(one.token, one.number, &one.key, one.address.as_deref());
        }
        assert_eq!(packed.is_empty(), uses.is_empty());
        packed.into_bytes()
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(uses in prop::collection::vec(a_use(), 0..20)) {
            prop_assert_eq!(unpacked(&packed(&uses)), Some(uses));
        }

        #[test]
        fn what_was_cut_off_is_no_whole(uses in prop::collection::vec(a_use(), 1..4), cut in 1_usize..16) {
            let bytes = packed(&uses);
            let found = unpacked(&bytes[..bytes.len() - cut]);
            prop_assert!(found.is_none_or(|found| found.len() < uses.len()));
        }

        #[test]
        fn anything_is_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpacked(&bytes);
        }
    }

    #[test]
    fn another_form_is_not_guessed_at() {
        assert_eq!(unpacked(&[]), None);
        assert_eq!(unpacked(&[FORM + 1]), None);
        assert_eq!(unpacked(&[FORM]), Some(Vec::new()));
    }

    #[test]
    fn a_batch_of_56_fits_in_a_page() {
        let one = Use {
            token: TokenId(Uuid::max()),
            number: 1_000_000,
            key: vec![0; 20],
            address: Some("198.51.100.200".into()),
        };
        assert!(packed(&vec![one; 56]).len() < 4_000);
    }
}
