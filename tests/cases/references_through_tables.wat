;; References that go through tables into indirect calls that carry references.
(module
  (type $choose (func (param externref i32) (result externref)))
  (table 2 funcref)
  (elem (i32.const 0) func $first $second)
  (func $first (type $choose) (local.get 0))
  (func $second (type $choose) (if (result externref) (local.get 1) (then (local.get 0)) (else (ref.null extern))))
  (func (export "apply") (param $f i32) (param $r externref) (result externref)
    (call_indirect (type $choose) (local.get $r) (i32.const 1) (local.get $f)))
  (func (export "apply_computed") (param $f i32) (param $r externref) (result externref)
    (call_indirect (type $choose) (local.get $r) (i32.const 1) (i32.add (local.get $f) (local.get $f)))))
