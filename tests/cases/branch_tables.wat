;; Branch tables: as a jump, with a computed index, with values, with a backward target, with one target only.
(module
  (memory 1)
  (func (export "four_ways") (param $a i32) (result i32)
    (block $d (block $c (block $b (block $a
      (br_table $a $b $c $d (local.get $a)))
      (return (i32.load (i32.const 4))))
      (return (i32.load (i32.const 8))))
      (return (i32.load (i32.const 12))))
    (i32.load (i32.const 16)))
  (func (export "computed_index") (param $a i32) (param $b i32) (result i32)
    (block $c (block $b (block $a
      (br_table $a $b $c (i32.sub (local.get $a) (local.get $b))))
      (return (i32.load (i32.const 4))))
      (return (i32.load (i32.const 8))))
    (i32.load (i32.const 12)))
  (func (export "with_a_value") (param $a i32) (result i32)
    (block $b (result i32)
      (i32.mul
        (block $a (result i32) (br_table $a $b (i32.load (i32.const 4)) (local.get $a)))
        (i32.const 3))))
  (func (export "state_machine") (param $p i32) (local $state i32)
    (loop $next
      (block $done (block $two (block $one (block $zero
        (br_table $zero $one $two $done (local.get $state)))
        (local.set $state (i32.load8_u (local.get $p)))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (br $next))
        (local.set $state (i32.load8_u offset=256 (local.get $p)))
        (br $next))
        (local.set $state (i32.load8_u offset=512 (local.get $p)))
        (br $next))))
  (func (export "straight_back_to_the_loop") (param $a i32)
    (loop $again
      (block $out
        (i32.store (i32.const 0) (local.get $a))
        (br_table $again $out $again $out (i32.load (i32.const 4))))))
  (func (export "default_only") (param $a i32) (result i32)
    (block $x (br_table $x (local.get $a)))
    (i32.load (i32.const 4))))
