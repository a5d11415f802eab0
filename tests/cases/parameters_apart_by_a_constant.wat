;; What is always another parameter of the loop plus a constant is computed from that, rather than kept beside it.
(module
  (memory 1)
  (func (export "this_and_the_next") (param $p i32) (result i32) (local $at i32) (local $next i32)
    (local.set $at (local.get $p))
    (local.set $next (i32.add (local.get $p) (i32.const 4)))
    (loop $again
      (if (i32.load8_u offset=1 (local.get $at))
        (then
          (i32.store offset=256 (local.get $next) (i32.load (local.get $at)))
          (local.set $at (local.get $next))
          (local.set $next (i32.add (local.get $next) (i32.const 4)))
          (br $again)))
      (if (i32.load8_u offset=2 (local.get $at))
        (then
          (local.set $at (i32.load offset=512 (local.get $at)))
          (local.set $next (i32.add (local.get $at) (i32.const 4)))
          (br $again))))
    (local.get $next))
  (func (export "two_that_stay") (param $n i32) (param $p i32) (result i32) (local $a i32) (local $b i32)
    (local.set $a (local.get $p))
    (local.set $b (i32.add (local.get $p) (i32.const 8)))
    (loop $again
      (if (i32.load (local.get $n))
        (then
          (local.set $a (i32.load (local.get $a)))
          (local.set $b (i32.add (local.get $a) (i32.const 8)))))
      (i32.store (local.get $b) (local.get $a))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $b)))
