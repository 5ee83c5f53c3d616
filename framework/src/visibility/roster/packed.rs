//! Lists of different lengths, one behind the other.

/// Lists of different lengths, one behind the other.
#[derive(Clone, Debug)]
pub(super) struct Packed<T> {
    items: Vec<T>,
    /// Where each list ends.
    ends: Vec<u32>,
}

impl<T> Default for Packed<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            ends: Vec::new(),
        }
    }
}

impl<T: Copy + PartialEq> Packed<T> {
    /// The list at this place; empty past the end.
    pub(super) fn get(&self, at: usize) -> &[T] {
        let end = self.ends.get(at).map_or(0, |end| *end as usize);
        self.items.get(self.begin(at)..end).unwrap_or_default()
    }

    /// Puts a list at this place, before the one that is there.
    pub(super) fn insert(&mut self, at: usize, list: &[T]) {
        let begin = self.begin(at);
        self.items.splice(begin..begin, list.iter().copied());
        let more = len(list);
        for end in self.ends.iter_mut().skip(at) {
            *end += more;
        }
        let end = u32::try_from(begin).unwrap_or(u32::MAX) + more;
        self.ends.insert(at, end);
    }

    /// Takes the list at this place out.
    pub(super) fn remove(&mut self, at: usize) {
        let (begin, less) = (self.begin(at), len(self.get(at)));
        self.items.drain(begin..begin + less as usize);
        self.ends.remove(at);
        for end in self.ends.iter_mut().skip(at) {
            *end -= less;
        }
    }

    /// Takes the lists from this place on out.
    pub(super) fn split_off(&mut self, at: usize) -> Self {
        let begin = self.begin(at);
        let less = u32::try_from(begin).unwrap_or(u32::MAX);
        let ends = self.ends.split_off(at);
        Self {
            items: self.items.split_off(begin),
            ends: ends.into_iter().map(|end| end - less).collect(),
        }
    }

    /// Whether one of the lists has this item.
    pub(super) fn has(&self, item: T) -> bool {
        self.items.contains(&item)
    }

    fn begin(&self, at: usize) -> usize {
        let before = at.checked_sub(1).and_then(|before| self.ends.get(before));
        before.map_or(0, |end| *end as usize)
    }
}

/// Bound: a block has a thousand runs with ids of at most 1,000 bytes and 100 attributes.
fn len<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}
