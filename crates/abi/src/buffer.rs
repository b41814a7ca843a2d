//! Bytes on their way across.
#![expect(unsafe_code, reason = "memory that another binary made is read and given back to it")]

/// Owned bytes with the function that frees them, which belongs to the side that made them.
#[repr(C)]
pub struct Buf {
    pointer: *mut u8,
    length: usize,
    capacity: usize,
    free: unsafe extern "C" fn(*mut u8, usize, usize),
}

// SAFETY: a `Buf` owns its bytes like a `Vec<u8>`; `free` may be called on any thread.
unsafe impl Send for Buf {}
// SAFETY: shared access only reads.
unsafe impl Sync for Buf {}

impl Buf {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        // Who writes in another language may say that nothing is nowhere.
        if self.length == 0 || self.pointer.is_null() {
            return &[];
        }
        // SAFETY: made from a `Vec` by `From`, here or in another binary with the same layout; `pointer` holds
        // `length` initialized bytes until `free`.
        unsafe { std::slice::from_raw_parts(self.pointer, self.length) }
    }

    /// The bytes as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.as_slice()).into_owned()
    }
}

impl From<Vec<u8>> for Buf {
    fn from(bytes: Vec<u8>) -> Self {
        let (pointer, length, capacity) = bytes.into_raw_parts();
        Self { pointer, length, capacity, free }
    }
}
impl Default for Buf {
    fn default() -> Self {
        Vec::new().into()
    }
}
impl AsRef<[u8]> for Buf {
    fn as_ref(&self) -> &[u8] {
        self.as_slice()
    }
}
impl Drop for Buf {
    fn drop(&mut self) {
        // SAFETY: the three values are those the maker put in, and this is the only drop.
        unsafe { (self.free)(self.pointer, self.length, self.capacity) }
    }
}

unsafe extern "C" fn free(pointer: *mut u8, length: usize, capacity: usize) {
    // SAFETY: the parts come from the `Vec` that this binary took apart in `From`.
    drop(unsafe { Vec::from_raw_parts(pointer, length, capacity) });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_as_they_were() {
        for bytes in [vec![], vec![1, 2, 3], Vec::with_capacity(64)] {
            assert_eq!(Buf::from(bytes.clone()).as_slice(), bytes);
        }
        assert_eq!(Buf::from(b"tea".to_vec()).text(), "tea");
        assert!(Buf::default().as_slice().is_empty());
    }
}
