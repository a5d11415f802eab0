;; A plugin that behaves at times: `greet` and `sum` do, `lie`, `hoard`, `spin` and `dig` try what they can.
(module
  (import "host" "log" (func $log (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "hello from the plugin")
  (func (export "greet") (call $log (i32.const 8) (i32.const 21)))
  (func (export "sum") (param $n i32) (result i64) (local $sum i64)
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $n))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "lie") (call $log (i32.const -10) (i32.const 100)))
  ;; Takes as many pages as it gets and returns their number.
  (func (export "hoard") (result i32)
    (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (memory.size))
  (func (export "spin") (loop $again (br $again)))
  (func $dig (export "dig") (param i32) (result i32)
    (i32.add (i32.const 1) (call $dig (i32.add (local.get 0) (i32.const 1))))))
