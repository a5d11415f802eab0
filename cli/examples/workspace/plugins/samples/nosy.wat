;; Wants what it wasn't granted.
(module
  (import "files" "read" (func $read (param i32 i32) (result i32)))
  (func (export "run") (drop (call $read (i32.const 0) (i32.const 0)))))
