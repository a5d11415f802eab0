;; What a loop steps is stepped after the old value's last use, if need be on the way back, and tested for equality in its new form.
(module
  (memory 1)
  (func (export "test_of_the_old_value") (param $i i32) (local $next i32)
    (loop $again
      (local.set $next (i32.add (local.get $i) (i32.const 4)))
      (i32.store8 (local.get $i) (i32.load8_u offset=7 (local.get $i)))
      (i32.store16 (i32.mul (local.get $i) (i32.const 3)) (i32.const 7))
      (if (i32.eq (local.get $i) (i32.const 400)) (then (return)))
      (local.set $i (local.get $next))
      (br $again)))
  (func (export "old_value_needed_after") (param $i i32) (result i32) (local $next i32)
    (loop $again (result i32)
      (local.set $next (i32.add (local.get $i) (i32.const 4)))
      (i32.store8 (local.get $i) (i32.const 1))
      (if (i32.eq (local.get $i) (i32.const 400)) (then (return (local.get $i))))
      (local.set $i (local.get $next))
      (br $again)))
  (func (export "old_value_needed_after_either_end") (param $a i32) (param $b i32) (param $n i32) (result i32)
    (local $i i32) (local $next i32)
    (block $end
      (loop $again
        (br_if $end (i32.eq (local.get $n) (local.get $i)))
        (local.set $next (i32.add (local.get $i) (i32.const 1)))
        (if (i32.eq (i32.load8_u (i32.add (local.get $a) (local.get $i))) (i32.load8_u (i32.add (local.get $b) (local.get $i))))
          (then
            (local.set $i (local.get $next))
            (br $again)))))
    (local.get $i)))
