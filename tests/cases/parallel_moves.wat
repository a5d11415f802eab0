;; Values that change places at the end of a block: chains, exchanges, rotations, constants among them.
;; Compiled without inlining.
(module
  (func (export "fibonacci") (param $n i32) (result i64)
    (local $a i64) (local $b i64) (local $t i64)
    (local.set $b (i64.const 1))
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $t (i64.add (local.get $a) (local.get $b)))
        (local.set $a (local.get $b))
        (local.set $b (local.get $t))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $again)))
    (local.get $a))
  (func (export "exchange") (param $a i32) (param $b i32) (param $n i32) (result i32) (local $t i32)
    (loop $again
      (local.set $t (local.get $a))
      (local.set $a (local.get $b))
      (local.set $b (local.get $t))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.sub (local.get $a) (local.get $b)))
  (func (export "rotation") (param $a i32) (param $b i32) (param $c i32) (param $n i32) (result i32) (local $t i32)
    (loop $again
      (local.set $t (local.get $a))
      (local.set $a (local.get $b))
      (local.set $b (local.get $c))
      (local.set $c (local.get $t))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.sub (i32.mul (local.get $a) (local.get $b)) (local.get $c)))
  (func (export "shift_register") (param $a i32) (param $b i32) (param $c i32) (param $d i32) (param $n i32) (result i32)
    (loop $again
      (local.set $d (local.get $c))
      (local.set $c (local.get $b))
      (local.set $b (local.get $a))
      (local.set $a (i32.mul (local.get $d) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.sub (i32.xor (local.get $a) (local.get $b)) (i32.xor (local.get $c) (local.get $d))))
  (func (export "reset") (param $a i32) (param $b i32) (param $n i32) (result i32)
    (loop $again
      (if (i32.gt_u (local.get $a) (local.get $n))
        (then (local.set $a (i32.const 0)) (local.set $b (i32.const 1)))
        (else (local.set $a (i32.add (local.get $a) (local.get $b)))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.sub (local.get $a) (local.get $b)))
  (func $three (export "three") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (if (local.get $a) (then (return (call $three (i32.const 0) (local.get $c) (local.get $b)))))
    (i32.sub (local.get $b) (local.get $c)))
  (func (export "arguments_in_another_order") (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.add
      (call $three (local.get $c) (local.get $a) (local.get $b))
      (call $three (local.get $b) (i32.const 5) (local.get $a)))))
