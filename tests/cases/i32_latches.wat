;; The end of a counting loop, step, compare and branch, is one instruction.
(module
  (memory 1)
  (func (export "ne_up_to_slot") (param $p i32) (param $n i32)
    (local $i i32)
    (loop $again
      (i32.store (local.get $p) (i32.load8_u (local.get $p)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.ne (local.get $i) (local.get $n)))))
  (func (export "ne_up_to_constant") (param $p i32) (param $n i32)
    (local $i i32)
    (loop $again
      (i32.store (local.get $p) (i32.load8_u (local.get $p)))
      (local.set $i (i32.add (local.get $i) (i32.const 4)))
      (br_if $again (i32.ne (local.get $i) (i32.const 1000)))))
  (func (export "lt_s_up_to_slot") (param $p i32) (param $n i32)
    (local $i i32)
    (loop $again
      (i32.store (local.get $p) (i32.load8_u (local.get $p)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_s (local.get $i) (local.get $n)))))
  (func (export "lt_s_up_to_constant") (param $p i32) (param $n i32)
    (local $i i32)
    (loop $again
      (i32.store (local.get $p) (i32.load8_u (local.get $p)))
      (local.set $i (i32.add (local.get $i) (i32.const 4)))
      (br_if $again (i32.lt_s (local.get $i) (i32.const 1000)))))
  (func (export "lt_u_up_to_slot") (param $p i32) (param $n i32)
    (local $i i32)
    (loop $again
      (i32.store (local.get $p) (i32.load8_u (local.get $p)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (local.get $n)))))
  (func (export "lt_u_up_to_constant") (param $p i32) (param $n i32)
    (local $i i32)
    (loop $again
      (i32.store (local.get $p) (i32.load8_u (local.get $p)))
      (local.set $i (i32.add (local.get $i) (i32.const 4)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 1000)))))
  (func (export "down_to_zero") (param $p i32) (param $n i32)
    (loop $again
      (i32.store (local.get $p) (i32.load8_u (local.get $p)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $again (i32.ne (local.get $n) (i32.const 0)))))
  (func (export "left_at_the_end_ne") (param $p i32) (param $n i32)
    (local $i i32)
    (block $done
      (loop $again
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $done (i32.ne (local.get $i) (local.get $n)))
        (i32.store (local.get $p) (i32.load8_u (local.get $p)))
        (br_if $again (i32.load (local.get $p))))))
  (func (export "left_at_the_end_lt_s") (param $p i32) (param $n i32)
    (local $i i32)
    (block $done
      (loop $again
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $done (i32.lt_s (local.get $i) (local.get $n)))
        (i32.store (local.get $p) (i32.load8_u (local.get $p)))
        (br_if $again (i32.load (local.get $p))))))
  (func (export "left_at_the_end_lt_u") (param $p i32) (param $n i32)
    (local $i i32)
    (block $done
      (loop $again
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $done (i32.lt_u (local.get $i) (local.get $n)))
        (i32.store (local.get $p) (i32.load8_u (local.get $p)))
        (br_if $again (i32.load (local.get $p)))))))
