;; The stack pointer of compiled C. One function for each row, of the row's name.
(module
  (memory 1)
  (global $g (mut i32) (i32.const 1024))
  (func (export "global_get_add")  (result i32)
    (i32.add (global.get $g) (i32.const 3)))
  (func (export "global_set_add") (param $a i32)
    (global.set $g (i32.add (local.get $a) (i32.const 3)))))
