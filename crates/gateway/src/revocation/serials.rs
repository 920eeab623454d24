//! The serial numbers of a CRL: a million of them in bounded memory, each found in one step.
//!
//! Records lie back to back in one block; a table of 32-bit offsets, at most three quarters full,
//! finds them by a keyed hash (a CA chooses serials, so an unkeyed one could be made to collide).
//! The whole serial is compared, so that there is neither a false hit nor a miss. With the 16-byte
//! serials of most CAs a record takes 22 bytes and its place in the table 5.3 to 10.7; [`bytes`]
//! tells.
//!
//! [`bytes`]: Serials::bytes

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
};

use countersign_core::UnixTime;

/// Bytes of a record beside its serial: its length, the date, the reason.
const FRAME: usize = 1 + 4 + 1;

/// A revoked certificate, as its CRL has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// When the CA revoked it.
    pub at: UnixTime,
    /// CRLReason (RFC 5280 section 5.3.1); 0 is "unspecified".
    pub reason: u8,
}

/// Serial numbers, contents of DER INTEGERs.
#[derive(Default)]
pub struct Serials {
    records: Vec<u8>,
    /// Offsets into `records` plus one; 0: empty. A power of two.
    table: Vec<u32>,
    count: usize,
    keys: RandomState,
}

/// More than the format holds: a serial over 255 bytes, or 4 GiB of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

impl Serials {
    /// Adds one; of a serial that is there already the first record stays.
    pub(super) fn insert(&mut self, serial: &[u8], revoked: Revoked) -> Result<(), TooLarge> {
        if self.count >= self.table.len() / 4 * 3 {
            self.grow();
        }
        let Err(place) = self.find(serial) else { return Ok(()) };
        let length = u8::try_from(serial.len()).map_err(|_| TooLarge)?;
        let offset = u32::try_from(self.records.len() + 1).map_err(|_| TooLarge)?;
        // Dates are for people: one that 32 bits cannot hold is shown as the nearest that they can.
        let at = u32::try_from(revoked.at.0.max(0)).unwrap_or(u32::MAX);
        self.records.push(length);
        self.records.extend_from_slice(serial);
        self.records.extend_from_slice(&at.to_be_bytes());
        self.records.push(revoked.reason);
        if let Some(slot) = self.table.get_mut(place) {
            *slot = offset;
        }
        self.count += 1;
        Ok(())
    }

    /// Gives back what was reserved and is not used.
    pub(super) fn seal(&mut self) {
        self.records.shrink_to_fit();
    }

    /// What the CRL says of this serial.
    pub(super) fn get(&self, serial: &[u8]) -> Option<Revoked> {
        self.find(serial).ok()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The memory that they take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.records.capacity() + self.table.capacity() * size_of::<u32>()
    }

    /// All of them, in the order of the CRL.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Revoked)> {
        let mut rest = self.records.as_slice();
        std::iter::from_fn(move || {
            let (serial, revoked) = record(rest)?;
            rest = rest.get(serial.len() + FRAME..)?;
            Some((serial, revoked))
        })
    }

    /// The record of a serial, or the free place of the table where it belongs.
    fn find(&self, serial: &[u8]) -> Result<Revoked, usize> {
        let mask = self.table.len().wrapping_sub(1);
        let mut place = self.hash(serial) & mask;
        // Ends: a quarter of the table is free.
        while let Some(offset) = self.table.get(place).and_then(|slot| usize::try_from(*slot).ok()?.checked_sub(1)) {
            match self.records.get(offset..).and_then(record) {
                Some((found, revoked)) if found == serial => return Ok(revoked),
                _ => place = (place + 1) & mask,
            }
        }
        Err(place)
    }

    fn hash(&self, serial: &[u8]) -> usize {
        // The low bits are as good as any; where usize is smaller, what is cut off is not missed.
        usize::try_from(self.keys.hash_one(serial) & u64::from(u32::MAX)).unwrap_or(0)
    }

    fn grow(&mut self) {
        let size = (self.table.len() * 2).max(16);
        self.table = Vec::new();
        self.table.resize(size, 0);
        let mask = size - 1;
        let mut offset = 0;
        while let Some((serial, _)) = self.records.get(offset..).and_then(record) {
            let mut place = self.hash(serial) & mask;
            while self.table.get(place).is_some_and(|slot| *slot != 0) {
                place = (place + 1) & mask;
            }
            let length = serial.len() + FRAME;
            if let (Some(slot), Ok(entry)) = (self.table.get_mut(place), u32::try_from(offset + 1)) {
                *slot = entry;
            }
            offset += length;
        }
    }
}

/// The record at the start of these bytes.
fn record(bytes: &[u8]) -> Option<(&[u8], Revoked)> {
    let (length, rest) = bytes.split_first()?;
    let (serial, rest) = rest.split_at_checked(usize::from(*length))?;
    let (at, rest) = rest.split_first_chunk::<4>()?;
    let reason = *rest.first()?;
    Some((serial, Revoked { at: UnixTime(u32::from_be_bytes(*at).into()), reason }))
}

impl fmt::Debug for Serials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serials").field("count", &self.count).field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_serial_is_found_and_no_other() {
        let mut serials = Serials::default();
        let bytes = |n: u32| [b"serial".as_slice(), &n.to_be_bytes()].concat();
        assert_eq!(serials.get(&bytes(0)), None);
        for n in 0..5_000 {
            serials.insert(&bytes(n), Revoked { at: UnixTime(n.into()), reason: (n % 11) as u8 }).unwrap();
        }
        // Again: the first record stays.
        serials.insert(&bytes(7), Revoked { at: UnixTime(0), reason: 0 }).unwrap();
        assert_eq!(serials.len(), 5_000);
        for n in 0..5_000 {
            assert_eq!(serials.get(&bytes(n)), Some(Revoked { at: UnixTime(n.into()), reason: (n % 11) as u8 }));
            assert_eq!(serials.get(&bytes(n + 5_000)), None);
            assert_eq!(serials.get(&bytes(n)[..9]), None, "part of a serial is another serial");
        }
        assert_eq!(serials.iter().count(), 5_000);
        assert!(serials.insert(&[1; 256], Revoked { at: UnixTime(0), reason: 0 }).is_err());
    }
}
