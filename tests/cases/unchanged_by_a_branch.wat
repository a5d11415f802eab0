;; What a branch has found to be zero or another constant needn't be written: it is that already.
(module
  (memory 1)
  (func (export "zero_stays_zero") (param $p i32) (param $flag i32) (result i32)
    (loop $again (result i32)
      (if (i32.eqz (i32.load8_u (local.get $p))) (then (return (local.get $p))))
      (if (local.get $flag)
        (then
          (i32.store8 offset=64 (local.get $p) (local.get $flag))
          (local.set $flag (i32.load offset=128 (local.get $p))))
        (else (local.set $flag (i32.const 0))))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (br $again)))
  (func (export "a_constant_stays_it") (param $p i32) (param $state i32) (result i32)
    (loop $again (result i32)
      (if (i32.eqz (i32.load8_u (local.get $p))) (then (return (local.get $state))))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (if (i32.eq (local.get $state) (i32.const 7))
        (then
          (i32.store8 offset=64 (local.get $p) (i32.const 1))
          (local.set $state (i32.const 7))
          (br $again)))
      (local.set $state (i32.load8_u (local.get $p)))
      (br $again))))
