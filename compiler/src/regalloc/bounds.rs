//! Bounds between windows and what lies across their calls.

use super::live::Site;
use std::ops::Range;

/// For each site, the lowest slot its window may begin at: a segment tree under `max`, in which a range is raised
/// and a single site looked up.
pub(super) struct Floors {
    tree: Vec<u32>,
}

impl Floors {
    pub(super) fn new(sites: usize, lowest: u32) -> Floors {
        Floors { tree: vec![lowest; 2 * sites] }
    }

    pub(super) fn raise(&mut self, sites: Range<usize>, to: u32) {
        let leaves = self.tree.len() / 2;
        let (mut first, mut last) = (sites.start + leaves, sites.end + leaves);
        while first < last {
            if first % 2 == 1 {
                self.tree[first] = self.tree[first].max(to);
                first += 1;
            }
            if last % 2 == 1 {
                last -= 1;
                self.tree[last] = self.tree[last].max(to);
            }
            first /= 2;
            last /= 2;
        }
    }

    pub(super) fn of(&self, site: Site) -> u32 {
        let mut node = site.index() + self.tree.len() / 2;
        let mut floor = self.tree[node];
        while node > 1 {
            node /= 2;
            floor = floor.max(self.tree[node]);
        }
        floor
    }
}

/// For each site, the lowest slot that may not be occupied across it: a segment tree under `min`.
pub(super) struct Ceilings {
    tree: Vec<u32>,
}

impl Ceilings {
    pub(super) fn new(sites: Vec<u32>) -> Ceilings {
        let leaves = sites.len();
        let mut tree = vec![u32::MAX; leaves];
        tree.extend(sites);
        for node in (1..leaves).rev() {
            tree[node] = tree[2 * node].min(tree[2 * node + 1]);
        }
        Ceilings { tree }
    }

    /// The lowest ceiling of some sites.
    pub(super) fn over(&self, sites: Range<usize>) -> u32 {
        let leaves = self.tree.len() / 2;
        let (mut first, mut last) = (sites.start + leaves, sites.end + leaves);
        let mut lowest = u32::MAX;
        while first < last {
            if first % 2 == 1 {
                lowest = lowest.min(self.tree[first]);
                first += 1;
            }
            if last % 2 == 1 {
                last -= 1;
                lowest = lowest.min(self.tree[last]);
            }
            first /= 2;
            last /= 2;
        }
        lowest
    }
}
