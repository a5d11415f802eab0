;; Short loops of one block are repeated; what they computed is used after them, as it is or passed on.
(module
  (memory 1)
  (func (export "four_rounds") (param $n i32) (result i32) (local $i i32)
    (loop $again
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.ne (local.get $i) (local.get $n))))
    (local.get $i))
  (func (export "two_rounds") (param $to i32) (param $from i32) (param $end i32) (result i32) (local $x i32) (local $sum i32)
    (loop $again
      (local.set $x (i32.load (local.get $from)))
      (local.set $sum (i32.xor (i32.rotl (local.get $sum) (i32.const 5)) (local.get $x)))
      (i32.store (local.get $to) (i32.mul (local.get $sum) (local.get $x)))
      (local.set $to (i32.add (local.get $to) (i32.const 4)))
      (local.set $from (i32.add (local.get $from) (i32.const 4)))
      (br_if $again (i32.lt_u (local.get $from) (local.get $end))))
    (i32.add (local.get $sum) (i32.mul (local.get $x) (local.get $to))))
  (func (export "old_value_after_the_test") (param $i i32) (result i32) (local $old i32)
    (loop $again
      (local.set $old (local.get $i))
      (local.set $i (i32.add (local.get $i) (i32.const 3)))
      (br_if $again (i32.ne (local.get $old) (i32.const 1000))))
    (i32.mul (local.get $old) (local.get $i)))
  (func (export "one_loop_after_another") (param $n i32) (result i32) (local $a i32) (local $b i32)
    (loop $again
      (local.set $a (i32.add (local.get $a) (local.get $n)))
      (br_if $again (i32.lt_u (local.get $a) (i32.const 100))))
    (loop $more
      (local.set $b (i32.add (local.get $b) (local.get $a)))
      (br_if $more (i32.lt_u (local.get $b) (i32.const 1000))))
    (i32.sub (local.get $b) (local.get $a))))
