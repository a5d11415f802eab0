;; Loops that end in float compare and branch.
(module
  (memory 1)
  (func (export "eq") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.eq (local.get $a) (local.get $b)))))
  (func (export "eq_chained") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.eq (f64.mul (local.get $a) (local.get $b)) (local.get $b)))))
  (func (export "eq_chained_right") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.eq (local.get $b) (f64.mul (local.get $a) (local.get $b))))))
  (func (export "eq_not") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.eq (local.get $a) (local.get $b))))))
  (func (export "eq_not_chained") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.eq (f64.mul (local.get $a) (local.get $b)) (local.get $b))))))
  (func (export "eq_not_chained_right") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.eq (local.get $b) (f64.mul (local.get $a) (local.get $b)))))))
  (func (export "ne") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.ne (local.get $a) (local.get $b)))))
  (func (export "ne_chained") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.ne (f64.mul (local.get $a) (local.get $b)) (local.get $b)))))
  (func (export "ne_chained_right") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.ne (local.get $b) (f64.mul (local.get $a) (local.get $b))))))
  (func (export "ne_not") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.ne (local.get $a) (local.get $b))))))
  (func (export "ne_not_chained") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.ne (f64.mul (local.get $a) (local.get $b)) (local.get $b))))))
  (func (export "ne_not_chained_right") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.ne (local.get $b) (f64.mul (local.get $a) (local.get $b)))))))
  (func (export "lt") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.lt (local.get $a) (local.get $b)))))
  (func (export "lt_chained") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.lt (f64.mul (local.get $a) (local.get $b)) (local.get $b)))))
  (func (export "lt_chained_right") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.lt (local.get $b) (f64.mul (local.get $a) (local.get $b))))))
  (func (export "lt_not") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.lt (local.get $a) (local.get $b))))))
  (func (export "lt_not_chained") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.lt (f64.mul (local.get $a) (local.get $b)) (local.get $b))))))
  (func (export "lt_not_chained_right") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.lt (local.get $b) (f64.mul (local.get $a) (local.get $b)))))))
  (func (export "gt") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.gt (local.get $a) (local.get $b)))))
  (func (export "gt_chained") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.gt (f64.mul (local.get $a) (local.get $b)) (local.get $b)))))
  (func (export "gt_chained_right") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.gt (local.get $b) (f64.mul (local.get $a) (local.get $b))))))
  (func (export "gt_not") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.gt (local.get $a) (local.get $b))))))
  (func (export "gt_not_chained") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.gt (f64.mul (local.get $a) (local.get $b)) (local.get $b))))))
  (func (export "gt_not_chained_right") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.gt (local.get $b) (f64.mul (local.get $a) (local.get $b)))))))
  (func (export "le") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.le (local.get $a) (local.get $b)))))
  (func (export "le_chained") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.le (f64.mul (local.get $a) (local.get $b)) (local.get $b)))))
  (func (export "le_chained_right") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.le (local.get $b) (f64.mul (local.get $a) (local.get $b))))))
  (func (export "le_not") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.le (local.get $a) (local.get $b))))))
  (func (export "le_not_chained") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.le (f64.mul (local.get $a) (local.get $b)) (local.get $b))))))
  (func (export "le_not_chained_right") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.le (local.get $b) (f64.mul (local.get $a) (local.get $b)))))))
  (func (export "ge") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.ge (local.get $a) (local.get $b)))))
  (func (export "ge_chained") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.ge (f64.mul (local.get $a) (local.get $b)) (local.get $b)))))
  (func (export "ge_chained_right") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (f64.ge (local.get $b) (f64.mul (local.get $a) (local.get $b))))))
  (func (export "ge_not") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.ge (local.get $a) (local.get $b))))))
  (func (export "ge_not_chained") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.ge (f64.mul (local.get $a) (local.get $b)) (local.get $b))))))
  (func (export "ge_not_chained_right") (param $b f64)
    (local $a f64)
    (loop $again
      (local.set $a (f64.load (i32.const 0)))
      (br_if $again (i32.eqz (f64.ge (local.get $b) (f64.mul (local.get $a) (local.get $b))))))))
