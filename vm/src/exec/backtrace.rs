//! Which functions were under way when a run failed.

use super::driver::Run;
use crate::entities::InstanceEntity;
use crate::error::Error;
use crate::trap::{Frame, Trap};
use alloc::vec::Vec;

impl Run<'_> {
    /// Adds the functions of this run to an error that it fails with.
    pub(super) fn with_backtrace(&mut self, mut error: Error) -> Error {
        if let Error::Trap(trap) = &mut error {
            trap.extend(self.frames().into_iter());
        }
        error
    }

    /// Notes the functions under way.
    #[cfg(feature = "stats")]
    pub(super) fn sample(&mut self) {
        let frames = self.frames();
        let key = frames.iter().map(|f| (f.module().build_id(), f.function(), f.code_offset())).collect();
        let number = self.current.instance as usize;
        let entities = self.entities();
        entities.samples.entry(key).or_insert_with(|| (frames, 0)).1 += 1;
        let every = entities.engine.config().sample_every;
        if let Some(counting) = &mut entities.instances[number].counting {
            counting.until_sample = every;
        }
    }

    /// The functions under way, the innermost first: one more than a trap remembers at most.
    fn frames(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        let number = self.current.instance;
        let frame = self.frame();
        let innermost = (self.offset(), frame, number);
        let suspended = self.suspended.iter().rev().take(Trap::MOST_FRAMES);
        let suspended: Vec<_> = suspended.map(|s| (s.call.pc, s.call.frame, s.activation.instance)).collect();
        for (pc, frame, number) in core::iter::once(innermost).chain(suspended) {
            let InstanceEntity { module, stack, .. } = &self.entities().instances[number as usize];
            let mut at = pc;
            let mut frame = frame.number;
            while frames.len() <= Trap::MOST_FRAMES {
                // Nothing is at the `leave` that bottom frames return to.
                if let Some(func) = module.func_at(at) {
                    frames.push(Frame::new(module.clone(), module.imported_funcs() + func, at));
                }
                let header = stack.header(frame);
                let after = header as u32;
                if after == 0 {
                    break;
                }
                // The unit before the one to return to is the call's last.
                at = after - 2;
                frame -= (header >> 32) as u16 as usize;
            }
        }
        frames
    }
}
