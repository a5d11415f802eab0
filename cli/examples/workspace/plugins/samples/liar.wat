;; Asks the host to read where there is nothing.
(module
  (import "log" "line" (func $log (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "run") (call $log (i32.const 65530) (i32.const 1000))))
