;; An increment in memory. One function for each row, of the row's name.
(module
  (memory 1)
  (global $g (mut i32) (i32.const 1024))
  (func (export "i32_inc") (param $a i32)
    (i32.store offset=8 (local.get $a) (i32.add (i32.load offset=8 (local.get $a)) (i32.const 3)))))
