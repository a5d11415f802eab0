//! The guest's memory, as the functions of this crate see it: bytes, with every access checked.

use crate::errno::Errno;
use std::io::{IoSlice, IoSliceMut};
use std::ops::Range;

/// Most buffers that one call may name, as in POSIX.
const IOV_MAX: u32 = 1024;

/// The guest's memory.
#[derive(Debug)]
pub struct Guest<'a> {
    bytes: &'a mut [u8],
}

impl<'a> Guest<'a> {
    /// Over these bytes.
    pub fn new(bytes: &'a mut [u8]) -> Self {
        Guest { bytes }
    }

    fn range(&self, at: u32, len: u32) -> Result<Range<usize>, Errno> {
        let start = at as usize;
        let end = start.checked_add(len as usize).ok_or(Errno::Fault)?;
        if end <= self.bytes.len() { Ok(start..end) } else { Err(Errno::Fault) }
    }

    /// `len` bytes at `at`.
    ///
    /// # Errors
    /// `fault` when they lie outside, as with every access here.
    pub fn slice(&self, at: u32, len: u32) -> Result<&[u8], Errno> {
        let range = self.range(at, len)?;
        Ok(&self.bytes[range])
    }

    /// `len` bytes at `at`, to write to.
    ///
    /// # Errors
    /// `fault`.
    pub fn slice_mut(&mut self, at: u32, len: u32) -> Result<&mut [u8], Errno> {
        let range = self.range(at, len)?;
        Ok(&mut self.bytes[range])
    }

    /// Copies `bytes` to `at`.
    ///
    /// # Errors
    /// `fault`.
    pub fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Errno> {
        let len = u32::try_from(bytes.len())?;
        self.slice_mut(at, len)?.copy_from_slice(bytes);
        Ok(())
    }

    /// Writes a 32-bit number.
    ///
    /// # Errors
    /// `fault`.
    pub fn write_u32(&mut self, at: u32, value: u32) -> Result<(), Errno> {
        self.write(at, &value.to_le_bytes())
    }

    /// Writes a 64-bit number.
    ///
    /// # Errors
    /// `fault`.
    pub fn write_u64(&mut self, at: u32, value: u64) -> Result<(), Errno> {
        self.write(at, &value.to_le_bytes())
    }

    fn read<const N: usize>(&self, at: u32) -> Result<[u8; N], Errno> {
        let start = at as usize;
        let bytes = self.bytes.get(start..).and_then(|rest| rest.first_chunk()).ok_or(Errno::Fault)?;
        Ok(*bytes)
    }

    /// Reads a 8-bit number.
    ///
    /// # Errors
    /// `fault`.
    pub fn read_u8(&self, at: u32) -> Result<u8, Errno> {
        Ok(self.read::<1>(at)?[0])
    }

    /// Reads a 16-bit number.
    ///
    /// # Errors
    /// `fault`.
    pub fn read_u16(&self, at: u32) -> Result<u16, Errno> {
        Ok(u16::from_le_bytes(self.read(at)?))
    }

    /// Reads a 32-bit number.
    ///
    /// # Errors
    /// `fault`.
    pub fn read_u32(&self, at: u32) -> Result<u32, Errno> {
        Ok(u32::from_le_bytes(self.read(at)?))
    }

    /// Reads a 64-bit number.
    ///
    /// # Errors
    /// `fault`.
    pub fn read_u64(&self, at: u32) -> Result<u64, Errno> {
        Ok(u64::from_le_bytes(self.read(at)?))
    }

    /// A string of the guest's: a path.
    ///
    /// # Errors
    /// `fault`; `ilseq` when it isn't UTF-8.
    pub fn str(&self, at: u32, len: u32) -> Result<&str, Errno> {
        std::str::from_utf8(self.slice(at, len)?).map_err(|_| Errno::Ilseq)
    }

