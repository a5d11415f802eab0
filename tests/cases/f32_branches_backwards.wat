;; Loops that end in float compare and branch.
(module
  (memory 1)
  (func (export "eq") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.eq (local.get $a) (local.get $b)))))
  (func (export "eq_chained") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.eq (f32.mul (local.get $a) (local.get $b)) (local.get $b)))))
  (func (export "eq_chained_right") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.eq (local.get $b) (f32.mul (local.get $a) (local.get $b))))))
  (func (export "eq_not") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.eq (local.get $a) (local.get $b))))))
  (func (export "eq_not_chained") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.eq (f32.mul (local.get $a) (local.get $b)) (local.get $b))))))
  (func (export "eq_not_chained_right") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.eq (local.get $b) (f32.mul (local.get $a) (local.get $b)))))))
  (func (export "ne") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.ne (local.get $a) (local.get $b)))))
  (func (export "ne_chained") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.ne (f32.mul (local.get $a) (local.get $b)) (local.get $b)))))
  (func (export "ne_chained_right") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.ne (local.get $b) (f32.mul (local.get $a) (local.get $b))))))
  (func (export "ne_not") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.ne (local.get $a) (local.get $b))))))
  (func (export "ne_not_chained") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.ne (f32.mul (local.get $a) (local.get $b)) (local.get $b))))))
  (func (export "ne_not_chained_right") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.ne (local.get $b) (f32.mul (local.get $a) (local.get $b)))))))
  (func (export "lt") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.lt (local.get $a) (local.get $b)))))
  (func (export "lt_chained") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.lt (f32.mul (local.get $a) (local.get $b)) (local.get $b)))))
  (func (export "lt_chained_right") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.lt (local.get $b) (f32.mul (local.get $a) (local.get $b))))))
  (func (export "lt_not") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.lt (local.get $a) (local.get $b))))))
  (func (export "lt_not_chained") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.lt (f32.mul (local.get $a) (local.get $b)) (local.get $b))))))
  (func (export "lt_not_chained_right") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.lt (local.get $b) (f32.mul (local.get $a) (local.get $b)))))))
  (func (export "gt") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.gt (local.get $a) (local.get $b)))))
  (func (export "gt_chained") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.gt (f32.mul (local.get $a) (local.get $b)) (local.get $b)))))
  (func (export "gt_chained_right") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.gt (local.get $b) (f32.mul (local.get $a) (local.get $b))))))
  (func (export "gt_not") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.gt (local.get $a) (local.get $b))))))
  (func (export "gt_not_chained") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.gt (f32.mul (local.get $a) (local.get $b)) (local.get $b))))))
  (func (export "gt_not_chained_right") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.gt (local.get $b) (f32.mul (local.get $a) (local.get $b)))))))
  (func (export "le") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.le (local.get $a) (local.get $b)))))
  (func (export "le_chained") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.le (f32.mul (local.get $a) (local.get $b)) (local.get $b)))))
  (func (export "le_chained_right") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.le (local.get $b) (f32.mul (local.get $a) (local.get $b))))))
  (func (export "le_not") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.le (local.get $a) (local.get $b))))))
  (func (export "le_not_chained") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.le (f32.mul (local.get $a) (local.get $b)) (local.get $b))))))
  (func (export "le_not_chained_right") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.le (local.get $b) (f32.mul (local.get $a) (local.get $b)))))))
  (func (export "ge") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.ge (local.get $a) (local.get $b)))))
  (func (export "ge_chained") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.ge (f32.mul (local.get $a) (local.get $b)) (local.get $b)))))
  (func (export "ge_chained_right") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (f32.ge (local.get $b) (f32.mul (local.get $a) (local.get $b))))))
  (func (export "ge_not") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.ge (local.get $a) (local.get $b))))))
  (func (export "ge_not_chained") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.ge (f32.mul (local.get $a) (local.get $b)) (local.get $b))))))
  (func (export "ge_not_chained_right") (param $b f32)
    (local $a f32)
    (loop $again
      (local.set $a (f32.load (i32.const 0)))
      (br_if $again (i32.eqz (f32.ge (local.get $b) (f32.mul (local.get $a) (local.get $b))))))))
