;; Means well: says hello, and how often it was asked to.
(module
  (import "log" "line" (func $log (param i32 i32)))
  (import "values" "get" (func $get (param i32) (result i64)))
  (import "values" "set" (func $set (param i32 i64)))
  (memory (export "memory") 1)
  (data (i32.const 16) "hello")
  (func (export "run")
    (call $set (i32.const 1) (i64.add (call $get (i32.const 1)) (i64.const 1)))
    (call $log (i32.const 16) (i32.const 5))))
