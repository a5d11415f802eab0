;; A bit field as an index.
(module
  (import "host" "i32" (func $see_i32 (param i32)))
  (func (export "i32_add_and_shr_u") (param $a i32) (param $b i32)
    (local $d i32)
    (local.set $d (i32.add (i32.and (i32.shr_u (local.get $a) (i32.const 5)) (i32.const 7)) (local.get $b)))
    (call $see_i32 (local.get $d)))
  (func (export "i32_and_shr_u_then_add") (param $a i32) (param $b i32)
    (local $d i32) (local $e i32)
    (local.set $d (i32.and (i32.shr_u (local.get $a) (i32.const 5)) (i32.const 7)))
    (local.set $e (i32.add (local.get $d) (local.get $b)))
    (call $see_i32 (local.get $d))
    (call $see_i32 (local.get $e))))
