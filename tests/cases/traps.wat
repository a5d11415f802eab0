;; Ends that are traps.
(module
  (memory 1)
  (func (export "unreachable") (unreachable))
  (func (export "guard") (param $a i32) (result i32)
    (if (i32.gt_u (local.get $a) (i32.const 100)) (then (unreachable)))
    (i32.load (local.get $a)))
  (func (export "division_by_zero") (param $a i32) (result i32) (i32.div_s (local.get $a) (i32.const 0)))
  (func (export "dropped_division") (param $a i32) (param $b i32) (drop (i32.div_s (local.get $a) (local.get $b))))
  (func (export "dropped_load") (param $a i32) (drop (i32.load (local.get $a)))))
