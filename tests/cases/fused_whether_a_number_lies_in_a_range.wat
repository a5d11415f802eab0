;; Whether a number lies in a range.
(module
  (import "host" "i32" (func $see_i32 (param i32)))
  (func (export "i32_lt_u_add") (param $a i32)
    (local $d i32)
    (local.set $d (i32.lt_u (i32.add (local.get $a) (i32.const 5)) (i32.const 7)))
    (call $see_i32 (local.get $d)))
  (func (export "i32_gt_u_add") (param $a i32)
    (local $d i32)
    (local.set $d (i32.gt_u (i32.add (local.get $a) (i32.const 5)) (i32.const 7)))
    (call $see_i32 (local.get $d))))