    /// The ranges of the non-empty buffers that a list of (address, length) names.
    fn buffers(&self, list: u32, count: u32) -> Result<Buffers, Errno> {
        if count > IOV_MAX {
            return Err(Errno::Inval);
        }
        let mut buffers = Buffers { first: 0..0, more: Vec::new(), total: 0 };
        let list = self.slice(list, 8 * count)?;
        for entry in list.chunks_exact(8) {
            let at = u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]);
            let len = u32::from_le_bytes([entry[4], entry[5], entry[6], entry[7]]);
            let range = self.range(at, len)?;
            // The number of bytes moved is reported in 32 bits.
            buffers.total = buffers.total.checked_add(len).ok_or(Errno::Inval)?;
            if range.is_empty() {
                continue;
            }
            if buffers.first.is_empty() {
                buffers.first = range;
            } else {
                buffers.more.push(range);
            }
        }
        Ok(buffers)
    }

    /// Hands the buffers of a `ciovec` list to `write`, all at once.
    ///
    /// # Errors
    /// `fault`, `inval`, or what `write` returns.
    pub fn gather<R>(
        &self,
        list: u32,
        count: u32,
        write: impl FnOnce(&[IoSlice<'_>]) -> Result<R, Errno>,
    ) -> Result<R, Errno> {
        let buffers = self.buffers(list, count)?;
        let first = IoSlice::new(&self.bytes[buffers.first]);
        if buffers.more.is_empty() {
            return write(&[first]);
        }
        let rest = buffers.more.into_iter().map(|range| IoSlice::new(&self.bytes[range]));
        write(&std::iter::once(first).chain(rest).collect::<Vec<_>>())
    }

    /// Hands the buffers of an `iovec` list to `read`, all at once. Buffers that overlap are cut to the first of them:
    /// a read may always return less than was asked for.
    ///
    /// # Errors
    /// `fault`, `inval`, or what `read` returns.
    pub fn scatter<R>(
        &mut self,
        list: u32,
        count: u32,
        read: impl FnOnce(&mut [IoSliceMut<'_>]) -> Result<R, Errno>,
    ) -> Result<R, Errno> {
        let buffers = self.buffers(list, count)?;
        if buffers.more.is_empty() {
            return read(&mut [IoSliceMut::new(&mut self.bytes[buffers.first])]);
        }
        // Two buffers are what C libraries pass: the caller's, then their own.
        if let [second] = &buffers.more[..] {
            return match self.bytes.get_disjoint_mut([buffers.first.clone(), second.clone()]) {
                Ok([first, second]) => read(&mut [IoSliceMut::new(first), IoSliceMut::new(second)]),
                Err(_) => read(&mut [IoSliceMut::new(&mut self.bytes[buffers.first])]),
            };
        }
        let ranges: Vec<Range<usize>> = std::iter::once(buffers.first).chain(buffers.more).collect();
        let mut order: Vec<usize> = (0..ranges.len()).collect();
        order.sort_unstable_by_key(|&index| ranges[index].start);
        if order.windows(2).any(|pair| ranges[pair[0]].end > ranges[pair[1]].start) {
            return read(&mut [IoSliceMut::new(&mut self.bytes[ranges[0].clone()])]);
        }
        let mut slices: Vec<(usize, IoSliceMut<'_>)> = Vec::with_capacity(ranges.len());
        let mut rest = &mut *self.bytes;
        let mut done = 0;
        for &index in &order {
            let range = &ranges[index];
            let (_, tail) = rest.split_at_mut(range.start - done);
            let (slice, tail) = tail.split_at_mut(range.len());
            slices.push((index, IoSliceMut::new(slice)));
            rest = tail;
            done = range.end;
        }
        slices.sort_unstable_by_key(|&(index, _)| index);
        read(&mut slices.into_iter().map(|(_, slice)| slice).collect::<Vec<_>>())
    }
}

struct Buffers {
    first: Range<usize>,
    more: Vec<Range<usize>>,
    total: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(memory: &mut Guest<'_>, at: u32, entries: &[(u32, u32)]) {
        for (index, (ptr, len)) in entries.iter().enumerate() {
            memory.write_u32(at + 8 * index as u32, *ptr).unwrap();
            memory.write_u32(at + 8 * index as u32 + 4, *len).unwrap();
        }
    }

    fn lengths(memory: &mut Guest<'_>, entries: &[(u32, u32)]) -> Result<Vec<usize>, Errno> {
        list(memory, 0, entries);
        memory.scatter(0, entries.len() as u32, |slices| Ok(slices.iter().map(|slice| slice.len()).collect()))
    }

    #[test]
    fn buffers_keep_their_order() {
        let mut bytes = vec![0; 4096];
        let mut memory = Guest::new(&mut bytes);
        assert_eq!(lengths(&mut memory, &[(300, 5), (200, 0), (100, 7), (400, 9)]), Ok(vec![5, 7, 9]));
        assert_eq!(lengths(&mut memory, &[(300, 5), (100, 7)]), Ok(vec![5, 7]));
        assert_eq!(lengths(&mut memory, &[]), Ok(vec![0]));
    }

    #[test]
    fn overlapping_buffers_are_cut_short() {
        let mut bytes = vec![0; 4096];
        let mut memory = Guest::new(&mut bytes);
        assert_eq!(lengths(&mut memory, &[(300, 5), (304, 7)]), Ok(vec![5]));
        assert_eq!(lengths(&mut memory, &[(300, 5), (100, 7), (106, 9)]), Ok(vec![5]));
    }

    #[test]
    fn accesses_outside_fault() {
        let mut bytes = vec![0; 4096];
        let mut memory = Guest::new(&mut bytes);
        assert_eq!(lengths(&mut memory, &[(4090, 7)]), Err(Errno::Fault));
        assert_eq!(lengths(&mut memory, &[(u32::MAX, u32::MAX)]), Err(Errno::Fault));
        assert_eq!(memory.read_u64(4089), Err(Errno::Fault));
        assert_eq!(memory.read_u64(4088), Ok(0));
        assert_eq!(memory.scatter(0, 1025, |_| Ok(())), Err(Errno::Inval));
        assert_eq!(memory.scatter(u32::MAX - 3, 1, |_| Ok(())), Err(Errno::Fault));
    }
}
